//! Words out: who listens to a run, and the files that are written when it is over.

use std::io::Write as _;
use std::sync::{Arc, Mutex, PoisonError};

use camino::Utf8Path;

use crate::config::load::Config;
use crate::kit::sarif::Origin;
use crate::model::{ExitCode, Facts, Plan, Problem, Record};
use crate::pipeline::bus::Ear;
use crate::pipeline::run::Report;
use crate::ports::Ports;
use crate::ports::files::FileError;
use crate::report::github::GitHub;
use crate::report::goreleaser;
use crate::report::human::Human;
use crate::report::json::Json;
use crate::report::look::Look;
use crate::report::summary::Summary;
use crate::report::write::write_all;
use crate::steps::gates::protection::Place;

use super::Failure;
use super::args::LogFormat;
use super::wire::World;

/// The longest notes that a report shows, in bytes.
const MOST_NOTES: u64 = 16 * 1024 * 1024;

/// The reporters of a run, to be finished after it.
pub(super) enum Teller {
    /// Words.
    Human(Arc<Mutex<Human<std::io::Stdout>>>),
    /// JSON lines.
    Json(Arc<Mutex<Json<std::io::Stdout>>>),
    /// A workflow's log, in which foreign text must not become a command.
    GitHub(Arc<Mutex<GitHub<std::io::Stdout>>>, String),
}

/// −1 for `-q`, else the number of `-v`.
fn verbosity(world: &World) -> i8 {
    if world.globals.quiet { -1 } else { i8::try_from(world.globals.verbose).unwrap_or(i8::MAX) }
}

/// Who listens to this run.
pub(super) fn ears(world: &World, plan: &Plan, dist: &Utf8Path) -> (Vec<Ear>, Teller) {
    match world.globals.log_format {
        LogFormat::Json => {
            let json = Arc::new(Mutex::new(Json::new(std::io::stdout(), world.redactor.clone())));
            let ear = Arc::clone(&json);
            let ear: Ear = Box::new(move |record: &Record| {
                ear.lock().unwrap_or_else(PoisonError::into_inner).take(record)
            });
            (vec![ear], Teller::Json(json))
        }
        LogFormat::Human if world.in_workflow() => {
            let mut github = GitHub::new(std::io::stdout(), verbosity(world), world.redactor.clone());
            if is_masked(world) {
                github.mask();
            }
            let github = Arc::new(Mutex::new(github));
            let ear = Arc::clone(&github);
            let ear: Ear = Box::new(move |record: &Record| {
                ear.lock().unwrap_or_else(PoisonError::into_inner).take(record)
            });
            (vec![ear], Teller::GitHub(github, dist.join("report/index.html").into_string()))
        }
        LogFormat::Human => {
            let look = Look {
                color: world.color_on_stdout(),
                progress: world.draws_progress() && !world.globals.quiet,
                verbosity: verbosity(world),
                ..Look::plain()
            };
            let mut human = Human::new(std::io::stdout(), look, world.redactor.clone());
            human.name_by(plan);
            human.point_to("report", dist.join("report/index.html"));
            let human = Arc::new(Mutex::new(human));
            let ear = Arc::clone(&human);
            let ear: Ear = Box::new(move |record: &Record| {
                ear.lock().unwrap_or_else(PoisonError::into_inner).take(record)
            });
            (vec![ear], Teller::Human(human))
        }
    }
}

/// Whether the runner is told what to mask. A mask is the secret itself: it is for the runner's eyes, and
/// must not end in a file.
fn is_masked(world: &World) -> bool {
    world.in_workflow() && !world.stdout_is_file()
}

/// Has the runner mask every secret that is known by now.
pub(super) fn mask(world: &World) {
    if is_masked(world) {
        GitHub::new(std::io::stdout(), verbosity(world), world.redactor.clone()).mask();
    }
}

/// What the run came to, and what was changed before it.
pub(super) fn summary(plan: &Plan, run: &Report, facts: &Facts) -> Summary {
    let mut summary = Summary { rehearsal: facts.rehearsal, ..Summary::default() };
    run.earlier.iter().chain(&run.records).for_each(|record| summary.take(record));
    summary.name_by(plan);
    summary
}

/// Writes the reports and the files that other tools read.
pub(super) fn write(
    world: &World,
    ports: &Ports,
    dist: &Utf8Path,
    facts: &Facts,
    plan: &Plan,
    config: &Config,
    run: &Report,
) -> Result<(), Failure> {
    let bug = |problem: Problem| Failure::new(ExitCode::Bug, problem);
    // A disk that takes no report fails the step that came last; what went before keeps its own code.
    let last = plan.tasks.last().map_or(ExitCode::Usage, |task| ExitCode::Step(task.step));
    let code = if run.exit == ExitCode::Done { last } else { run.exit };
    let failed = |error: FileError| Failure::new(code, error.into());
    let files = ports.files.as_ref();
    let summary = summary(plan, run, facts);
    let notes = run.artifacts.iter().find(|made| made.kind == crate::model::ArtifactKind::ReleaseNotes);
    let notes = match notes {
        Some(made) if files.meta(&dist.join(&made.path)).map_err(failed)?.is_some() => {
            let bytes = files.read(&dist.join(&made.path), MOST_NOTES).map_err(failed)?;
            Some(String::from_utf8_lossy(&bytes).into_owned())
        }
        _ => None,
    };
    write_all(files, dist, &summary, notes.as_deref(), &origin(facts), &world.redactor)
        .map_err(|problem| Failure::new(code, problem))?;
    let unwritable =
        |error: serde_json::Error| bug(Problem::new("a report cannot be written").caused_by(&error));
    let folder = dist.strip_prefix(&facts.root).unwrap_or(dist);
    let artifacts = goreleaser::artifacts_json(&run.artifacts, folder.as_str()).map_err(unwritable)?;
    files.write(&dist.join("artifacts.json"), artifacts.as_bytes()).map_err(failed)?;
    // The commit's time, so that the same commit gives the same bytes.
    let metadata = goreleaser::metadata_json(facts, facts.commit.date).map_err(unwritable)?;
    files.write(&dist.join("metadata.json"), metadata.as_bytes()).map_err(failed)?;
    // Two names first that tools which read GoReleaser's effective configuration look for.
    let named = format!(
        "project_name: {}\ndist: {}\n{}",
        serde_json::Value::from(facts.project.as_str()),
        serde_json::Value::from(folder.as_str()),
        config.to_yaml()
    );
    files.write(&dist.join("config.yaml"), world.redactor.clean(&named).as_bytes()).map_err(failed)
}

/// What was looked at, for the report of what was found.
fn origin(facts: &Facts) -> Origin {
    Origin {
        repository: facts.slug.as_ref().map(|slug| format!("{}/{slug}", facts.forge_url)),
        commit: facts.commit.id.clone(),
        git_ref: facts.commit.branch.as_ref().map(|branch| format!("refs/heads/{branch}")),
        category: Place::context(facts),
    }
}

/// The last words of a run that broke off before it could come to an end: the fence of a workflow's log is
/// opened, so that what is told next is heard.
pub(super) fn break_off(teller: Teller) -> Result<(), Failure> {
    match teller {
        Teller::GitHub(..) => finish(teller),
        Teller::Human(_) | Teller::Json(_) => Ok(()),
    }
}

/// The last words of a run.
pub(super) fn finish(teller: Teller) -> Result<(), Failure> {
    let written = match teller {
        Teller::Human(human) => human.lock().unwrap_or_else(PoisonError::into_inner).finish(),
        Teller::GitHub(github, page) => {
            github.lock().unwrap_or_else(PoisonError::into_inner).finish(&[("report".to_owned(), page)])
        }
        Teller::Json(json) => json.lock().unwrap_or_else(PoisonError::into_inner).finish(),
    };
    Failure::of_output(written)
}

/// The list of what a rehearsal changed in its world.
pub(super) fn list(world: &World, effects: &[String]) -> Result<(), Failure> {
    if world.globals.log_format == LogFormat::Json {
        return Ok(());
    }
    let mut text = format!("\nEffects, in order ({}):\n", effects.len());
    for (number, effect) in effects.iter().enumerate() {
        text.push_str(&format!("{:4}  {effect}\n", number + 1));
    }
    world.print(&text)
}

/// Writes text as it is: what the served forge hands out for use.
pub(super) fn print_raw(text: &str) -> Result<(), Failure> {
    let mut out = std::io::stdout().lock();
    Failure::of_output(out.write_all(text.as_bytes()).and_then(|()| out.flush()))
}
