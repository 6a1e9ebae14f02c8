//! The tools that the project's ecosystems need are here.

use crate::config::section::NoSettings;
use crate::model::{Problem, Proof, Row, Step, Verdict};
use crate::ports::process::how_to_install;
use crate::steps::room::{Check, Draft, Planned, Room, Scene, Site};

/// The room.
pub struct Tools;

impl Room for Tools {
    const ID: &'static str = "tools";
    const ABOUT: &'static str = "The tools that the project needs are on the PATH";
    type Settings = NoSettings;

    fn plan(_: &NoSettings, _: &Scene) -> Result<Vec<Planned>, Problem> {
        Ok(vec![Draft::new(Step::Preflight, Self::ID, "", "tools").check(Present)])
    }
}

struct Present;

#[async_trait::async_trait]
impl Check for Present {
    async fn check(&self, site: &Site) -> Result<Verdict, Problem> {
        let mut needed = vec!["git"];
        if site.facts.ecosystems.go.is_some() {
            needed.push("go");
        }
        let mut rows = Vec::new();
        let mut problems = Vec::new();
        for tool in needed {
            let found = site.ports.process.find(tool);
            rows.push(Row {
                metric: tool.into(),
                comparator: "is".into(),
                threshold: "on the PATH".into(),
                actual: match (&found, site.facts.tools.get(tool)) {
                    (Some(_), Some(known)) => known.identity(),
                    (Some(_), None) => "there".into(),
                    (None, _) => "missing".into(),
                },
                ok: found.is_some(),
            });
            if found.is_none() {
                problems.push(Problem::new(format!("`{tool}` is not on the PATH")).fix(how_to_install(tool)));
            }
        }
        let verdict = if problems.is_empty() {
            Verdict::pass("every tool is there", Proof::seen("the PATH"))
        } else {
            Verdict::fail(format!("{} tools are missing", problems.len()))
        };
        let verdict = rows.into_iter().fold(verdict, Verdict::row);
        Ok(problems.into_iter().fold(verdict, Verdict::problem))
    }
}
