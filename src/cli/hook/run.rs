//! What the hooks do.

use std::time::Duration;

use camino::Utf8Path;
use futures::future::join_all;
use serde::Deserialize;

use crate::config::load::Config;
use crate::config::section::Switch;
use crate::model::{ExitCode, Problem, Step};
use crate::report::problem::problem_text;
use crate::steps::gates::staged::{CHECKS, Checked, Found, Message, Staged, Wanted, check, judge};
use crate::steps::ignore::Ignore;

use super::script::Hook;
use super::{Failure, Run, World, project};

/// The longest message that is read, in bytes.
const LONGEST: u64 = 16 * 1024 * 1024;

/// Does what the hook does.
pub(super) async fn run(world: &World, root: &Utf8Path, run: &Run) -> Result<ExitCode, Failure> {
    world.listen()?;
    let stop = world.signals.stop();
    let work = async {
        match run.hook {
            Hook::PreCommit => pre_commit(world, root).await,
            Hook::CommitMsg => commit_msg(world, root, run).await,
        }
    };
    tokio::select! {
        code = work => code,
        () = stop.cancelled() => Err(Failure::new(world.signals.code(), Problem::new("stopped"))),
    }
}

async fn pre_commit(world: &World, root: &Utf8Path) -> Result<ExitCode, Failure> {
    let ports = world.ports(root, Duration::ZERO)?;
    let git_at = |index: &Utf8Path| world.git_at(root, index);
    // Git makes a commit of single files, or of all, of an index of its own. It names it from the root.
    let given = world.env.get("GIT_INDEX_FILE").filter(|path| !path.is_empty()).map(|path| root.join(path));
    let staged =
        Staged::lay(&ports, &git_at, given.as_deref(), world.signals.stop()).await.map_err(refused)?;
    // The configuration counts as it is staged, too.
    let config = project::configuration(world, &staged.tree)?;
    let wanted = wanted(&config)?;
    let clock = &ports.clock;
    let timed = |name: &'static str| {
        let (staged, wanted) = (&staged, &wanted);
        async move {
            let began = clock.now();
            let checked = check(name, staged, wanted).await;
            (checked, (clock.now() - began).to_std().unwrap_or_default())
        }
    };
    let all: Vec<(Checked, Duration)> = join_all(CHECKS.map(timed)).await;
    world.tell(&format!("release-action: {} staged files\n", staged.changed.len()));
    end(world, all)
}

async fn commit_msg(world: &World, root: &Utf8Path, run: &Run) -> Result<ExitCode, Failure> {
    let Some(file) = &run.file else {
        return Err(Failure::usage(
            Problem::new("commit-msg judges a message").fix("name its file: `hook run commit-msg FILE`"),
        ));
    };
    let ports = world.ports(root, Duration::ZERO)?;
    let message = Message(ports.files.read(&world.dir.join(file), LONGEST)?);
    let config = project::configuration(world, root)?;
    let settings = asked(&config, "commits")?;
    let began = ports.clock.now();
    let found = judge(&message, settings.as_ref(), &ports, root).await;
    let took = (ports.clock.now() - began).to_std().unwrap_or_default();
    end(world, vec![(("message", found), took)])
}

/// Tells what came of it. Git shows a hook's standard error to whoever commits.
fn end(world: &World, all: Vec<(Checked, Duration)>) -> Result<ExitCode, Failure> {
    let mut problems = Vec::new();
    for ((name, found), took) in all {
        let (mark, words) = match found {
            Ok(Found::Good(words)) => ("ok", words),
            Ok(Found::Skipped(why)) => ("skipped", why),
            Ok(Found::Bad(found)) => {
                let words = format!("{} to mend", found.len());
                problems.extend(found);
                ("FAILED", words)
            }
            // What could not look proves nothing, and a commit is no release: but whoever makes it is told.
            Err(problem) => {
                let words = problem.what.clone();
                problems.push(problem);
                ("ERROR", words)
            }
        };
        let line = format!("  {mark:<7}  {name:<10}  {:>5.2} s  {words}", took.as_secs_f64());
        world.tell(&format!("{}\n", line.trim_end()));
    }
    if problems.is_empty() {
        return Ok(ExitCode::Done);
    }
    let color = world.color_on_stderr();
    problems.iter().for_each(|problem| world.tell(&problem_text(problem, color)));
    let problem = Problem::new("there is no commit")
        .fix("mend it and stage that; `git commit --no-verify` goes past it once");
    Err(refused(problem))
}

fn refused(problem: Problem) -> Failure {
    Failure::new(ExitCode::Step(Step::Gates), problem)
}

/// A part of the settings of `scan.secrets`, which belongs to another step.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Passing {
    ignore: Vec<Ignore>,
}

/// A part of the settings of `gates.lint`.
#[derive(Deserialize)]
#[serde(default)]
struct Linting {
    format: bool,
    vet: bool,
}

impl Default for Linting {
    fn default() -> Self {
        Self { format: true, vet: true }
    }
}

fn wanted(config: &Config) -> Result<Wanted, Failure> {
    let (_, secrets) = config.room(Step::Scan, "secrets");
    let (switch, lint) = config.room(Step::Gates, "lint");
    let passing: Passing = read(secrets, "scan.secrets")?;
    let linting: Linting = read(lint, "gates.lint")?;
    let on = switch != Switch::Off;
    Ok(Wanted {
        ignore: passing.ignore,
        pinning: asked(config, "pinning")?,
        format: on && linting.format,
        lint: on && linting.vet,
    })
}

/// The settings of a gate that is on only where it is asked for.
fn asked<T: serde::de::DeserializeOwned>(config: &Config, room: &str) -> Result<Option<T>, Failure> {
    match config.room(Step::Gates, room) {
        (Switch::On, value) => read(value, room).map(Some),
        _ => Ok(None),
    }
}

fn read<T: serde::de::DeserializeOwned>(value: serde_json::Value, name: &str) -> Result<T, Failure> {
    serde_json::from_value(value).map_err(|error| {
        Failure::usage(Problem::new(format!("the settings of `{name}` do not fit")).caused_by(&error))
    })
}
