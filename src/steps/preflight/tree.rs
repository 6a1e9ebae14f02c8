//! The tree is what the commit says.

use camino::Utf8Path;

use crate::config::section::NoSettings;
use crate::model::{Facts, Problem, Proof, Step, Verdict};
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
        let commit = &site.facts.commit;
        let (dirty, absent) = (&commit.dirty, absent(&site.facts));
        if dirty.is_empty() && absent.is_empty() {
            return Ok(Verdict::pass("the tree is the commit", Proof::seen("git status")));
        }
        if site.facts.rehearsal {
            let mut told = Vec::new();
            if !dirty.is_empty() {
                told.push(format!(
                    "{} changed files are rehearsed with the commit; a real run refuses them",
                    dirty.len()
                ));
            }
            if !absent.is_empty() {
                told.push(format!(
                    "files of the commit that are not here: {}, since the checkout is sparse; a real run refuses that",
                    absent.len()
                ));
            }
            let told = told.join("; ");
            site.notice(Problem::new(told.clone()));
            return Ok(Verdict::skipped(told));
        }
        if dirty.is_empty() {
            return Ok(sparse(&absent));
        }
        let what = match dirty.len() {
            1 => "a file differs from the commit".to_owned(),
            several => format!("{several} files differ from the commit"),
        };
        let fix = commit.uncover(dirty).unwrap_or_else(|| {
            "commit them, add them to .gitignore, or set them aside with `git stash -u`; `git status` lists them"
                .into()
        });
        let named = dirty.iter().take(NAMED).map(|entry| commit.told(entry));
        let problem = named.fold(Problem::new(what.clone()).fix(fix), Problem::because);
        Ok(Verdict::fail(what).problem(problem))
    }
}

/// Files of the commit that a sparse checkout leaves out, and that the release may be made of: all of the project's,
/// and those beside its folder at the root, such as a licence.
fn absent(facts: &Facts) -> Vec<&str> {
    let counts = |path: &&str| {
        let path = Utf8Path::new(path);
        path.starts_with(&facts.dir) || path.parent().is_none_or(|folder| folder.as_str().is_empty())
    };
    facts.commit.absent.iter().map(String::as_str).filter(counts).collect()
}

fn sparse(absent: &[&str]) -> Verdict {
    let what = match absent {
        [_] => "a file of the commit is not here".to_owned(),
        several => format!("{} files of the commit are not here", several.len()),
    };
    let fix = "have them checked out: `git sparse-checkout disable`, or `git sparse-checkout add FOLDER`";
    let because = |path: &&str| format!("{path}, which the sparse checkout leaves out");
    let problem =
        absent.iter().take(NAMED).map(because).fold(Problem::new(what.clone()).fix(fix), Problem::because);
    Verdict::fail(what).problem(problem)
}
