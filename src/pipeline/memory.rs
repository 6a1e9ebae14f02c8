//! The journal as an artifact of the workflow run, one for each job and attempt: what a later job or attempt
//! on an empty machine remembers. It is a memory, never the truth: only what was judged is taken from it,
//! under the same key.

use std::collections::BTreeMap;

use camino::Utf8Path;

use crate::journal::{LONGEST, replay};
use crate::model::{Event, Plan, Problem, Record};
use crate::ports::Files;
use crate::ports::run_artifacts::{Content, Item, RunArtifact, RunArtifacts};

use super::part::{Origin, plain};
use super::run::JOURNAL;

/// Where fetched journals lie while they are read, below the dist folder.
const FETCHED: &str = ".memory";

/// The most journals of this release that are read, and the most that are looked into for them: another project's name
/// may begin with this one's.
const MOST: (usize, usize) = (16, 64);

/// The most bytes of journals that are read, the newest first. A release of 1,000 tasks writes about one megabyte.
const MOST_BYTES: u64 = 64 * 1024 * 1024;

/// The name of a journal: of a project, a job where it has a name, and an attempt.
#[must_use]
pub fn name(project: &str, job: Option<&str>, attempt: u64) -> String {
    let job = job.filter(|job| !job.is_empty()).map(|job| format!("-{}", plain(job))).unwrap_or_default();
    format!("release-action-journal-{}{job}-attempt-{attempt}", plain(project))
}

/// Puts the journal in place of what this job put in this attempt.
///
/// # Errors
///
/// If the service fails.
pub async fn keep(service: &dyn RunArtifacts, name: &str, dist: &Utf8Path) -> Result<(), Problem> {
    let item = Item { name: JOURNAL.into(), content: Content::File(dist.join(JOURNAL)) };
    Ok(service.put(name, vec![item], true).await?)
}

/// Whether a run of this very release began in this dist folder. Joined parts leave a journal too, of builds
/// alone.
///
/// # Errors
///
/// If the journal is there and cannot be read.
pub fn began_here(files: &dyn Files, plan: &Plan, dist: &Utf8Path) -> Result<bool, Problem> {
    let path = dist.join(JOURNAL);
    if files.meta(&path)?.is_none() {
        return Ok(false);
    }
    Ok(!of_release(replay(&files.read(&path, LONGEST)?)?, plan).is_empty())
}

/// What the jobs of this workflow run wrote down of this very release, in this attempt and before: the newest
/// journal of each.
///
/// # Errors
///
/// If the service fails, or a journal cannot be read.
pub async fn recall(
    service: &dyn RunArtifacts,
    files: &dyn Files,
    plan: &Plan,
    origin: &Origin,
    dist: &Utf8Path,
) -> Result<Vec<Record>, Problem> {
    let listed = service.list().await?;
    let folder = dist.join(FETCHED);
    let mut journals = Vec::new();
    let mut left = MOST_BYTES;
    for artifact in newest(&listed, &plan.project, origin.attempt) {
        let dir = folder.join(&artifact.name);
        files.remove(&dir)?;
        service.get(artifact, &dir).await?;
        let path = dir.join(JOURNAL);
        // What is not remembered is judged again; another job's journal may be shorter.
        if let Some(rest) = files.meta(&path)?.and_then(|meta| left.checked_sub(meta.len)) {
            let ours = of_release(replay(&files.read(&path, left)?)?, plan);
            if !ours.is_empty() {
                journals.push(ours);
                left = rest;
            }
        }
        files.remove(&dir)?;
        if journals.len() == MOST.0 {
            break;
        }
    }
    files.remove(&folder)?;
    // In the order of their writing: the last word of a task is the one that counts.
    Ok(journals.into_iter().rev().flatten().collect())
}

/// The newest journal of every job up to this attempt, the newest first.
fn newest<'a>(listed: &'a [RunArtifact], project: &str, last: u64) -> Vec<&'a RunArtifact> {
    let prefix = format!("release-action-journal-{}", plain(project));
    let mut jobs: BTreeMap<&str, (u64, &RunArtifact)> = BTreeMap::new();
    for artifact in listed {
        let rest = artifact.name.strip_prefix(prefix.as_str()).filter(|rest| rest.starts_with('-'));
        let Some((job, attempt)) = rest.and_then(|rest| rest.rsplit_once("-attempt-")) else { continue };
        let Ok(attempt) = attempt.parse::<u64>() else { continue };
        let known = jobs.get(job).map_or(0, |(known, _)| *known);
        if attempt <= last && attempt >= known {
            jobs.insert(job, (attempt, artifact));
        }
    }
    let mut newest: Vec<(u64, &RunArtifact)> = jobs.into_values().collect();
    newest.sort_by_key(|(attempt, artifact)| std::cmp::Reverse((*attempt, artifact.id)));
    newest.truncate(MOST.1);
    newest.into_iter().map(|(_, artifact)| artifact).collect()
}

/// The records of runs for this project and commit.
fn of_release(records: Vec<Record>, plan: &Plan) -> Vec<Record> {
    let mut ours = false;
    let keep = |record: &Record| {
        if let Event::RunStarted { project, commit, .. } = &record.event {
            ours = *project == plan.project && *commit == plan.commit;
        }
        ours
    };
    records.into_iter().filter(keep).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_journal_of_every_job_up_to_this_attempt() {
        let listed =
            |name: String, id: u64| RunArtifact { name, id, digest: None, owner: ("r".into(), "j".into()) };
        let all = [
            listed(name("x", Some("gates"), 1), 1),
            listed(name("x", Some("gates"), 2), 2),
            listed(name("x", Some("release"), 1), 3),
            listed(name("x", None, 1), 4),
            listed(name("x", Some("gates"), 3), 5),
            listed(name("y", Some("gates"), 1), 6),
            listed("release-action-journal-x-attempt-".into(), 7),
            listed(name("xy", Some("gates"), 1), 8),
        ];
        let ids = |attempt: u64| -> Vec<u64> {
            newest(&all, "x", attempt).iter().map(|artifact| artifact.id).collect()
        };
        assert_eq!(ids(2), [2, 4, 3], "the newest first");
        assert_eq!(ids(3), [5, 4, 3], "the gates of this attempt");
        assert_eq!(name("a/b", Some("my job"), 4), "release-action-journal-a-b-my-job-attempt-4");
    }
}
