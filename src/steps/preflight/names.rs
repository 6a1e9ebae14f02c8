//! The names and the number of assets are such as GitHub keeps.

use std::collections::BTreeMap;

use crate::config::section::NoSettings;
use crate::kit::asset_name::github_name;
use crate::model::{Problem, Proof, Row, Step, Verdict};
use crate::steps::room::{Check, Draft, Planned, Room, Scene, Site};

/// The most assets that a release may have (GitHub's limit).
const MOST_ASSETS: usize = 1_000;

/// What we add ourselves: the evidence, and notes too long for the page.
const OWN_ASSETS: usize = 2;

/// The room.
pub struct Names;

impl Room for Names {
    const ID: &'static str = "names";
    const ABOUT: &'static str = "GitHub keeps every asset's name, and there are not too many";
    type Settings = NoSettings;

    fn plan(_: &NoSettings, _: &Scene) -> Result<Vec<Planned>, Problem> {
        Ok(vec![Draft::new(Step::Preflight, Self::ID, "", "asset names").check(Kept)])
    }
}

struct Kept;

#[async_trait::async_trait]
impl Check for Kept {
    async fn check(&self, site: &Site) -> Result<Verdict, Problem> {
        let names: Vec<&str> = site
            .plan
            .tasks
            .iter()
            .flat_map(|task| &task.makes)
            .filter(|made| made.kind.is_published())
            .map(|made| made.name.as_str())
            .collect();
        let problems = wrong(&names);
        let count = names.len() + OWN_ASSETS;
        let row = Row {
            metric: "assets".into(),
            comparator: "<=".into(),
            threshold: MOST_ASSETS.to_string(),
            actual: count.to_string(),
            ok: count <= MOST_ASSETS,
        };
        let verdict = if problems.is_empty() {
            Verdict::pass(format!("{} names stay as they are", names.len()), Proof::seen("the plan"))
        } else {
            Verdict::fail(format!("{} problems with asset names", problems.len()))
        };
        Ok(problems.into_iter().fold(verdict.row(row), Verdict::problem))
    }
}

fn wrong(names: &[&str]) -> Vec<Problem> {
    let mut problems = Vec::new();
    let mut seen: BTreeMap<String, &str> = BTreeMap::new();
    for name in names {
        let kept = github_name(name);
        if kept != *name {
            problems.push(
                Problem::new(format!("GitHub would rename `{name}` to `{kept}`"))
                    .fix("use letters, digits, `.`, `-`, `_`, `+` and `@` in the name template"),
            );
        }
        if let Some(other) = seen.insert(name.to_lowercase(), name) {
            problems.push(
                Problem::new(format!("`{other}` and `{name}` are the same name on some systems"))
                    .fix("put `{{ os }}` and `{{ arch }}` into the name template"),
            );
        }
    }
    if names.len() + OWN_ASSETS > MOST_ASSETS {
        problems.push(
            Problem::new(format!("{} assets are more than GitHub's {MOST_ASSETS}", names.len() + OWN_ASSETS))
                .fix("build fewer targets, or put several files into one archive"),
        );
    }
    problems
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_renamed_and_colliding_names() {
        assert!(wrong(&["greeter_1.0.0_linux_amd64.tar.gz", "greeter_1.0.0_checksums.txt"]).is_empty());
        let problems = wrong(&["a b.tar.gz", "x.zip", "X.zip"]);
        assert_eq!(problems.len(), 2, "{problems:?}");
        let many: Vec<String> = (0..1_000).map(|n| format!("f{n}")).collect();
        assert_eq!(wrong(&many.iter().map(String::as_str).collect::<Vec<_>>()).len(), 1);
    }
}
