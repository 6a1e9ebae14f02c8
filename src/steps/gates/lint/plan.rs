//! The linters of each ecosystem that is there, and the reports that are given.

use super::judge::{Left, judge};
use super::reported::FromReports;
use super::settings::LintSettings;
use super::work::{self, Work};
use super::{deno, eslint, go, golangci, rust};
use crate::model::{Problem, Step, Verdict};
use crate::steps::gates::given::Given;
use crate::steps::gates::noted::Noting;
use crate::steps::room::{Check, Draft, Outlook, Planned, Room, Scene, Seen, Site};

/// The room's section.
pub const SETTING: &str = "gates.lint";

/// The room.
pub struct Lint;

impl Room for Lint {
    const ID: &'static str = "lint";
    const ABOUT: &'static str = "The code is as its own tools want it";
    type Settings = LintSettings;

    async fn look(settings: &LintSettings, outlook: &Outlook) -> Result<Seen, Problem> {
        work::look(settings, outlook).await
    }

    fn plan(settings: &LintSettings, scene: &Scene) -> Result<Vec<Planned>, Problem> {
        let facts = scene.facts;
        let given = Given::of(scene)?;
        let work = Work::of(settings, scene, given.as_ref())?;
        let mut planned = Vec::new();
        if let Some(given) = given {
            let part = if work.is_none() { "" } else { "reports" };
            let reports = Draft::new(Step::Gates, Self::ID, part, "reports of linters");
            // Not kept: what was fresh enough yesterday is not today.
            planned.push(reports.keyed("given", &given.key()).check(Noting(FromReports { given })));
        }
        if work.is_none() {
            return if scene.demanded && planned.is_empty() {
                Err(Problem::new(format!("`{SETTING}` has nothing to look at"))
                    .because("the project's folder has no go.mod, Cargo.toml, deno.json or configuration of ESLint, or all is switched off")
                    .fix("give reports of other linters with `--report FILE`, or take the section out"))
            } else {
                Ok(planned)
            };
        }
        let draft = Draft::new(Step::Gates, Self::ID, "", "vet, format, lint")
            .keyed("settings", settings)
            .keyed("tree", &facts.commit.tree)
            .keyed("loose", &(&facts.loose.build, &facts.loose.tests))
            .keyed("dir", &facts.dir)
            .keyed("host", &facts.host)
            .keyed("go", &facts.tools.get("go").map(|tool| tool.identity()))
            .keyed("variants", &facts.variants)
            .keyed("work", &work)
            .keyed("demanded", &scene.demanded);
        let draft = if work.lasts() { draft.keeps() } else { draft };
        let check = Linters { settings: settings.clone(), work, demanded: scene.demanded };
        planned.push(draft.check(Noting(check)));
        Ok(planned)
    }
}

struct Linters {
    settings: LintSettings,
    work: Work,
    demanded: bool,
}

#[async_trait::async_trait]
impl Check for Linters {
    async fn check(&self, site: &Site) -> Result<Verdict, Problem> {
        let (mut said, mut left) = (Vec::new(), Vec::new());
        let work = &self.work;
        if work.vet {
            said.push(go::vet(site).await?);
        }
        if work.gofmt {
            said.push(go::format(site).await?);
        }
        if let Some(configured) = &work.golangci {
            match golangci::run(site, &self.settings.golangci_lint, configured).await? {
                Ok(found) => said.push(found),
                Err(missing) => left.push(self.left_out(site, missing)?),
            }
        }
        let mut typed = false;
        if let Some(asked) = &work.deno {
            match deno::run(site, asked).await? {
                Ok(all) => {
                    typed = asked.lint;
                    said.extend(all);
                }
                Err(missing) => left.push(self.left_out(site, missing)?),
            }
        }
        if let Some(configuration) = &work.eslint {
            match eslint::run(site, configuration, typed).await? {
                Ok(found) => said.push(found),
                Err(missing) => left.push(self.left_out(site, missing)?),
            }
        }
        if work.is_rust() && site.ports.process.find("cargo").is_none() {
            left.push(self.left_out(site, rust::missing(work))?);
        } else {
            if work.clippy {
                said.push(rust::clippy(site).await?);
            }
            if work.rustfmt {
                said.push(rust::format(site).await?);
            }
        }
        Ok(judge(said, &left, &site.facts))
    }
}

impl Linters {
    /// A tool is not there: no evidence where the gate was asked for, and left out loudly where it was not.
    fn left_out(&self, site: &Site, left: Left) -> Result<Left, Problem> {
        let problem = Problem::new(left.why.clone()).fix(format!("install it: `{}`", left.install));
        if self.demanded {
            return Err(problem.of_setting(SETTING));
        }
        site.notice(problem.because(format!(
            "what {} would find is not known; `{SETTING}.enabled: true` insists on it",
            left.what
        )));
        Ok(left)
    }
}
