//! Runs the chosen tasks: each as soon as what it waits for is over, within the cores.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use crate::model::{Artifact, Event, Facts, Kind, Plan, Problem, Status, Step, Task, TaskId, Verdict};
use crate::ports::Ports;
use crate::steps::room::{Job, Listener, Planned, Shelf as _, Site};

use super::aside::{Aside, problem_of};
use super::budget::Budget;
use super::outstanding::Decision;
use super::shelf::RunShelf;
use super::watch::Watch;
use super::work::{Outcome, agreed, work};

/// How many targets are brought to their place at once; the forge's own pace is kept by its port.
const TARGETS_AT_ONCE: usize = 4;

/// How long letting go may take.
const LEAVING: Duration = Duration::from_secs(3);

/// The same for all of it in hundredths of what time is left after a stop. Reports and outputs come after.
const LEAVING_SHARE: u32 = 40;

/// What the scheduler works with.
pub struct Works {
    /// The tasks with their work.
    pub planned: Vec<Planned>,
    /// What was decided for each chosen one.
    pub decisions: HashMap<TaskId, Decision>,
    /// What each waits for.
    pub before: HashMap<TaskId, HashSet<TaskId>>,
    /// How many makers and checks run at once.
    pub jobs: usize,
    /// The world.
    pub ports: Ports,
    /// The facts.
    pub facts: Arc<Facts>,
    /// The whole plan.
    pub plan: Arc<Plan>,
    /// The dist folder.
    pub dist: camino::Utf8PathBuf,
    /// Where events go.
    pub listener: Arc<dyn Listener>,
    /// Outcomes.
    pub shelf: Arc<RunShelf>,
    /// What tasks made under the same key, as files on the release tell that must not be mixed with others.
    pub told: HashMap<TaskId, Vec<Artifact>>,
    /// Cancelled when the run must stop.
    pub stop: CancellationToken,
    /// What time is left then.
    pub budget: Budget,
}

/// How the tasks ended.
#[derive(Debug, Default, Clone, PartialEq)]
pub struct Ended {
    /// Failed tasks that stop the release, with their step, in the order of the street.
    pub failed: Vec<(Step, TaskId, Problem)>,
    /// Soft failures.
    pub soft: Vec<(TaskId, Problem)>,
    /// Tasks that could not begin.
    pub skipped: Vec<TaskId>,
    /// True if the run was told to stop.
    pub stopped: bool,
}

/// Why a run broke off.
#[derive(Debug)]
pub enum Broken {
    /// What happened could not be written down: nothing goes on without its journal.
    Unwritten(Problem),
    /// A task ended in a panic.
    Panicked(Problem),
}

impl From<Problem> for Broken {
    fn from(problem: Problem) -> Self {
        Self::Unwritten(problem)
    }
}

/// Runs everything.
///
/// # Errors
///
/// If an event that must be on disk is not: nothing goes on without its journal.
pub async fn run(works: Works) -> Result<Ended, Broken> {
    let mut board = Board::new(works);
    let worked = board.work().await;
    // However it broke off: a release that is still held would keep others waiting.
    let left = board.leave().await;
    worked?;
    left?;
    board.ended.failed.sort_by(|a, b| (a.0, &a.1).cmp(&(b.0, &b.1)));
    Ok(board.ended)
}

struct Board {
    works: Works,
    /// Whether the source stays as it is.
    watch: Arc<Watch>,
    cores: Arc<Semaphore>,
    lanes: Arc<Semaphore>,
    /// Not yet begun, by index into `planned`.
    waiting: Vec<usize>,
    done: HashSet<TaskId>,
    failed: HashSet<TaskId>,
    /// Those that wait for a person, and those that wait for them.
    held: HashSet<TaskId>,
    /// Gates that failed and may still be overridden.
    aside: Aside,
    ended: Ended,
}

impl Board {
    fn new(works: Works) -> Self {
        let cores = Arc::new(Semaphore::new(works.jobs.max(1)));
        let chosen = |planned: &Planned| works.decisions.contains_key(&planned.task.id);
        let waiting = (0..works.planned.len()).filter(|&index| chosen(&works.planned[index])).collect();
        let lanes = Arc::new(Semaphore::new(TARGETS_AT_ONCE));
        let aside = Aside::of(&works.plan, |id| works.decisions.contains_key(id));
        let watch = Watch::new(&works.facts, &works.ports, &works.dist);
        Self {
            works,
            watch: Arc::new(watch),
            aside,
            cores,
            lanes,
            waiting,
            done: HashSet::new(),
            failed: HashSet::new(),
            held: HashSet::new(),
            ended: Ended::default(),
        }
    }

    /// Everything to its end; what still runs when it breaks off is dropped with it.
    async fn work(&mut self) -> Result<(), Broken> {
        self.take_over()?;
        let mut running: JoinSet<(usize, Outcome)> = JoinSet::new();
        loop {
            self.start_ready(&mut running)?;
            let Some(joined) = running.join_next().await else { break };
            let (index, outcome) = joined.map_err(|error| {
                let what = "a task ended in a panic: this is a bug in release-action";
                Broken::Panicked(Problem::new(what).caused_by(&error))
            })?;
            self.end(index, outcome)?;
        }
        Ok(self.skip_the_rest()?)
    }

    /// Earlier outcomes are there before anything begins.
    fn take_over(&mut self) -> Result<(), Problem> {
        let mut waiting = Vec::new();
        for index in std::mem::take(&mut self.waiting) {
            let task = &self.works.planned[index].task;
            let Some(Decision::Take { from, artifacts, verdict }) = self.works.decisions.get(&task.id) else {
                waiting.push(index);
                continue;
            };
            self.works.shelf.put(task.id.clone(), artifacts.clone());
            if let Some(verdict) = verdict {
                self.works.shelf.judge(task.id.clone(), verdict.clone());
            }
            self.done.insert(task.id.clone());
            self.works.listener.take(Event::TaskTakenOver {
                task: task.id.clone(),
                key: task.key,
                from: *from,
                artifacts: artifacts.clone(),
                verdict: verdict.clone(),
            })?;
        }
        self.waiting = waiting;
        Ok(())
    }

    fn start_ready(&mut self, running: &mut JoinSet<(usize, Outcome)>) -> Result<(), Problem> {
        if self.works.stop.is_cancelled() {
            self.ended.stopped = true;
            return Ok(());
        }
        let mut waiting = Vec::new();
        let skipped_before = self.ended.skipped.len();
        for index in std::mem::take(&mut self.waiting) {
            let task = self.works.planned[index].task.clone();
            let before = self.works.before.get(&task.id).cloned().unwrap_or_default();
            let told = |id: &TaskId| task.tells && task.needs.iter().any(|need| need.task == *id);
            let mut blockers: Vec<&TaskId> =
                before.iter().filter(|id| self.failed.contains(*id) && !told(id)).collect();
            blockers.sort();
            if let Some(blocker) = blockers.first() {
                let waits = blockers.iter().all(|id| self.held.contains(*id));
                let word = if waits { "waits too" } else { "did not succeed" };
                let because = format!("{blocker} {word}");
                if waits {
                    self.held.insert(task.id.clone());
                }
                self.skip(&task.id, because)?;
            } else if before.iter().all(|id| self.is_over(id) || (task.overrides && self.aside.holds(id))) {
                self.start(index, running);
            } else {
                waiting.push(index);
            }
        }
        // A skipped task may have been what another one waits for.
        let again = self.ended.skipped.len() > skipped_before;
        self.waiting = waiting;
        if again { self.start_ready(running) } else { Ok(()) }
    }

    fn start(&self, index: usize, running: &mut JoinSet<(usize, Outcome)>) {
        let planned = self.works.planned[index].clone();
        let site = self.site(&planned);
        let gate = match (planned.task.kind, planned.task.step) {
            (Kind::Target { .. }, _) => Some(Arc::clone(&self.lanes)),
            // They wait for the network, not for a core.
            (_, Step::Preflight | Step::Verify) => None,
            _ => Some(Arc::clone(&self.cores)),
        };
        let told = self.works.told.get(&planned.task.id).cloned();
        let budget = self.works.budget.clone();
        let watch = Arc::clone(&self.watch);
        running.spawn(async move {
            let _permit = match &gate {
                // The semaphores are never closed.
                Some(gate) => gate.acquire().await.ok(),
                None => None,
            };
            if site.stop.is_cancelled() {
                return (index, Outcome::Stopped);
            }
            let began = Instant::now();
            (index, agreed(work(&planned, &site, &watch, began, &budget).await, told.as_deref()))
        });
    }

    fn site(&self, planned: &Planned) -> Site {
        Site {
            task: planned.task.clone(),
            facts: Arc::clone(&self.works.facts),
            ports: self.works.ports.clone(),
            dist: self.works.dist.clone(),
            shelf: Arc::clone(&self.works.shelf) as _,
            listener: Arc::clone(&self.works.listener),
            stop: self.works.stop.clone(),
            plan: Arc::clone(&self.works.plan),
        }
    }

    fn end(&mut self, index: usize, outcome: Outcome) -> Result<(), Problem> {
        let task = self.works.planned[index].task.clone();
        let id = task.id.clone();
        let ended = self.ended_as(&task, outcome);
        if task.overrides { ended.and(self.settle(&id)) } else { ended }
    }

    fn ended_as(&mut self, task: &Task, outcome: Outcome) -> Result<(), Problem> {
        let id = task.id.clone();
        match outcome {
            Outcome::Made { artifacts, millis } => {
                self.works.shelf.put(id.clone(), artifacts.clone());
                self.done.insert(id.clone());
                self.works.listener.take(Event::TaskFinished { task: id, key: task.key, millis, artifacts })
            }
            Outcome::Judged { verdict, millis } => self.judge(task, verdict, millis),
            Outcome::There { millis } => {
                self.done.insert(id.clone());
                self.works.listener.take(Event::TaskFinished {
                    task: id,
                    key: task.key,
                    millis,
                    artifacts: Vec::new(),
                })
            }
            Outcome::Held { until } => {
                self.held.insert(id.clone());
                self.skip(&id, format!("waits until {until}"))
            }
            Outcome::Failed { problem, millis } => self.fail(task, problem, millis),
            Outcome::Stopped => {
                self.ended.stopped = true;
                self.skip(&id, "the run was stopped".into())
            }
        }
    }

    fn judge(&mut self, task: &Task, verdict: Verdict, millis: u64) -> Result<(), Problem> {
        let id = task.id.clone();
        self.works.shelf.judge(id.clone(), verdict.clone());
        self.works.listener.take(Event::Judged {
            task: id.clone(),
            key: task.key,
            verdict: verdict.clone(),
        })?;
        if self.aside.takes(task, &verdict, millis) {
            return Ok(());
        }
        if verdict.status.blocks() {
            return self.fail(task, problem_of(&verdict), millis);
        }
        self.done.insert(id.clone());
        self.works.listener.take(Event::TaskFinished {
            task: id,
            key: task.key,
            millis,
            artifacts: Vec::new(),
        })
    }

    /// Whether they are overridden is decided, or will never be: what was put aside counts now. This is the only
    /// way past a gate that failed.
    fn settle(&mut self, decided: &TaskId) -> Result<(), Problem> {
        let verdict = self.works.shelf.verdict(decided);
        let accepted = verdict.filter(|verdict| verdict.status == Status::Overridden);
        let by = accepted.and_then(|verdict| verdict.overridden);
        for (task, verdict, millis) in self.aside.settled(by.as_deref()) {
            if verdict.status.blocks() {
                self.fail(&task, problem_of(&verdict), millis)?;
            } else {
                self.judge(&task, verdict, millis)?;
            }
        }
        Ok(())
    }

    fn is_over(&self, id: &TaskId) -> bool {
        self.done.contains(id) || self.failed.contains(id)
    }

    fn fail(&mut self, task: &Task, problem: Problem, millis: u64) -> Result<(), Problem> {
        let id = task.id.clone();
        if task.soft {
            self.done.insert(id.clone());
            self.ended.soft.push((id.clone(), problem.clone()));
        } else {
            self.failed.insert(id.clone());
            self.ended.failed.push((task.step, id.clone(), problem.clone()));
        }
        self.works.listener.take(Event::TaskFailed { task: id, millis, problem, soft: task.soft })
    }

    fn skip(&mut self, id: &TaskId, because: String) -> Result<(), Problem> {
        self.failed.insert(id.clone());
        self.ended.skipped.push(id.clone());
        self.works.listener.take(Event::TaskSkipped { task: id.clone(), because })?;
        if self.aside.decided_by(id) { self.settle(id) } else { Ok(()) }
    }

    /// Every target that was let near the world lets go of it.
    async fn leave(&self) -> Result<(), Problem> {
        let mut told = Ok(());
        let limit = self.works.budget.share(LEAVING, LEAVING_SHARE);
        for planned in &self.works.planned {
            let (Job::Target(target), true) =
                (&planned.job, self.works.decisions.contains_key(&planned.task.id))
            else {
                continue;
            };
            let left = tokio::time::timeout(limit, target.leave(&self.site(planned))).await;
            let problem = match left {
                Ok(Ok(())) => continue,
                Ok(Err(problem)) => problem,
                Err(_) => Problem::new(format!("no answer within {:.1} s", limit.as_secs_f32())),
            };
            let what = format!("the release could not be let go of: {}", problem.what);
            let problem = Problem { what, ..problem };
            let notice = Event::Notice { task: Some(planned.task.id.clone()), problem };
            told = told.and(self.works.listener.take(notice));
        }
        told
    }

    /// Whatever never became ready: only after a stop, or after a circle of needs, which is a bug.
    fn skip_the_rest(&mut self) -> Result<(), Problem> {
        for index in std::mem::take(&mut self.waiting) {
            let id = self.works.planned[index].task.id.clone();
            let because = if self.ended.stopped { "the run was stopped" } else { "its needs form a circle" };
            if !self.ended.stopped {
                let problem = Problem::new("a task waits for itself: this is a bug in release-action");
                self.ended.failed.push((self.works.planned[index].task.step, id.clone(), problem));
            }
            self.skip(&id, because.into())?;
        }
        Ok(())
    }
}
