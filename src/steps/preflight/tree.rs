//! The tree is what the commit says.

use crate::config::section::NoSettings;
use crate::model::{Problem, Proof, Step, Verdict};
use crate::steps::room::{Check, Draft, Planned, Room, Scene, Site};

/// The room.
pub struct Tree;

/// How many changed files are named.
const NAMED: usize = 10;

impl Room for Tree {
    const ID: &'static str = "tree";
    const ABOUT: &'static str = "The working tree is exactly the commit that is released";
    type Settings = NoSettings;

    fn plan(_: &NoSettings, scene: &Scene) -> Result<Vec<Planned>, Problem> {
        if scene.facts.snapshot {
            return Ok(Vec::new());
        }
        Ok(vec![Draft::new(Step::Preflight, Self::ID, "", "clean tree").check(Clean)])
    }
}

struct Clean;

#[async_trait::async_trait]
impl Check for Clean {
    async fn check(&self, site: &Site) -> Result<Verdict, Problem> {
        let dirty = &site.facts.commit.dirty;
        if dirty.is_empty() {
            return Ok(Verdict::pass("the tree is the commit", Proof::seen("git status")));
        }
        if site.facts.rehearsal {
            let told = format!(
                "{} changed files are rehearsed with the commit; a real run refuses them",
                dirty.len()
            );
            site.notice(Problem::new(told.clone()));
            return Ok(Verdict::skipped(told));
        }
        let what = match dirty.len() {
            1 => "a file differs from the commit".to_owned(),
            several => format!("{several} files differ from the commit"),
        };
        let mut problem = Problem::new(what.clone())
            .fix("commit them, add them to .gitignore, or set them aside with `git stash -u`; `git status` lists them");
        for entry in dirty.iter().take(NAMED) {
            problem = problem.because(entry.clone());
        }
        Ok(Verdict::fail(what).problem(problem))
    }
}
