//! One task: from the reports that are given, or from a run of the ecosystem's own scanner.

use super::judge::FromReports;
use super::run::Scan;
use super::settings::VulnerabilitiesSettings;
use crate::formats::findings::{PACKAGES, SECURITY};
use crate::model::{Problem, Step};
use crate::steps::gates::given::{self, Given};
use crate::steps::gates::ignore;
use crate::steps::room::{Draft, Outlook, Planned, Room, Scene, Seen};

/// The room.
pub struct Vulnerabilities;

/// Its section.
pub const SETTING: &str = "gates.vulnerabilities";

impl Room for Vulnerabilities {
    const ID: &'static str = "vulnerabilities";
    const ABOUT: &'static str = "Nothing is used that is known to be vulnerable";
    type Settings = VulnerabilitiesSettings;

    async fn look(_: &VulnerabilitiesSettings, outlook: &Outlook) -> Result<Seen, Problem> {
        given::look(SECURITY, outlook).await
    }

    fn plan(settings: &VulnerabilitiesSettings, scene: &Scene) -> Result<Vec<Planned>, Problem> {
        Problem::none_of(ignore::invalid(&settings.ignore, &format!("{SETTING}.ignore")))?;
        let facts = scene.facts;
        let title = format!("no vulnerability of severity {} or worse", settings.fail_on);
        // No outcome of these is kept: databases grow and days pass, also where the commit stays the same.
        let draft = Draft::new(Step::Gates, Self::ID, "", title).keyed("settings", settings);
        let mut planned = Vec::new();
        if let Some(given) = Given::of(scene)? {
            // A report about code says nothing of the packages that it needs, and SARIF does not say which of the two
            // it is: then the scanner runs all the same.
            let replaces = given.is_any_of(PACKAGES);
            let part = if replaces || facts.ecosystems.go.is_none() { "" } else { "reports" };
            let reports = Draft::new(Step::Gates, Self::ID, part, "reports of scanners for vulnerabilities");
            let check = FromReports { settings: settings.clone(), given: given.clone() };
            planned.push(reports.keyed("settings", settings).keyed("given", &given.key()).check(check));
            if part.is_empty() {
                return Ok(planned);
            }
        }
        if facts.ecosystems.go.is_none() {
            return if scene.demanded {
                Err(Problem::new(format!("`{SETTING}` has nothing to look at"))
                    .because("there is no go.mod in the project's folder, and no report is given")
                    .fix("give reports of other scanners with `--report FILE`, or take the section out"))
            } else {
                Ok(Vec::new())
            };
        }
        let draft = draft
            .keyed("tree", &facts.commit.tree)
            .keyed("loose", &facts.loose.build)
            .keyed("dir", &facts.dir)
            .keyed("go", &facts.tools.get("go").map(|tool| tool.identity()))
            .keyed("demanded", &scene.demanded);
        planned.push(draft.check(Scan { settings: settings.clone(), demanded: scene.demanded }));
        Ok(planned)
    }
}
