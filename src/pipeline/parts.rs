//! Parts of a release that other machines built, joined by digest.

use std::collections::BTreeMap;
use std::sync::Arc;

use camino::{Utf8Path, Utf8PathBuf};

use crate::journal::{Journal, replay};
use crate::model::{Artifact, Event, Plan, Problem, Step, Task, TaskId};
use crate::ports::files::FileError;
use crate::ports::{Clock, Files};

use super::known::is_promised;
use super::part::{Origin, PART, PART_FORMAT, Part, builds, digest, leg_of};
use super::run::{JOURNAL, PLAN};

/// The largest plan or journal of a part that is read, in bytes.
const LARGEST: u64 = 256 * 1024 * 1024;

/// What one task made, and the part that holds it.
#[derive(Debug, Clone, PartialEq)]
pub struct Held {
    /// The part's dist folder.
    pub dir: Utf8PathBuf,
    /// What was made.
    pub artifacts: Vec<Artifact>,
}

/// Everything that the parts hold for this plan.
///
/// # Errors
///
/// If a part belongs to another commit, plan or run, its bytes are not what its journal says, or two parts hold
/// different bytes for one task.
pub fn collect(
    files: &dyn Files,
    plan: &Plan,
    origin: &Origin,
    dirs: &[Utf8PathBuf],
) -> Result<BTreeMap<TaskId, Held>, Problem> {
    let mut joined: BTreeMap<TaskId, Held> = BTreeMap::new();
    for dir in dirs {
        let theirs = same_plan(files, plan, dir)?;
        same_run(files, plan, &theirs, origin, dir)?;
        let bytes = files.read(&dir.join(JOURNAL), LARGEST).map_err(|error| no_part(dir, &error))?;
        let mut made: BTreeMap<TaskId, Vec<Artifact>> = BTreeMap::new();
        for record in replay(&bytes)? {
            if let Event::TaskFinished { task, key, artifacts, .. } = record.event
                && !artifacts.is_empty()
                && let Some(planned) = plan.task(&task).filter(|task| task.step == Step::Build)
                // The key is that of the machine which built it.
                && theirs.task(&task).is_some_and(|theirs| theirs.key == key)
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
                    joined.insert(task, Held { dir: dir.clone(), artifacts });
                }
            }
        }
    }
    Ok(joined)
}

/// Nothing, if every build of the plan is in a part; else what is missing, and which jobs to run again.
///
/// # Errors
///
/// If a part is missing.
pub fn complete(plan: &Plan, joined: &BTreeMap<TaskId, Held>) -> Result<(), Problem> {
    let wanted = builds(plan).filter(|task| !task.makes.is_empty());
    let missing: Vec<&Task> = wanted.filter(|task| !joined.contains_key(&task.id)).collect();
    let (Some(first), count) = (missing.first(), missing.len()) else { return Ok(()) };
    let what = if count == 1 { "a part is".to_owned() } else { format!("{count} parts are") };
    let mut problem = Problem::new(format!("{what} missing"));
    for task in &missing {
        let platform = task.makes.iter().find_map(|made| made.platform.as_ref()).map(ToString::to_string);
        problem = problem.because(match platform {
            Some(platform) => {
                let leg = leg_of(std::slice::from_ref(&platform));
                format!("{}: the job of {leg} builds it (`build --target {platform}`)", task.id)
            }
            None => format!("{}: `build` makes it", task.id),
        });
    }
    let first = &first.id;
    Err(problem.fix(format!(
        "run the job that builds {first} again (GitHub: re-run failed jobs), then merge all parts"
    )))
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
    joined: &BTreeMap<TaskId, Held>,
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

/// The plan that a part was built by, if it builds what ours does.
fn same_plan(files: &dyn Files, plan: &Plan, dir: &Utf8Path) -> Result<Plan, Problem> {
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
    if digest(&theirs)? != digest(plan)? {
        let same =
            |task: &Task, other: &Task| task.shared_key() == other.shared_key() && task.makes == other.makes;
        let other = builds(&theirs).find(|task| !plan.task(&task.id).is_some_and(|ours| same(task, ours)));
        let named = other.map_or_else(
            || "it has fewer builds, or has them in another order".to_owned(),
            |task| format!("{} has other settings or tools there", task.id),
        );
        return Err(other_plan(dir, named));
    }
    Ok(theirs)
}

/// How a part of another plan is told.
const OF_ANOTHER_PLAN: &str = "was built by another plan";

/// Whether the problem is that a part was built by another plan.
#[must_use]
pub fn is_of_another_plan(problem: &Problem) -> bool {
    problem.what.ends_with(OF_ANOTHER_PLAN)
}

fn other_plan(dir: &Utf8Path, because: String) -> Problem {
    Problem::new(format!("{dir} {OF_ANOTHER_PLAN}"))
        .because(because)
        .fix(
            "use the same configuration and the same version of Go on every runner; if a newer Go came out since the \
             parts were built, run all jobs again, and let a `toolchain` line in go.mod name the version",
        )
}

/// What a part says of itself; `None` where it says nothing, as a plain dist folder.
///
/// # Errors
///
/// If it cannot be read.
pub fn read_part(files: &dyn Files, dir: &Utf8Path) -> Result<Option<Part>, Problem> {
    let path = dir.join(PART);
    if files.meta(&path)?.is_none() {
        return Ok(None);
    }
    let part: Part = serde_json::from_slice(&files.read(&path, LARGEST)?).map_err(|error| {
        Problem::new(format!("{path} says nothing that is understood"))
            .caused_by(&error)
            .fix("use one version of release-action in all jobs")
    })?;
    if part.format != PART_FORMAT {
        return Err(Problem::new(format!("{path} has the form {}, and {PART_FORMAT} is known", part.format))
            .fix("use one version of release-action in all jobs"));
    }
    Ok(Some(part))
}

/// A part of the same plan may still be of another run, whose gates nobody here knows of.
fn same_run(
    files: &dyn Files,
    plan: &Plan,
    theirs: &Plan,
    origin: &Origin,
    dir: &Utf8Path,
) -> Result<(), Problem> {
    let Some(part) = read_part(files, dir)? else { return Ok(()) };
    let other_key =
        part.made.iter().find(|(id, made)| theirs.task(id).map(|task| task.key) != Some(made.key));
    if part.plan != digest(plan)? || other_key.is_some() {
        let named = other_key.map_or_else(
            || format!("its plan has the digest {}", part.plan),
            |(task, _)| format!("{task} has another key there"),
        );
        return Err(other_plan(dir, named));
    }
    match (&part.run, &origin.run) {
        (Some(theirs), Some(ours)) if theirs != ours => {
            Err(Problem::new(format!("{dir} is a part of another run"))
                .because(format!("its run is {theirs}, ours is {ours}"))
                .fix("merge only parts of the same workflow run"))
        }
        _ => Ok(()),
    }
}

fn no_part(dir: &Utf8Path, error: &FileError) -> Problem {
    Problem::new(format!("{dir} is no dist folder of release-action"))
        .caused_by(error)
        .fix("name the folders that `build --target` wrote")
}

fn whole(files: &dyn Files, dir: &Utf8Path, artifacts: &[Artifact]) -> Result<(), Problem> {
    let real = files.real_path(dir)?;
    for artifact in artifacts {
        let path = dir.join(&artifact.path);
        // What a part leads to elsewhere is of this machine and no part.
        if files.real_path(&path)? != real.join(&artifact.path) {
            return Err(Problem::new(format!("{path} is a link, or lies behind one"))
                .because("a part holds its files themselves")
                .fix("build that part again, or copy it with its files"));
        }
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
