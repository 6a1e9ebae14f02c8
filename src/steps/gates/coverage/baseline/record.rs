//! Records what was covered, for the commits after this one.

use std::time::Duration;

use camino::Utf8Path;

use super::super::outputs::{DATA_FORMAT, DATA_PATH, Totals};
use super::note::Note;
use super::notes::{REF, REMOTE, fetch, has_remote, notes};
use crate::kit::random::token;
use crate::model::{Digest, Facts, Problem, Status, Verdict};
use crate::ports::Ports;
use crate::ports::git::GitError;
use crate::steps::gates::not_the_commit;

/// How often it is tried where others record at the same time.
const TRIES: u32 = 6;

/// After how many failures in a row that nobody else explains it is given up.
const STUCK: u32 = 2;

/// The largest data of a run, in bytes.
const MOST: u64 = 1024 * 1024 * 1024;

/// What came of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Recorded {
    /// It is there now.
    Now,
    /// It was there already.
    Before,
}

/// Refuses where nothing may be recorded: asked before anything runs, and again before it is pushed.
///
/// The remote itself says what its default branch is and what is on it: what the environment says is whatever
/// a workflow was begun with.
///
/// # Errors
///
/// If this commit is not on the default branch, is not what was measured, or the remote cannot be asked.
pub async fn ready(ports: &Ports, facts: &Facts) -> Result<(), Problem> {
    let git = ports.git.as_ref();
    let refused = |why: String| Problem::new("the baseline is not recorded").because(why);
    if facts.env.get("GITHUB_EVENT_NAME").is_some_and(|event| event.starts_with("pull_request")) {
        return Err(refused("this workflow runs for a pull request".into()).fix("record it after the merge"));
    }
    if let Some(path) = facts.commit.dirty.first() {
        let why = format!("what is measured is not the commit: {} differs from it", facts.commit.told(path));
        let usual = || "commit it, or put it aside (`git stash --include-untracked`)".into();
        return Err(refused(why).fix(facts.commit.uncover([path]).unwrap_or_else(usual)));
    }
    if let Some(problem) = not_the_commit(facts, "the baseline is not recorded") {
        return Err(problem);
    }
    let unreached = |error: GitError| {
        refused(format!("`{REMOTE}` does not say what its default branch is")).caused_by(&error)
    };
    if !has_remote(git).await.map_err(unreached)? {
        return Err(refused(format!("there is no remote `{REMOTE}` to record it at")));
    }
    let told = git.text(&["ls-remote", "--symref", REMOTE, "HEAD"]).await.map_err(unreached)?;
    let branch = told.lines().find_map(|line| line.strip_prefix("ref: ")?.strip_suffix("\tHEAD"));
    // It becomes an argument, and must not be one that means something else.
    let branch = branch.filter(|name| name.starts_with("refs/heads/"));
    let tip = told.lines().find_map(|line| line.strip_suffix("\tHEAD").filter(|id| !id.starts_with("ref: ")));
    let (Some(branch), Some(tip)) = (branch, tip) else {
        return Err(refused(format!("`{REMOTE}` has no default branch")));
    };
    fetch(git, tip, branch).await.map_err(unreached)?;
    let before = format!("^{tip}");
    let beyond = git.text(&["rev-list", "--max-count=1", &facts.commit.id, &before, "--"]).await;
    if !beyond.map_err(unreached)?.is_empty() {
        let name = branch.trim_start_matches("refs/heads/");
        return Err(refused(format!("this commit is not on {name}, the default branch of `{REMOTE}`"))
            .fix(format!("record it where {name} is built, after the merge")));
    }
    Ok(())
}

/// Records what the verdict rests on. Safe to repeat: what is there already is left as it is, and what somebody
/// else pushed meanwhile stays.
///
/// # Errors
///
/// If the gate did not pass, its figures are not there, or it cannot be pushed.
pub async fn record(
    ports: &Ports,
    dist: &Utf8Path,
    facts: &Facts,
    verdict: &Verdict,
) -> Result<Recorded, Problem> {
    if verdict.status != Status::Pass {
        return Err(Problem::new("the baseline is not recorded")
            .because(format!("the answer on the coverage is: {}", verdict.status.word())));
    }
    let totals = proven(ports, dist, facts, verdict)?;
    ready(ports, facts).await?;
    let git = ports.git.as_ref();
    let pending = format!("refs/notes/release-action/pending-{}", token());
    let (mut failed, mut stuck): (Option<(GitError, Option<String>)>, u32) = (None, 0);
    for attempt in 0..TRIES {
        let seen = notes(git).await.map_err(|error| unpushed(&error))?;
        let mut note = seen.of(git, &facts.commit.id).await?.unwrap_or_else(|| Note::of(&facts.commit.id));
        let old = note.projects.insert(facts.dir.to_string(), totals.totals.clone());
        if old.as_ref() == Some(&totals.totals) {
            return Ok(if attempt == 0 { Recorded::Before } else { Recorded::Now });
        }
        if let Some((error, tip)) = failed.take() {
            // Where nobody else moved it, it fails for a reason of its own; once it may be that of a push that is
            // not seen yet.
            stuck = if tip == seen.tip { stuck + 1 } else { 0 };
            if stuck == STUCK {
                return Err(unpushed(&error));
            }
        }
        let pushed = push(ports, &pending, seen.tip.as_deref(), &note).await;
        // The name was for this push only, and the next one has the same.
        git.run(&["update-ref", "-d", &pending]).await.map_err(|error| unpushed(&error))?;
        if let Err(error) = pushed {
            ports.clock.sleep(Duration::from_millis(200 << attempt)).await;
            failed = Some((error, seen.tip));
        }
    }
    let problem = Problem::new("the baseline was not recorded: others record all the time");
    Err(Problem { passing: true, ..problem }.fix("run it again"))
}

/// Writes the note on top of those that are there, and pushes it, never by force.
async fn push(ports: &Ports, pending: &str, tip: Option<&str>, note: &Note) -> Result<(), GitError> {
    let git = ports.git.as_ref();
    let refused = |error: serde_json::Error| GitError::Refused {
        verb: "notes".into(),
        code: None,
        words: error.to_string(),
    };
    let text = note.text().map_err(refused)?;
    if let Some(tip) = tip {
        git.run(&["update-ref", pending, tip]).await?;
    }
    let by = ["-c", "user.name=release-action", "-c", "user.email=release-action@invalid"];
    let place = format!("--ref={pending}");
    let add = ["notes", &place, "add", "-f", "-m", &text, note.commit()];
    git.run(&[&by[..], &add].concat()).await?;
    let to = format!("{pending}:{REF}");
    let alone = ["--quiet", "--no-verify", "--no-follow-tags", "--no-signed", "--recurse-submodules=no"];
    git.run(&[&["push"][..], &alone, &[REMOTE, &to]].concat()).await.map(|_| ())
}

fn unpushed(error: &GitError) -> Problem {
    Problem::new(format!("the baseline cannot be recorded on {REF} of `{REMOTE}`")).caused_by(error).fix(
        "let the job write (`permissions: { contents: write }`) and actions/checkout keep its credentials, and run it again",
    )
}

/// The figures, from the file that the verdict rests on.
fn proven(ports: &Ports, dist: &Utf8Path, facts: &Facts, verdict: &Verdict) -> Result<Totals, Problem> {
    let gone = |why: &str| {
        Problem::new("the baseline is not recorded: the figures are not there")
            .because(format!("{DATA_PATH} in the dist folder {why}"))
            .fix("empty the dist folder, so that the gates measure again")
    };
    let digest = verdict.evidence.iter().find(|proof| proof.file.as_deref() == Some(DATA_PATH.into()));
    let digest = digest.and_then(|proof| proof.digest).ok_or_else(|| gone("is no part of the verdict"))?;
    let bytes = match ports.files.read(&dist.join(DATA_PATH), MOST) {
        Err(error) if error.is_missing() => return Err(gone("is not there")),
        bytes => bytes?,
    };
    if Digest::of(&bytes) != digest {
        return Err(gone("is not what the verdict rests on"));
    }
    let totals: Totals = serde_json::from_slice(&bytes).map_err(|error| gone(&error.to_string()))?;
    if (totals.format, &totals.commit, totals.dir.as_str())
        != (DATA_FORMAT, &facts.commit.id, facts.dir.as_str())
    {
        return Err(gone("is of another commit"));
    }
    Ok(totals)
}
