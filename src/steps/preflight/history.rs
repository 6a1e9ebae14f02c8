//! The whole history is there: the changelog and the next version come from it.

use crate::config::section::NoSettings;
use crate::model::{Problem, Proof, Step, Verdict};
use crate::steps::room::{Check, Draft, Planned, Room, Scene, Site};

/// The room.
pub struct History;

impl Room for History {
    const ID: &'static str = "history";
    const ABOUT: &'static str = "The clone holds the whole history and all tags";
    type Settings = NoSettings;

    fn plan(_: &NoSettings, scene: &Scene) -> Result<Vec<Planned>, Problem> {
        if scene.facts.snapshot {
            return Ok(Vec::new());
        }
        Ok(vec![Draft::new(Step::Preflight, Self::ID, "", "full history").check(Full)])
    }
}

struct Full;

#[async_trait::async_trait]
impl Check for Full {
    async fn check(&self, site: &Site) -> Result<Verdict, Problem> {
        if !site.facts.commit.shallow {
            return Ok(Verdict::pass(
                "the history is whole",
                Proof::seen("git rev-parse --is-shallow-repository"),
            ));
        }
        let problem = Problem::new("this is a shallow clone: commits and tags are missing")
            .fix("give actions/checkout `with: fetch-depth: 0`, or run `git fetch --unshallow --tags`");
        Ok(Verdict::fail(problem.what.clone()).problem(problem))
    }
}
