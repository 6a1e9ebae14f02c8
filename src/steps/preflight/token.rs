//! The token may write contents: asked of the forge, not guessed.

use crate::config::section::NoSettings;
use crate::model::{Facts, Problem, Proof, Row, Step, Verdict};
use crate::steps::room::{Check, Draft, Planned, Room, Scene, Site};

/// The room.
pub struct Token;

impl Room for Token {
    const ID: &'static str = "token";
    const ABOUT: &'static str = "The token may write the repository's contents";
    type Settings = NoSettings;

    fn plan(_: &NoSettings, scene: &Scene) -> Result<Vec<Planned>, Problem> {
        if scene.facts.snapshot {
            return Ok(Vec::new());
        }
        Ok(vec![Draft::new(Step::Preflight, Self::ID, "", "token").check(MayWrite)])
    }
}

struct MayWrite;

/// What is told of a repository that was renamed: its old name can be read, but not written.
fn moved(facts: &Facts, name: &str) -> Problem {
    let old = facts.slug.as_ref().map(ToString::to_string).unwrap_or_default();
    let fix = if facts.env.contains_key("GITHUB_REPOSITORY") {
        format!("set GITHUB_REPOSITORY={name}, and: git remote set-url origin {}/{name}.git", facts.forge_url)
    } else {
        format!("git remote set-url origin {}/{name}.git", facts.forge_url)
    };
    Problem::new(format!("{old} is called {name} now"))
        .because("the forge leads on from the old name for reading only")
        .fix(fix)
}

/// What a workflow has to say.
const PERMISSION: &str = "add `permissions: { contents: write }` to the job (a release, its assets and its tag are contents), or give \
    the Action's input `token` one that may write contents";

#[async_trait::async_trait]
impl Check for MayWrite {
    async fn check(&self, site: &Site) -> Result<Verdict, Problem> {
        let Some(slug) = &site.facts.slug else {
            let problem = Problem::new("it is not known which repository to release in")
                .because("there is neither GITHUB_REPOSITORY nor a remote `origin` on a forge")
                .fix("git remote add origin https://github.com/OWNER/NAME, or set GITHUB_REPOSITORY=OWNER/NAME");
            return Ok(Verdict::fail(problem.what.clone()).problem(problem));
        };
        if !site.ports.forge.has_token() {
            let problem =
                Problem::new("there is no token").fix("set GITHUB_TOKEN, or the Action's input `token`");
            return Ok(Verdict::fail(problem.what.clone()).problem(problem));
        }
        let access = site.ports.forge.access(slug).await?;
        let row = |actual: &str, ok| Row {
            metric: format!("{slug} contents"),
            comparator: "is".into(),
            threshold: "writable".into(),
            actual: actual.into(),
            ok,
        };
        let proof = Proof::seen(format!("GET /repos/{slug}"));
        if let Some(name) = access.name.as_ref().filter(|name| !name.eq_ignore_ascii_case(&slug.to_string()))
        {
            let problem = moved(&site.facts, name);
            return Ok(Verdict::fail(problem.what.clone())
                .row(row("under another name", false))
                .problem(problem));
        }
        Ok(match (access.archived, access.push) {
            (true, _) => {
                let problem = Problem::new(format!("{slug} is archived: nothing can be written"))
                    .fix("unarchive it in the repository's settings");
                Verdict::fail(problem.what.clone()).row(row("archived", false)).problem(problem)
            }
            (false, Some(true)) => Verdict::pass("the token may write", proof).row(row("writable", true)),
            (false, Some(false)) => {
                let problem =
                    Problem::new(format!("the token may read {slug} but not write it")).fix(PERMISSION);
                Verdict::fail(problem.what.clone()).row(row("read only", false)).problem(problem)
            }
            (false, None) => {
                let problem = Problem::new(format!("the forge does not say what the token may do in {slug}"))
                    .fix(PERMISSION);
                Verdict::error(problem.what.clone()).row(row("unknown", false)).problem(problem)
            }
        })
    }
}
