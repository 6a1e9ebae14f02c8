//! Parts of a release that other machines built, joined by digest.

use std::collections::BTreeMap;
use std::sync::Arc;

use camino::{Utf8Path, Utf8PathBuf};

use crate::journal::{Journal, replay};
use crate::model::{Artifact, Event, Plan, Problem, Step, TaskId};
use crate::ports::files::FileError;
use crate::ports::{Clock, Files};

use super::known::is_promised;
use super::run::{JOURNAL, PLAN};

/// The largest plan or journal of a part that is read, in bytes.
const LARGEST: u64 = 256 * 1024 * 1024;

/// What one task made, and the part that holds it.
#[derive(Debug, Clone, PartialEq)]
pub struct Part {
    /// The part's dist folder.
    pub dir: Utf8PathBuf,
    /// What was made.
    pub artifacts: Vec<Artifact>,
}

/// Everything that the parts hold for this plan.
///
/// # Errors
///
/// If a part belongs to another plan, its bytes are not what its journal says, or two parts hold
/// different bytes for one task.
pub fn collect(
    files: &dyn Files,
    plan: &Plan,
    dirs: &[Utf8PathBuf],
) -> Result<BTreeMap<TaskId, Part>, Problem> {
    let mut joined: BTreeMap<TaskId, Part> = BTreeMap::new();
    for dir in dirs {
        same_plan(files, plan, dir)?;
        let bytes = files.read(&dir.join(JOURNAL), LARGEST).map_err(|error| no_part(dir, &error))?;
        let mut made: BTreeMap<TaskId, Vec<Artifact>> = BTreeMap::new();
        for record in replay(&bytes)? {
            if let Event::TaskFinished { task, key, artifacts, .. } = record.event
                && !artifacts.is_empty()
                && let Some(planned) = plan.task(&task)
                && planned.key == key
            {
                if !is_promised(planned, &artifacts) {
                    return Err(Problem::new(format!(
                        "{dir} holds something else for {task} than the plan promises"
                    ))
                    .fix("build that part again"));
                }
                made.insert(task, artifacts);
            }
        }
        for (task, artifacts) in made {
            whole(files, dir, &artifacts)?;
            match joined.get(&task) {
                Some(other) if other.artifacts != artifacts => {
                    return Err(Problem::new(format!("{task} was built twice, with different bytes"))
                        .because(format!("in {} and in {dir}", other.dir))
                        .fix("build it on one machine only, or find out what differs between the two"));
                }
                Some(_) => {}
                None => {
                    joined.insert(task, Part { dir: dir.clone(), artifacts });
                }
            }
        }
    }
    Ok(joined)
}

/// The builds of the plan that no part holds.
#[must_use]
pub fn missing(plan: &Plan, joined: &BTreeMap<TaskId, Part>) -> Vec<TaskId> {
    let builds = plan.tasks.iter().filter(|task| task.step == Step::Build && !task.makes.is_empty());
    builds.filter(|task| !joined.contains_key(&task.id)).map(|task| task.id.clone()).collect()
}

/// Copies the parts into the dist folder, digests compared while writing, and journals them.
///
/// # Errors
///
/// If a file cannot be copied or changed while it was.
pub fn place(
    files: &dyn Files,
    plan: &Plan,
    dist: &Utf8Path,
    clock: Arc<dyn Clock>,
    joined: &BTreeMap<TaskId, Part>,
) -> Result<(), Problem> {
    let (mut journal, _) = Journal::open(files, &dist.join(JOURNAL), clock)?;
    for (task, part) in joined {
        for artifact in &part.artifacts {
            copy(files, &part.dir.join(&artifact.path), &dist.join(&artifact.path), artifact)?;
        }
        let Some(planned) = plan.task(task) else { continue };
        let event = Event::TaskFinished {
            task: task.clone(),
            key: planned.key,
            millis: 0,
            artifacts: part.artifacts.clone(),
        };
        journal.append(&event)?;
    }
    Ok(())
}

fn same_plan(files: &dyn Files, plan: &Plan, dir: &Utf8Path) -> Result<(), Problem> {
    let bytes = files.read(&dir.join(PLAN), LARGEST).map_err(|error| no_part(dir, &error))?;
    let theirs: Plan = serde_json::from_slice(&bytes)
        .map_err(|error| Problem::new(format!("{dir} holds a broken plan")).caused_by(&error))?;
    let differs = [
        ("project", &theirs.project, &plan.project),
        ("commit", &theirs.commit, &plan.commit),
        ("tag", &theirs.tag, &plan.tag),
        ("version", &theirs.version, &plan.version),
    ];
    if let Some((what, theirs, ours)) = differs.into_iter().find(|(_, theirs, ours)| theirs != ours) {
        return Err(Problem::new(format!("{dir} is a part of another release"))
            .because(format!("its {what} is {theirs}, ours is {ours}"))
            .fix("merge only parts of the same workflow run"));
    }
    if theirs != *plan {
        let other = theirs.tasks.iter().find(|task| plan.task(&task.id) != Some(task));
        let named = other.map_or_else(
            || "it has fewer tasks".to_owned(),
            |task| format!("{} has other settings or tools there", task.id),
        );
        return Err(Problem::new(format!("{dir} was built by another plan"))
            .because(named)
            .fix("use the same configuration and the same tool versions on every runner"));
    }
    Ok(())
}

fn no_part(dir: &Utf8Path, error: &FileError) -> Problem {
    Problem::new(format!("{dir} is no dist folder of release-action"))
        .caused_by(error)
        .fix("name the folders that `build --target` wrote")
}

fn whole(files: &dyn Files, dir: &Utf8Path, artifacts: &[Artifact]) -> Result<(), Problem> {
    for artifact in artifacts {
        let path = dir.join(&artifact.path);
        let (size, digest) = files.digest(&path)?;
        if (size, digest) != (artifact.size, artifact.digest) {
            return Err(Problem::new(format!("{path} is not what its journal says"))
                .because(format!("{digest}, {} expected", artifact.digest))
                .fix("build that part again"));
        }
    }
    Ok(())
}

fn copy(files: &dyn Files, from: &Utf8Path, to: &Utf8Path, artifact: &Artifact) -> Result<(), Problem> {
    let executable = files.meta(from)?.is_some_and(|meta| meta.is_executable);
    let (pending, _, digest) = files.copy(from, to, executable)?;
    if digest != artifact.digest {
        return Err(Problem::new(format!("{from} changed while it was copied"))
            .fix("merge again when nothing writes there"));
    }
    pending.commit()?;
    Ok(())
}
