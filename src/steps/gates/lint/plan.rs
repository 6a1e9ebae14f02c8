//! One task: the linters of each ecosystem that is there, or the reports that are given.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{go, rust};
use crate::formats::findings::{Finding, GO_LINT, LINT, RUST_LINT};
use crate::model::{Facts, Problem, Proof, Row, Step, Verdict};
use crate::steps::gates::given::{self, Given};
use crate::steps::gates::scanner::{none_of, placed, verdict};
use crate::steps::room::{Check, Draft, Outlook, Planned, Room, Scene, Seen, Site};

/// The room's section.
pub const SETTING: &str = "gates.lint";

/// The file that makes a folder a Rust project.
const CARGO: &str = "Cargo.toml";

/// Where golangci-lint is noted.
const GOLANGCI: &str = "golangci-lint";

/// The room.
pub struct Lint;

/// The settings of the room.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct LintSettings {
    /// Whether `go vet` must be content.
    pub vet: bool,
    /// Whether Go and Rust code must be formatted.
    pub format: bool,
    /// Whether clippy must be content, warnings included.
    pub clippy: bool,
    /// The program golangci-lint, by name or path; it runs where the project has a configuration for it.
    pub golangci_lint: String,
}

impl Default for LintSettings {
    fn default() -> Self {
        Self { vet: true, format: true, clippy: true, golangci_lint: "golangci-lint".into() }
    }
}

impl Room for Lint {
    const ID: &'static str = "lint";
    const ABOUT: &'static str = "The code is as its own tools want it";
    type Settings = LintSettings;

    async fn look(settings: &LintSettings, outlook: &Outlook) -> Result<Seen, Problem> {
        let mut seen = given::look(LINT, outlook).await?;
        if outlook.ports.files.meta(&outlook.facts.project_dir().join(CARGO))?.is_some() {
            seen.insert(CARGO.into(), String::new());
        }
        // A verdict without it is none on the day that it is installed.
        if let Some(path) = outlook.ports.process.find(&settings.golangci_lint) {
            seen.insert(GOLANGCI.into(), path.into_string());
        }
        Ok(seen)
    }

    fn plan(settings: &LintSettings, scene: &Scene) -> Result<Vec<Planned>, Problem> {
        let facts = scene.facts;
        let draft = Draft::new(Step::Gates, Self::ID, "", "vet, format, lint").keyed("settings", settings);
        let mut planned = Vec::new();
        let (go, rust) = (facts.ecosystems.go.is_some(), scene.seen.contains_key(CARGO));
        if let Some(given) = Given::of(scene)? {
            // A report about one language stands in for that language's linters and no others.
            let (no_go, no_rust) = (!go || given.is_any_of(GO_LINT), !rust || given.is_any_of(RUST_LINT));
            let alone = no_go && no_rust;
            let reports =
                Draft::new(Step::Gates, Self::ID, if alone { "" } else { "reports" }, "reports of linters");
            // Not kept: what was fresh enough yesterday is not today.
            planned.push(reports.keyed("given", &given.key()).check(FromReports { given }));
            if alone {
                return Ok(planned);
            }
        }
        let asked =
            (go && (settings.vet || settings.format)) || (rust && (settings.clippy || settings.format));
        if !asked {
            return if scene.demanded && planned.is_empty() {
                Err(Problem::new(format!("`{SETTING}` has nothing to look at"))
                    .because("there is neither a go.mod nor a Cargo.toml in the project's folder, or all is switched off")
                    .fix("give reports of other linters with `--report FILE`, or take the section out"))
            } else {
                Ok(planned)
            };
        }
        let draft = draft
            .keyed("tree", &facts.commit.tree)
            .keyed("loose", &(&facts.loose.build, &facts.loose.tests))
            .keyed("dir", &facts.dir)
            .keyed("host", &facts.host)
            .keyed("go", &facts.tools.get("go").map(|tool| tool.identity()))
            .keyed("ecosystems", &(go, rust))
            .keyed("golangci", &(scene.demanded, scene.seen.get(GOLANGCI)));
        let check = Linters { settings: settings.clone(), go, rust, demanded: scene.demanded };
        // Cargo's version is not known here, so only what Go's own tools say is kept.
        planned.push(if rust { draft.check(check) } else { draft.keeps().check(check) });
        Ok(planned)
    }
}

/// What one linter said.
pub struct Said {
    /// What it is called in the verdict: `go vet`.
    pub name: String,
    /// What it found.
    pub findings: Vec<Finding>,
    /// What proves it.
    pub proof: Proof,
}

struct FromReports {
    given: Given,
}

#[async_trait::async_trait]
impl Check for FromReports {
    async fn check(&self, site: &Site) -> Result<Verdict, Problem> {
        let read = self.given.read(LINT, "report of a linter", site).await?;
        let said = read.into_iter().map(|report| {
            // What did not fit was no better than what did, so the gate fails by that alone.
            let proof = report.report.proof();
            Said { name: report.content.tool, findings: report.content.findings, proof }
        });
        Ok(judge(said.collect(), &site.facts))
    }
}

struct Linters {
    settings: LintSettings,
    go: bool,
    rust: bool,
    demanded: bool,
}

#[async_trait::async_trait]
impl Check for Linters {
    async fn check(&self, site: &Site) -> Result<Verdict, Problem> {
        let mut said = Vec::new();
        if self.go && self.settings.vet {
            said.push(go::vet(site).await?);
        }
        if self.go && self.settings.format {
            said.push(go::format(site).await?);
        }
        if self.go {
            said.extend(go::golangci(site, &self.settings.golangci_lint, self.demanded).await?);
        }
        if self.rust && site.ports.process.find("cargo").is_none() {
            if self.demanded || !said.is_empty() {
                return Err(Problem::new("`cargo` is not on the PATH, and there is a Cargo.toml")
                    .fix(format!("install Rust, or set `{SETTING}.enabled: false`")));
            }
            return Ok(Verdict::skipped(
                "`cargo` is not on the PATH, so nothing was looked at: install Rust",
            ));
        }
        if self.rust && self.settings.clippy {
            said.push(rust::clippy(site).await?);
        }
        if self.rust && self.settings.format {
            said.push(rust::format(site).await?);
        }
        Ok(judge(said, &site.facts))
    }
}

fn judge(said: Vec<Said>, facts: &Facts) -> Verdict {
    let counts = |finding: &&Finding| !finding.suppressed;
    let rows: Vec<Row> = said
        .iter()
        .map(|said| {
            none_of(
                &format!("findings of {}", said.name),
                said.findings.iter().filter(counts).count() as u64,
                true,
            )
        })
        .collect();
    let names: Vec<&str> = said.iter().map(|said| said.name.as_str()).collect();
    let total: usize = said.iter().map(|said| said.findings.iter().filter(counts).count()).sum();
    let summary = match total {
        0 => format!("{} found nothing", names.join(", ")),
        total => format!("{total} findings of {}", names.join(", ")),
    };
    let problems = said.iter().flat_map(|said| {
        said.findings.iter().filter(counts).map(|finding| {
            let what = if finding.id == said.name {
                finding.message.clone()
            } else {
                format!("{}: {}", finding.id, finding.message)
            };
            placed(Problem::new(what).because(format!("found by {}", said.name)), finding, facts)
        })
    });
    let problems = problems.collect();
    let proofs = said.into_iter().map(|said| said.proof).collect();
    verdict(total == 0, summary, proofs, rows, problems)
}
