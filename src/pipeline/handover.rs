//! Parts from job to job through the artifact service of the workflow run.

use std::collections::{BTreeMap, BTreeSet};

use camino::{Utf8Path, Utf8PathBuf};

use crate::journal::format::write_line;
use crate::kit::secret::Redactor;
use crate::model::event::EVENT_FORMAT;
use crate::model::{Event, Plan, Problem, Record, TaskId};
use crate::ports::run_artifacts::{Content, Item, RunArtifact, RunArtifactError, RunArtifacts};
use crate::ports::{Clock, Files};

use super::hooked;
use super::part::{PART, Part, prefix, read_name};
use super::parts::read_part;
use super::run::{JOURNAL, PLAN};

/// Where fetched parts lie until they are joined, below the dist folder.
const FETCHED: &str = ".parts";

/// What a part is put together from.
pub struct Handover<'a> {
    /// The service.
    pub service: &'a dyn RunArtifacts,
    /// Files.
    pub files: &'a dyn Files,
    /// Time.
    pub clock: &'a dyn Clock,
    /// Cuts secrets out of the journal.
    pub redactor: &'a Redactor,
    /// The dist folder.
    pub dist: &'a Utf8Path,
    /// The plan.
    pub plan: &'a Plan,
}

impl Handover<'_> {
    /// Puts a part: the files, the plan, the part's own journal, and what it is. Putting the same again
    /// changes nothing.
    ///
    /// # Errors
    ///
    /// If the run has another part of this name, a file cannot be read, or the service fails.
    pub async fn send(&self, part: &Part, records: &[Record]) -> Result<(), Problem> {
        let text = serde_json::to_string_pretty(part)
            .map_err(|error| Problem::new(format!("{PART} cannot be written")).caused_by(&error))?;
        let plan = self
            .plan
            .to_json()
            .map_err(|error| Problem::new(format!("{PLAN} cannot be written")).caused_by(&error))?;
        let bytes = |name: &str, bytes: Vec<u8>| Item { name: name.into(), content: Content::Bytes(bytes) };
        let mut items = vec![
            bytes(PART, (text + "\n").into_bytes()),
            bytes(PLAN, plan.into_bytes()),
            bytes(JOURNAL, self.journal(part, records)?),
        ];
        let paths: BTreeSet<&Utf8PathBuf> =
            part.made.values().flat_map(|made| &made.artifacts).map(|artifact| &artifact.path).collect();
        items.extend(
            paths
                .into_iter()
                .map(|path| Item { name: path.to_string(), content: Content::File(self.dist.join(path)) }),
        );
        let hooked = part.hooks.iter().flat_map(|hooked| hooked.files.keys());
        items.extend(hooked.map(|path| {
            let name = Utf8Path::new(hooked::FOLDER).join(path);
            Item { content: Content::File(self.dist.join(&name)), name: name.into_string() }
        }));
        match self.service.put(&part.name(), items, false).await {
            Ok(()) => Ok(()),
            Err(RunArtifactError::Exists(name)) => self.same(part, &name).await,
            Err(error) => Err(Problem::from(error).fix(
                "run this job again (GitHub: re-run failed jobs); or hand the dist folder on by other means, \
                 with `--part never` here and `merge DIR…` there",
            )),
        }
    }

    /// The events of the part's tasks, and how each was done, in one journal from its first line.
    fn journal(&self, part: &Part, records: &[Record]) -> Result<Vec<u8>, Problem> {
        let task_of = |event: &Event| -> Option<TaskId> {
            let value = serde_json::to_value(event).ok()?;
            Some(TaskId(value.get("task")?.as_str()?.to_owned()))
        };
        let ends = |event: &Event| matches!(event, Event::TaskFinished { .. });
        let mut kept: Vec<Record> = records
            .iter()
            .filter(|record| !ends(&record.event))
            .filter(|record| task_of(&record.event).is_none_or(|task| part.made.contains_key(&task)))
            .cloned()
            .collect();
        let timed = |wanted: &TaskId| {
            records.iter().find_map(|record| match &record.event {
                Event::TaskFinished { task, millis, .. } if task == wanted => Some((record.at, *millis)),
                _ => None,
            })
        };
        for (task, made) in &part.made {
            // What was taken over from an earlier run here took no time.
            let (at, millis) = timed(task).unwrap_or_else(|| (self.clock.now(), 0));
            let event = Event::TaskFinished {
                task: task.clone(),
                key: made.key,
                millis,
                artifacts: made.artifacts.clone(),
            };
            kept.push(Record { v: EVENT_FORMAT, seq: 0, at, event });
        }
        let mut bytes = Vec::new();
        for (seq, record) in (0..).zip(&mut kept) {
            record.seq = seq;
            let line = write_line(record, self.redactor)
                .map_err(|error| Problem::new(format!("{JOURNAL} cannot be written")).caused_by(&error))?;
            bytes.extend(line);
        }
        Ok(bytes)
    }

    /// Another job put a part of this name: it must be the same.
    async fn same(&self, part: &Part, name: &str) -> Result<(), Problem> {
        let listed = self.service.list().await?;
        let there = listed.into_iter().filter(|other| other.name == name).max_by_key(|other| other.id);
        let there =
            there.ok_or_else(|| Problem::new(format!("the run's artifact `{name}` is gone")).passing())?;
        let dir = self.dist.join(FETCHED).join(name);
        self.files.remove(&dir)?;
        self.service.get(&there, &dir).await?;
        let theirs = read_part(self.files, &dir)?;
        self.files.remove(&dir)?;
        let same = theirs.is_some_and(|theirs| {
            (theirs.plan, &theirs.made, &theirs.hooks) == (part.plan, &part.made, &part.hooks)
        });
        if same {
            return Ok(());
        }
        Err(two_of(name)
            .because("the one that the run has was made by another plan, or holds other bytes")
            .fix("let one job of the matrix build each target; see which jobs have the same target"))
    }

    /// Gets the newest part of every leg, up to this attempt, into the dist folder; gives their folders.
    ///
    /// # Errors
    ///
    /// If the service fails, what comes is no part, or there are two different ones of one name.
    pub async fn fetch(&self, attempt: u64) -> Result<Vec<Utf8PathBuf>, Problem> {
        let listed = self.service.list().await?;
        let folder = self.dist.join(FETCHED);
        self.files.remove(&folder)?;
        let mut dirs = Vec::new();
        for artifact in newest(&listed, &self.plan.project, attempt)? {
            let dir = folder.join(&artifact.name);
            self.service.get(artifact, &dir).await?;
            let part = read_part(self.files, &dir)?;
            let part = part.ok_or_else(|| {
                Problem::new(format!("the run's artifact `{}` is no part", artifact.name))
                    .because(format!("there is no {PART} in it"))
                    .fix(format!("name no artifact of your own `{}…`", prefix(&self.plan.project)))
            })?;
            // The name of one project may begin with that of another.
            if part.project == self.plan.project {
                dirs.push(dir);
            }
        }
        Ok(dirs)
    }

    /// Removes what was fetched.
    ///
    /// # Errors
    ///
    /// If it cannot be removed.
    pub fn tidy(&self) -> Result<(), Problem> {
        Ok(self.files.remove(&self.dist.join(FETCHED))?)
    }
}

fn two_of(name: &str) -> Problem {
    Problem::new(format!("there are two different parts of one name: `{name}`"))
}

/// The newest part of every leg up to this attempt, in the order of the legs. What says that it is of a later one can't
/// be: no attempt begins before the last one has ended.
fn newest<'a>(listed: &'a [RunArtifact], project: &str, last: u64) -> Result<Vec<&'a RunArtifact>, Problem> {
    let mut legs: BTreeMap<&str, (u64, &RunArtifact)> = BTreeMap::new();
    for artifact in listed {
        let named = read_name(&artifact.name, project).filter(|(_, attempt)| *attempt <= last);
        let Some((leg, attempt)) = named else { continue };
        match legs.get(leg) {
            Some((known, other)) if *known == attempt => {
                if other.digest.is_none() || other.digest != artifact.digest {
                    return Err(two_of(&artifact.name)
                        .fix("delete one of the two in the run's summary, or start a new run"));
                }
            }
            Some((known, _)) if *known > attempt => {}
            _ => {
                legs.insert(leg, (attempt, artifact));
            }
        }
    }
    Ok(legs.into_values().map(|(_, artifact)| artifact).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Digest;

    fn listed(name: &str, id: u64, bytes: &str) -> RunArtifact {
        let digest = Some(Digest::of(bytes.as_bytes()));
        RunArtifact { name: name.into(), id, digest, owner: ("r".into(), "j".into()) }
    }

    #[test]
    fn the_newest_attempt_of_every_leg_counts() {
        let all = [
            listed("release-action-part-x-linux-amd64-attempt-9", 1, "a"),
            listed("release-action-part-x-linux-amd64-attempt-10", 2, "b"),
            listed("release-action-part-x-linux-amd64-attempt-2", 3, "c"),
            listed("release-action-part-x-darwin-arm64-attempt-1", 4, "d"),
            listed("release-action-part-x-darwin-arm64-attempt-999", 8, "h"),
            listed("release-action-part-y-linux-amd64-attempt-11", 5, "e"),
            listed("release-action-journal-x-attempt-1", 6, "f"),
            listed("dist", 7, "g"),
        ];
        let ids: Vec<u64> = newest(&all, "x", 10).unwrap().iter().map(|artifact| artifact.id).collect();
        assert_eq!(ids, [4, 2]);
    }

    #[test]
    fn two_different_ones_of_one_name_are_refused() {
        let name = "release-action-part-x-linux-amd64-attempt-1";
        let same = [listed(name, 1, "a"), listed(name, 2, "a")];
        assert_eq!(newest(&same, "x", 1).unwrap().len(), 1);
        let different = [listed(name, 1, "a"), listed(name, 2, "b")];
        let problem = newest(&different, "x", 1).unwrap_err();
        assert_eq!(problem.what, format!("there are two different parts of one name: `{name}`"));
    }
}
