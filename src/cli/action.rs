//! What the Action's container calls: the inputs of a workflow's step into the commands of the command
//! line, and what became of them into the step's outputs.

use std::time::Duration;

use camino::Utf8PathBuf;
use clap::Args;

use crate::action::checks::{Checkout, is_version};
use crate::action::context::Context;
use crate::action::given::{self, Given};
use crate::action::order::{self, Call, Order};
use crate::action::outputs::{self, Fitted};
use crate::action::values::{self, More};
use crate::action::{event, file_commands};
use crate::config::known::Known;
use crate::kit::mark;
use crate::model::{ArtifactKind, ExitCode, Problem};
use crate::pipeline::members::{counts, members};
use crate::ports::Ports;
use crate::report::github_annotation::{Annotations, Level};
use crate::report::github_command::Fence;

use super::args::LogFormat;
use super::run::{Run, Scope};
use super::wire::World;
use super::{Failure, effects, merge, plan, project, rehearse, rollback, trace};

/// Do what the inputs of a workflow's step say (INPUT_*), and set its outputs: what the Action's container calls
#[derive(Debug, Args)]
pub struct Action {}

/// The largest payload of an event that is read, in bytes; GitHub sends 25 MB at most.
const LARGEST_EVENT: u64 = 32 * 1024 * 1024;

/// The longest notes that become an output, in bytes.
const LARGEST_NOTES: u64 = 16 * 1024 * 1024;

/// How much is told in a job with debug logging.
const DEBUG: u8 = 2;

/// How long the forge is asked for the release's number once all is done; the runner may be waiting to
/// kill us.
const PATIENCE: Duration = Duration::from_secs(2);

/// The world with the settings among the inputs, where a workflow gave any.
///
/// # Errors
///
/// What is wrong with the inputs.
pub(super) fn with_inputs(world: World) -> Result<World, Failure> {
    if world.env.get("GITHUB_ACTIONS") != Some("true") {
        return Ok(world);
    }
    let given = read(&world)?;
    let inputs = given.settings(given.text("step") == Some("build"));
    apply(&inputs)?;
    Ok(World { inputs, ..world })
}

impl Action {
    pub(super) async fn call(self, world: World) -> Result<ExitCode, Failure> {
        world.listen()?;
        // Before a single word: whatever is told from now on, by whomever, the runner masks these.
        effects::mask(&world);
        let context = match context(&world) {
            Ok(context) => context,
            Err(failure) => return Ok(failure.tell(Some(&world))),
        };
        let ended = match stage(&world, &context).await {
            Ok((staged, order)) => perform(staged, order).await,
            Err(failure) => Err(failure),
        };
        let code = match &ended {
            Ok(code) => *code,
            Err(failure) => failure.tell(Some(&world)),
        };
        let left = leave(&world, &context, code).await;
        match left {
            Err(failure) if code == ExitCode::Done => Ok(failure.tell(Some(&world))),
            // The first failure has the say; that of the outputs is told beside it.
            Err(failure) => {
                failure.tell(Some(&world));
                Ok(code)
            }
            Ok(()) => Ok(code),
        }
    }
}

/// Reads the inputs; those that do not exist are told.
fn read(world: &World) -> Result<Given, Failure> {
    if let Some(name) = world.env.unreadable("INPUT_").next() {
        let problem = Problem::new(format!("the variable {name} is not UTF-8"));
        return Err(Failure::usage(problem.fix("give the input as plain text")));
    }
    Given::read(world.env.iter()).map_err(|problems| Failure {
        code: ExitCode::Usage,
        problems,
        config: None,
    })
}

/// Whether there is a setting for each of the inputs.
fn apply(settings: &[(String, String, String)]) -> Result<(), Failure> {
    let known = Known::of(&crate::steps::shapes());
    given::unmet(settings, &known).map_or(Ok(()), |problem| Err(Failure::usage(problem)))
}

/// The run's context; the event's payload may be missing, not broken.
fn context(world: &World) -> Result<Context, Failure> {
    let path = world.env.get("GITHUB_EVENT_PATH").filter(|path| !path.is_empty());
    let bytes = match path.map(|path| world.files().read(path.into(), LARGEST_EVENT)) {
        None => None,
        Some(Err(error)) if error.is_missing() => None,
        Some(read) => Some(read?),
    };
    let payload = bytes.map_or_else(
        || Ok(serde_json::Value::Object(serde_json::Map::new())),
        |bytes| event::payload(&bytes).map_err(Failure::usage),
    )?;
    let env = world.env.iter().filter(|(name, _)| !world.is_secret(name));
    let mut context =
        Context::of(&env.map(|(name, value)| (name.to_owned(), value.to_owned())).collect(), &payload);
    // Our own folders are real paths, and are compared with it.
    if let Some(workspace) = &context.workspace
        && let Ok(real) = world.files().real_path(workspace)
    {
        context.workspace = Some(real);
    }
    Ok(context)
}

/// The world as the inputs want it, and what to do in it.
async fn stage(world: &World, context: &Context) -> Result<(World, Order), Failure> {
    let given = read(world)?;
    for warning in &given.warnings {
        annotate(world, Level::Warning, "Unknown input", warning.clone())?;
    }
    let mut staged = World { by_inputs: true, ..world.clone() };
    staged.dir = folder(world, context, given.text("working-directory"))?;
    if staged.globals.config.is_none() {
        staged.globals.config = configuration(&staged, context, given.text("config"))?;
    }
    if given.text("log-format") == Some("json") {
        staged.globals.log_format = LogFormat::Json;
    }
    if context.debug && !staged.globals.quiet && staged.globals.verbose < DEBUG {
        staged.globals.verbose = DEBUG;
        trace::listen(&staged);
    }
    let checkout = checkout(&staged).await?;
    let order = order::decide(&given, context, &checkout)
        .map_err(|refusal| Failure::new(refusal.code, *refusal.problem))?;
    apply(&order.settings)?;
    staged.inputs.clone_from(&order.settings);
    for notice in &order.notices {
        annotate(world, Level::Notice, "release-action", notice.clone())?;
    }
    Ok((staged, order))
}

/// The project's folder: in the workspace, whatever links lead to.
fn folder(world: &World, context: &Context, wanted: Option<&str>) -> Result<Utf8PathBuf, Failure> {
    let files = world.files();
    // `-C` on the command line stands above the input.
    let Some(wanted) = wanted.filter(|_| world.globals.directory.is_none()) else {
        return Ok(world.dir.clone());
    };
    let missing = |why: String| {
        Failure::usage(
            Problem::new(format!("the input `working-directory` is `{wanted}`: {why}"))
                .fix("name a folder of the checkout, relative to its root; is actions/checkout a step before this one?"),
        )
    };
    let base = context.workspace.clone().unwrap_or_else(|| world.dir.clone());
    let path = base.join(wanted);
    if files.meta(&path)?.is_none() {
        return Err(missing("there is no such folder".into()));
    }
    let (path, base) = (files.real_path(&path)?, files.real_path(&base)?);
    if !path.starts_with(&base) {
        return Err(missing(format!("it leaves the workspace {base}")));
    }
    if !files.meta(&path)?.is_some_and(|meta| meta.is_dir) {
        return Err(missing("it is no folder".into()));
    }
    Ok(path)
}

/// The configuration that the input names: in the workspace, whatever links lead to. One that is not there is
/// told by who reads it.
fn configuration(
    world: &World,
    context: &Context,
    wanted: Option<&str>,
) -> Result<Option<Utf8PathBuf>, Failure> {
    let Some(wanted) = wanted else { return Ok(None) };
    let files = world.files();
    let path = world.dir.join(wanted);
    let base = context.workspace.clone().unwrap_or_else(|| world.dir.clone());
    let inside = match files.real_path(&path) {
        Ok(real) => real.starts_with(files.real_path(&base)?),
        Err(error) if error.is_missing() => true,
        Err(error) => return Err(error.into()),
    };
    if inside {
        return Ok(Some(wanted.into()));
    }
    let problem = Problem::new(format!("the input `config` is `{wanted}`: it leaves the workspace {base}"));
    Err(Failure::usage(problem.fix("name a file of the checkout, relative to `working-directory`")))
}

/// What Git says of the checkout.
async fn checkout(world: &World) -> Result<Checkout, Failure> {
    let root = project::root(world).await.map_err(|failure| {
        let fix = "give the job a step `uses: actions/checkout` before this one";
        let problems = failure.problems.into_iter().map(|problem| problem.fix(fix)).collect();
        Failure { problems, ..failure }
    })?;
    let ports = world.ports(&root, Duration::ZERO)?;
    let git = &ports.git;
    // A repository without a commit has no HEAD: what is planned says so.
    let head = git.text(&["rev-parse", "--verify", "--quiet", "HEAD"]).await.unwrap_or_default();
    let fail = |error: crate::ports::git::GitError| Failure::usage(error.into());
    let lines = |text: String| text.lines().map(str::to_owned).collect::<Vec<_>>();
    let shallow = git.text(&["rev-parse", "--is-shallow-repository"]).await.map_err(fail)? == "true";
    let detached = git.text(&["symbolic-ref", "--quiet", "HEAD"]).await.is_err();
    let tags = lines(git.text(&["tag", "--list"]).await.map_err(fail)?);
    let (mut at_head, mut on_a_branch) = (Vec::new(), false);
    if !head.is_empty() {
        at_head = lines(git.text(&["tag", "--list", "--points-at", &head]).await.map_err(fail)?);
        // A configuration that cannot be read is told by the command itself.
        if let Ok(config) = project::configuration(world, &root) {
            let projects = members(&config);
            at_head.retain(|tag| counts(tag, &projects, &root, &world.dir) || !is_version(tag));
        }
        let holding = ["for-each-ref", "--count=1", "--contains", &head, "refs/heads", "refs/remotes"];
        on_a_branch = !git.text(&holding).await.map_err(fail)?.is_empty();
    }
    Ok(Checkout { head, shallow, detached, on_a_branch, tags, at_head })
}

/// Calls the command. One that does not itself stop when it is told to is left where it is.
async fn perform(world: World, order: Order) -> Result<ExitCode, Failure> {
    let scope = Scope { tag: order.tag, version: order.version, snapshot: order.snapshot, jobs: order.jobs };
    match order.call {
        Call::Run { from, only, skip, targets } => {
            Run { scope, from, only, skip, targets, ..Run::default() }.call(world).await
        }
        Call::Rehearse { skip } => rehearse::Rehearse::all_but(skip, scope).call(world).await,
        Call::Plan => {
            let plan = plan::Plan { scope, json: false, matrix: false };
            fenced(&world, plan.call(world.clone())).await
        }
        Call::Rollback { yes } => fenced(&world, rollback::Rollback { scope, yes }.call(world.clone())).await,
        Call::Merge => fenced(&world, merge::Merge { scope, parts: Vec::new() }.call(world.clone())).await,
    }
}

/// Runs a command whose words may hold foreign text, so that none of it becomes one of the runner's.
async fn fenced(
    world: &World,
    command: impl Future<Output = Result<ExitCode, Failure>>,
) -> Result<ExitCode, Failure> {
    let fence = Fence::new();
    world.command(&fence.open())?;
    let stop = world.signals.stop();
    let ended = tokio::select! {
        ended = command => ended,
        () = stop.cancelled() => Err(Failure::new(
            world.signals.code(),
            Problem::new("stopped before it was done")
                .fix("run it again: it looks first, and what is done already is not done twice"),
        )),
    };
    world.command(&fence.close())?;
    ended
}

/// One annotation.
fn annotate(world: &World, level: Level, title: &str, problem: Problem) -> Result<(), Failure> {
    let mut annotations = Annotations::default();
    for problem in Failure::usage(problem).clean_problems(world) {
        annotations.add(level, title, &problem);
    }
    annotations.commands().iter().try_for_each(|line| world.command(line))
}

/// Sets the outputs, and names the published files to the runner.
async fn leave(world: &World, context: &Context, code: ExitCode) -> Result<(), Failure> {
    let seen = world.outcome.seen();
    let files = world.files();
    let is_there = |path: &camino::Utf8Path| matches!(files.meta(path), Ok(Some(meta)) if !meta.is_dir);
    let more = More {
        matrix: seen.matrix.clone(),
        notes: notes(world),
        release: if values::met_the_release(&seen) { release(world).await } else { None },
    };
    let values = values::values(&seen, more, context, &is_there);
    let dist = context.outside(&seen.dist);
    let Fitted { values, files: large, notices } =
        outputs::fit(values, &dist, &world.redactor, outputs::MOST);
    for (path, text) in &large {
        files.write(&seen.dist.join(path), text.as_bytes())?;
    }
    for notice in &notices {
        annotate(world, Level::Warning, "Outputs", notice.clone())?;
    }
    append(world, "GITHUB_OUTPUT", &file_commands::outputs(&values).map_err(Failure::usage)?)?;
    if code == ExitCode::Done {
        let paths = values::declared(&seen, context, &is_there);
        append(world, "GITHUB_ARTIFACTS", &file_commands::artifacts(&paths))?;
    }
    Ok(())
}

/// Adds text to one of the runner's files, where it offers that file.
fn append(world: &World, name: &str, text: &str) -> Result<(), Failure> {
    let Some(path) = world.env.get(name).filter(|path| !path.is_empty() && !text.is_empty()) else {
        return Ok(());
    };
    World::append_for_runner(path.into(), text).map_err(|error| {
        let problem = Problem::from(error).because(format!("the runner's file {name} cannot be written"));
        Failure::usage(problem.fix("see that the runner's disk has room and its folder is mounted"))
    })
}

/// This release's notes, if they lie in the dist folder.
fn notes(world: &World) -> Option<String> {
    let seen = world.outcome.seen();
    let ran = seen.ran?;
    let made = ran.artifacts.iter().find(|made| made.kind == ArtifactKind::ReleaseNotes)?;
    let bytes = world.files().read(&seen.dist.join(&made.path), LARGEST_NOTES).ok()?;
    String::from_utf8(bytes).ok()
}

/// The release's number and page, asked of the forge; an output less where it does not answer.
async fn release(world: &World) -> Option<(u64, String)> {
    let facts = world.outcome.seen().facts?;
    let slug = facts.slug?;
    let ports: Ports = world.ports(&facts.root, Duration::ZERO).ok()?;
    let signals = &world.signals;
    let asking = ports.forge.releases_of(&slug, &facts.tag);
    let asked = signals.budget().within((PATIENCE, 50), &signals.stop(), asking).await;
    let ours = asked.ok()?.ok()?.into_iter();
    let mut ours = ours.filter(|release| mark::is_of(&release.body, &facts.tag, &facts.commit.id));
    ours.next().map(|release| (release.id, release.url))
}
