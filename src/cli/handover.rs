//! What goes from job to job and from attempt to attempt: parts, and the journal.

use std::sync::Arc;
use std::time::Duration;

use camino::Utf8Path;
use clap::ValueEnum;

use crate::model::{ExitCode, Facts, Plan, Problem, Record, Step};
use crate::pipeline::handover::Handover;
use crate::pipeline::part::{PART, Part};
use crate::pipeline::plan::Publishers;
use crate::pipeline::run::Report;
use crate::pipeline::select::Wish;
use crate::pipeline::{hooked, memory};
use crate::ports::{Files, Ports, RunArtifacts};

use super::Failure;
use super::wire::World;

/// How long the journals of other jobs and attempts are waited for.
const RECALL: Duration = Duration::from_secs(30);

/// How long the journal may take to go up.
const KEEP: Duration = Duration::from_secs(60);

/// The same in hundredths of what time is left once the run was told to stop: outputs come after.
const KEEP_SHARE: u32 = 50;

/// Whether what `build --target` made goes to the artifacts of the workflow run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub enum Hand {
    /// If the runner offers the service, and targets are named.
    #[default]
    Auto,
    /// In any case.
    Always,
    /// Not.
    Never,
}

/// The service that parts go to, known before anything is built.
///
/// # Errors
///
/// If it is wanted and not offered, or offered and unusable.
pub(super) fn ready(
    world: &World,
    hand: Hand,
    wish: &Wish,
) -> Result<Option<Arc<dyn RunArtifacts>>, Failure> {
    if hand == Hand::Never || (hand == Hand::Auto && wish.targets.is_empty()) {
        return Ok(None);
    }
    let service = world.run_artifacts().map_err(Failure::usage)?;
    if service.is_none() && hand == Hand::Always {
        return Err(Failure::usage(none()));
    }
    Ok(service)
}

/// No service where one is a must.
pub(super) fn none() -> Problem {
    Problem::new("this is no job with an artifact service")
        .because("ACTIONS_RESULTS_URL and ACTIONS_RUNTIME_TOKEN are not set")
        .fix(
            "run it as the Action, whose environment has both; or hand dist folders on by other means and name \
             them: `merge DIR…`",
        )
}

/// Puts the part of the wished targets, and says in the dist folder which run made it.
///
/// # Errors
///
/// If it cannot be put: without it, the job that joins the parts fails, and this one could not be run
/// again if it had ended well.
pub(super) async fn send(
    world: &World,
    ports: &Ports,
    dist: &Utf8Path,
    report: &Report,
    wish: &Wish,
    (publishers, facts): (&Publishers, &Arc<Facts>),
    service: Option<Arc<dyn RunArtifacts>>,
) -> Result<(), Failure> {
    let fail = |problem: Problem| Failure::new(ExitCode::Step(Step::Build), problem);
    let origin = world.origin(service.as_deref());
    let mut part = Part::of(&report.plan, &origin, &wish.targets, &report.made).map_err(fail)?;
    let packaged = publishers.files(facts, ports, dist).map_err(fail)?;
    let hooked = hooked::take(ports.files.as_ref(), &facts.root, dist, facts.loose.basis, &packaged);
    part.hooks = hooked.map_err(fail)?;
    let text = serde_json::to_string_pretty(&part)
        .map_err(|error| fail(Problem::new(format!("{PART} cannot be written")).caused_by(&error)))?;
    ports.files.write(&dist.join(PART), (text + "\n").as_bytes()).map_err(|error| fail(error.into()))?;
    let Some(service) = service else { return Ok(()) };
    let handover = Handover {
        service: service.as_ref(),
        files: ports.files.as_ref(),
        clock: ports.clock.as_ref(),
        redactor: &world.redactor,
        dist,
        plan: &report.plan,
    };
    let sending = handover.send(&part, &report.records);
    let stop = world.signals.stop();
    tokio::select! {
        sent = sending => sent.map_err(fail)?,
        () = stop.cancelled() => return Err(Failure::new(world.signals.code(), Problem::new(
            "stopped before the part was up").fix("run this job again"))),
    }
    tell(world, &format!("part `{}` is with the run's artifacts", part.name()));
    Ok(())
}

/// What other jobs and earlier attempts of this workflow run wrote down, if nothing of this release began on
/// this machine; and what a person should know of it.
pub(super) async fn recall(
    world: &World,
    files: &dyn Files,
    plan: &Plan,
    dist: &Utf8Path,
) -> (Vec<Record>, Option<Problem>) {
    let recalled = async {
        let Some(service) = world.run_artifacts()? else { return Ok(Vec::new()) };
        if memory::began_here(files, plan, dist)? {
            return Ok(Vec::new());
        }
        let origin = world.origin(Some(service.as_ref()));
        memory::recall(service.as_ref(), files, plan, &origin, dist).await
    };
    let stop = world.signals.stop();
    let asked = tokio::select! {
        asked = tokio::time::timeout(RECALL, recalled) => asked,
        // The run has its own words for that.
        () = stop.cancelled() => return (Vec::new(), None),
    };
    let problem = match asked {
        Ok(Ok(records)) => return (records, None),
        Ok(Err(problem)) => problem,
        Err(_) => Problem::new(format!("the artifact service took more than {} s", RECALL.as_secs())),
    };
    let what = format!("nothing is remembered of earlier jobs: {}", problem.what);
    (Vec::new(), Some(Problem { what, ..problem }))
}

/// Lets the journal go up, if the runner offers the service. Without it nothing is lost: what is made is
/// found by looking at the world and at the evidence on the release.
pub(super) async fn keep(world: &World, project: &str, dist: &Utf8Path) {
    let kept = async {
        let Some(service) = world.run_artifacts()? else { return Ok(()) };
        let attempt = world.origin(None).attempt;
        let name = memory::name(project, world.env.get("GITHUB_JOB"), attempt);
        memory::keep(service.as_ref(), &name, dist).await
    };
    let signals = &world.signals;
    let problem = match signals.budget().within((KEEP, KEEP_SHARE), &signals.stop(), kept).await {
        Ok(Ok(())) => return,
        Ok(Err(problem)) => problem,
        Err(limit) => {
            Problem::new(format!("the artifact service took more than {:.1} s", limit.as_secs_f32()))
        }
    };
    let what = format!("the journal is not with the run's artifacts: {}", problem.what);
    let problem = Problem { what, ..problem };
    tell(world, crate::report::problem::notice_text(&problem, world.color_on_stderr()).trim_end());
}

/// A remark beside the log.
fn tell(world: &World, text: &str) {
    if !world.globals.quiet {
        world.tell(&format!("{text}\n"));
    }
}
