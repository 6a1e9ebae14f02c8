//! A run from its plan to its end.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use camino::{Utf8Path, Utf8PathBuf};
use tokio_util::sync::CancellationToken;

use crate::journal::Journal;
use crate::model::evidence::{EVIDENCE_NAME, RunInfo, Timing};
use crate::model::{
    Artifact, Event, ExitCode, Facts, Kind, Plan, Platform, Problem, Record, Step, Task, TaskId,
};
use crate::ports::files::Held;
use crate::ports::{Files, Ports};
use crate::steps::evidence::gather;
use crate::steps::room::Listener;

use super::barriers;
use super::budget::Budget;
use super::bus::{Bus, Ear};
use super::demand::Demand;
use super::known::{Known, Unproven};
use super::outstanding::{self, Decision};
use super::plan::Drawn;
use super::schedule::{self, Broken, Ended, Works};
use super::select::{self, Wish};
use super::shelf::RunShelf;

/// What a run needs to begin.
pub struct Order {
    /// The facts.
    pub facts: Facts,
    /// The plan.
    pub drawn: Drawn,
    /// What was asked for.
    pub wish: Wish,
    /// The world.
    pub ports: Ports,
    /// The dist folder.
    pub dist: Utf8PathBuf,
    /// How many makers and checks run at once.
    pub jobs: usize,
    /// Names the run.
    pub name: String,
    /// Guesses to tell.
    pub notices: Vec<Problem>,
    /// What other jobs and earlier attempts of this workflow run wrote down, where nothing began on this machine.
    pub memory: Vec<Record>,
    /// What has to come of it beside no failure.
    pub demand: Option<Demand>,
    /// Whoever listens.
    pub ears: Vec<Ear>,
    /// Cuts secrets out of the journal.
    pub redactor: crate::kit::secret::Redactor,
    /// Cancelled when the run must stop.
    pub stop: CancellationToken,
    /// The exit code of a stop: interrupted or terminated.
    pub stop_code: Arc<dyn Fn() -> ExitCode + Send + Sync>,
    /// What time is left after a stop.
    pub budget: Budget,
}

/// How a run ended.
pub struct Report {
    /// The exit code.
    pub exit: ExitCode,
    /// What failed.
    pub ended: Ended,
    /// Everything that happened, this run's only.
    pub records: Vec<Record>,
    /// What earlier runs in this dist folder were of, and what they changed in the world.
    pub earlier: Vec<Record>,
    /// Everything that was made or taken over.
    pub artifacts: Vec<Artifact>,
    /// The same by task, with what was left out of this run and lies in the dist folder all the same.
    pub made: Vec<(TaskId, Vec<Artifact>)>,
    /// The plan.
    pub plan: Arc<Plan>,
}

/// The journal's name in the dist folder.
pub const JOURNAL: &str = "journal.jsonl";

/// The plan's name in the dist folder.
pub const PLAN: &str = "plan.json";

/// Why a run could not begin, or lost its journal.
#[derive(Debug)]
pub struct Halt {
    /// The exit code.
    pub code: ExitCode,
    /// What is wrong.
    pub problem: Box<Problem>,
}

impl Halt {
    fn new(code: ExitCode, problem: Problem) -> Self {
        Self { code, problem: Box::new(problem) }
    }

    fn bug(problem: impl Into<Problem>) -> Self {
        Self::new(ExitCode::Bug, problem.into())
    }

    /// The world would not have it, as a full disk does: the step that was at it has failed.
    fn at(step: Step, problem: impl Into<Problem>) -> Self {
        Self::new(ExitCode::Step(step), problem.into())
    }
}

/// The first and the last step of what was asked for.
fn ends(plan: &Plan, chosen: &HashSet<TaskId>) -> (Step, Step) {
    let mut steps = plan.tasks.iter().filter(|task| chosen.contains(&task.id)).map(|task| task.step);
    let first = steps.next().unwrap_or(Step::Preflight);
    (first, steps.next_back().unwrap_or(first))
}

/// The step of the task that began last.
fn step_now(plan: &Plan, records: &[Record]) -> Option<Step> {
    records.iter().rev().find_map(|record| match &record.event {
        Event::TaskStarted { task, .. } => plan.task(task).map(|task| task.step),
        _ => None,
    })
}

/// Runs.
///
/// # Errors
///
/// Where the run could not even begin, or lost its journal.
pub async fn run(mut order: Order) -> Result<Report, Halt> {
    let began = order.ports.clock.now();
    let _held = hold(order.ports.files.as_ref(), &order.dist)?;
    let plan = Arc::new(order.drawn.plan.clone());
    let chosen = select::choose(&plan, &order.wish);
    let (first, last) = ends(&plan, &chosen);
    let (bus, earlier, past) = open(&mut order, &plan, chosen.len(), first)?;
    let listener: Arc<dyn Listener> = Arc::clone(&bus) as _;
    let known = tokio::select! {
        known = look_back(&order, &plan, &chosen, earlier, &listener) => known?,
        () = order.stop.cancelled() => {
            let problem = Problem::new("stopped before the first task began");
            return Err(Halt::new((order.stop_code)(), problem.fix("run the same command again")));
        }
    };
    let shelf = Arc::new(RunShelf::default());
    // What was left out of this run, and is here all the same, can be used.
    for task in plan.tasks.iter().filter(|task| !chosen.contains(&task.id)) {
        if let Some(artifacts) = known.in_dist(task) {
            shelf.put(task.id.clone(), artifacts);
        }
    }
    let decisions = outstanding::decide(&plan, &chosen, &known);
    refuse_foreign(&plan, &decisions, &order.facts.host)?;
    let works = Works {
        decisions,
        before: barriers::before_each(&plan, &chosen),
        planned: order.drawn.planned,
        jobs: order.jobs,
        ports: order.ports.clone(),
        facts: Arc::new(order.facts),
        plan: Arc::clone(&plan),
        dist: order.dist.clone(),
        listener: Arc::clone(&listener),
        shelf: Arc::clone(&shelf),
        told: known.told(&plan),
        stop: order.stop,
        budget: order.budget,
    };
    let mut ended = schedule::run(works).await.map_err(|broken| match broken {
        Broken::Unwritten(problem) => Halt::at(step_now(&plan, &bus.kept()).unwrap_or(first), problem),
        Broken::Panicked(problem) => Halt::bug(problem),
    })?;
    if let Some(demand) = order.demand.filter(|demand| demand.is_unmet(&plan, &chosen, shelf.as_ref())) {
        demand.fail(&mut ended, listener.as_ref()).map_err(|problem| Halt::at(last, problem))?;
    }
    let exit = if ended.stopped { (order.stop_code)() } else { exit_code(&ended) };
    let millis = u64::try_from((order.ports.clock.now() - began).num_milliseconds()).unwrap_or(0);
    let unwritten = |problem: Problem| Halt::at(last, problem);
    listener.take(Event::RunFinished { exit, millis }).map_err(unwritten)?;
    let records = bus.kept();
    let mut evidence = gather(&plan, shelf.as_ref());
    evidence.run =
        Some(RunInfo { run: order.name, tool: env!("CARGO_PKG_VERSION").into(), timings: timings(&records) });
    let text = evidence.to_json().map_err(|error| Halt::bug(unwritable(EVIDENCE_NAME, &error)))?;
    let written = order.ports.files.write(&order.dist.join(EVIDENCE_NAME), text.as_bytes());
    written.map_err(|error| unwritten(error.into()))?;
    let made = shelf.all();
    let artifacts = made.iter().flat_map(|(_, made)| made.clone()).collect();
    Ok(Report { exit, ended, records, earlier: past, artifacts, made, plan })
}

/// What still counts of a run when it is over.
fn is_history(event: &Event) -> bool {
    matches!(
        event,
        Event::RunStarted { .. } | Event::Intent { .. } | Event::Applied { .. } | Event::Undid { .. }
    )
}

/// The exit code of the first step that failed; but tests fail too where nothing compiles, and then the
/// build is what has to be mended.
fn exit_code(ended: &Ended) -> ExitCode {
    let failed = |wanted: Step| ended.failed.iter().any(|(step, _, _)| *step == wanted);
    // Whatever else failed on the way: this run had to leave the release to another one.
    if ended.failed.iter().any(|(_, _, problem)| problem.held) {
        return ExitCode::Held;
    }
    match ended.failed.first() {
        Some((Step::Gates, _, _)) if failed(Step::Build) => ExitCode::Step(Step::Build),
        Some((step, _, _)) => ExitCode::Step(*step),
        None => ExitCode::Done,
    }
}

/// What only a machine of its own platform can make is refused before anything runs, unless it is here.
fn refuse_foreign(plan: &Plan, decisions: &HashMap<TaskId, Decision>, host: &Platform) -> Result<(), Halt> {
    // Apple's compiler makes both architectures; the others make their own.
    let abroad = |on: &Platform| on.os != host.os || (on.os != "darwin" && on.arch != host.arch);
    let foreign = |task: &&Task| {
        task.native
            && decisions.get(&task.id) == Some(&Decision::Run)
            && task.makes.iter().filter_map(|made| made.platform.as_ref()).any(abroad)
    };
    let titles: Vec<&str> = plan.tasks.iter().filter(foreign).map(|task| task.title.as_str()).collect();
    let Some(first) = plan.tasks.iter().find(foreign) else { return Ok(()) };
    let problem = Problem::new(format!("this machine cannot make {}", titles.join(", ")))
        .because(format!("they have C code, no cross compiler is named, and this machine is {host}"))
        .fix(
            "set `build.go.env.CC` to a cross compiler, choose other `targets`, or build on a runner of each \
             platform: `plan --matrix` names them, and `merge` joins what they built",
        );
    Err(Halt::new(ExitCode::Step(first.step), problem))
}

/// The journal and the events that go there, what it held, and the history in that.
type Opened = (Arc<Bus>, Vec<Record>, Vec<Record>);

/// Opens the journal, writes the plan, and tells that the run begins.
fn open(order: &mut Order, plan: &Plan, tasks: usize, first: Step) -> Result<Opened, Halt> {
    let unwritten = |problem: Problem| Halt::at(first, problem);
    let files = order.ports.files.as_ref();
    let clock = &order.ports.clock;
    let (journal, earlier) = Journal::open(files, &order.dist.join(JOURNAL), Arc::clone(clock))
        .map_err(|problem| Halt::new(ExitCode::Usage, problem))?;
    let journal = journal.redacting(order.redactor.clone());
    let text = plan.to_json().map_err(|error| Halt::bug(unwritable(PLAN, &error)))?;
    files.write(&order.dist.join(PLAN), text.as_bytes()).map_err(|error| unwritten(error.into()))?;
    let ears = std::mem::take(&mut order.ears);
    let bus = Arc::new(Bus::new(Some(journal), earlier.len() as u64, ears, Arc::clone(clock)));
    let started = Event::RunStarted {
        run: order.name.clone(),
        tool: env!("CARGO_PKG_VERSION").into(),
        project: plan.project.clone(),
        tag: if plan.snapshot { plan.version.clone() } else { plan.tag.clone() },
        commit: plan.commit.clone(),
        plan: plan.digest().map_err(|error| Halt::bug(unwritable(PLAN, &error)))?,
        tasks,
    };
    bus.take(started).map_err(unwritten)?;
    for problem in std::mem::take(&mut order.notices) {
        bus.take(Event::Notice { task: None, problem }).map_err(unwritten)?;
    }
    let past = earlier.iter().filter(|record| is_history(&record.event)).cloned().collect();
    Ok((bus, earlier, past))
}

/// What may be taken over, from here and, where something is to be sent, from the forge.
async fn look_back(
    order: &Order,
    plan: &Arc<Plan>,
    chosen: &HashSet<TaskId>,
    earlier: Vec<Record>,
    listener: &Arc<dyn Listener>,
) -> Result<Known, Halt> {
    let files = Arc::clone(&order.ports.files);
    let unwritten = |problem: Problem| Halt::at(ends(plan, chosen).0, problem);
    let here = Known::here(earlier, Arc::clone(plan), files, order.dist.clone()).await;
    let mut known = here.map_err(unwritten)?;
    known.remember(&order.memory, plan);
    let asks = |task: &Task| {
        let of_release = matches!(task.kind, Kind::Target { .. }) && !task.tells;
        chosen.contains(&task.id) && (of_release || task.step == Step::Verify)
    };
    if plan.tasks.iter().any(asks) {
        match known.add_release(&order.facts, plan, &order.ports, &order.dist).await {
            Ok(()) => {}
            // Nothing is taken over from there; preflight says what is wrong with the forge.
            Err(Unproven::Unasked(problem)) => {
                let what = format!("the release could not be looked at: {}", problem.what);
                let notice = Event::Notice { task: None, problem: Problem { what, ..problem } };
                listener.take(notice).map_err(unwritten)?;
            }
            Err(Unproven::Broken(problem)) => return Err(Halt::at(Step::Release, problem)),
        }
    }
    Ok(known)
}

fn unwritable(name: &str, error: &serde_json::Error) -> Problem {
    Problem::new(format!("{name} cannot be written")).caused_by(error)
}

/// One run, rollback or merge at a time in a dist folder.
///
/// # Errors
///
/// If another one is at it, or the lock cannot be asked.
pub fn hold(files: &dyn Files, dist: &Utf8Path) -> Result<Box<dyn Held>, Halt> {
    let path = dist.join(".lock");
    match files.lock(&path) {
        Ok(Some(held)) => Ok(held),
        Ok(None) => {
            let problem = Problem::new("another run holds this release")
                .because(format!("{path} is locked"))
                .fix("wait for it to end, or stop it; then run again");
            Err(Halt::new(ExitCode::Held, problem))
        }
        Err(error) => Err(Halt::new(ExitCode::Usage, error.into())),
    }
}

fn timings(records: &[Record]) -> Vec<Timing> {
    records.iter().filter_map(timing).collect()
}

fn timing(record: &Record) -> Option<Timing> {
    let (task, millis, outcome) = match &record.event {
        Event::TaskFinished { task, millis, .. } => (task, *millis, "done"),
        Event::TaskFailed { task, millis, .. } => (task, *millis, "failed"),
        Event::TaskTakenOver { task, .. } => (task, 0, "taken over"),
        Event::TaskSkipped { task, .. } => (task, 0, "skipped"),
        _ => return None,
    };
    Some(Timing { task: task.clone(), millis, outcome: outcome.into() })
}
