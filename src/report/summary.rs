//! What a run came to, as plain data: the last run of a journal, and how many there were before it.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::model::{
    Artifact, Digest, ExitCode, Problem, Rank, State, Step, TakenFrom, TaskId, Undone, Verdict,
};

/// The version of `report.json`'s form.
pub const SUMMARY_FORMAT: u32 = 1;

/// What became of a task.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// It ran and is done.
    Done,
    /// An earlier outcome held.
    TakenOver,
    /// It failed for good.
    Failed,
    /// It failed, and the release goes on all the same.
    SoftFailed,
    /// It could not begin.
    Skipped,
    /// It began, and nothing was heard of its end.
    Unfinished,
}

impl Outcome {
    /// The words in reports.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::TakenOver => "taken over",
            Self::Failed => "failed",
            Self::SoftFailed => "failed, goes on",
            Self::Skipped => "skipped",
            Self::Unfinished => "unfinished",
        }
    }
}

/// A failed attempt that was followed by another.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Retry {
    /// Which attempt failed, from 1.
    pub attempt: u32,
    /// Why.
    pub problem: Problem,
}

/// A task of the last run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TaskView {
    /// Its name.
    pub task: TaskId,
    /// Its step; none if its name begins with no step.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub step: Option<Step>,
    /// What a person reads.
    pub title: String,
    /// What became of it.
    pub outcome: Outcome,
    /// When it began; none if it did not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub started: Option<DateTime<Utc>>,
    /// When it ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ended: Option<DateTime<Utc>>,
    /// How long it took, in milliseconds.
    pub millis: u64,
    /// From where it was taken over.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub taken_from: Option<TakenFrom>,
    /// Attempts that failed before the last one.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub retries: Vec<Retry>,
    /// What it made.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub artifacts: Vec<Artifact>,
    /// What it found.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub verdict: Option<Verdict>,
    /// What a target saw last, before any change.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub observed: Option<State>,
    /// What a target saw after its change.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub applied: Option<State>,
    /// Why it failed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub problem: Option<Problem>,
    /// Why it was skipped.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub because: Option<String>,
}

/// A change of the world, from its intent to what came of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Effect {
    /// The target.
    pub task: TaskId,
    /// When it was begun.
    pub at: DateTime<Utc>,
    /// How hard it is to take back.
    pub rank: Rank,
    /// What was there before.
    pub before: State,
    /// What is there now; none if the run never got to see.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<State>,
    /// What became of taking it back, if that was tried.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub undone: Option<Undone>,
    /// True if an earlier run of the same tag and commit did it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub earlier: bool,
}

impl Effect {
    /// Whether it was begun, and what came of it was not seen.
    #[must_use]
    pub fn is_open(&self) -> bool {
        self.after.is_none() && self.undone.is_none()
    }
}

/// Something a person should know.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Told {
    /// The task, if it is of one.
    pub task: Option<TaskId>,
    /// What.
    pub problem: Problem,
}

/// What the run was of.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Head {
    /// Names the run.
    pub run: String,
    /// release-action's own version.
    pub tool: String,
    /// The project.
    pub project: String,
    /// The tag.
    pub tag: String,
    /// The commit.
    pub commit: String,
    /// The digest of the plan.
    pub plan: Digest,
    /// How many tasks were chosen.
    pub tasks: usize,
    /// When it began.
    pub started: DateTime<Utc>,
}

/// A run's end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ending {
    /// How.
    pub exit: ExitCode,
    /// The number given to the operating system.
    pub code: u8,
    /// When.
    pub at: DateTime<Utc>,
    /// How long the run took, in milliseconds.
    pub millis: u64,
}

/// What the last run of a journal came to: the content of `report.json`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Summary {
    /// The form's version, [`SUMMARY_FORMAT`].
    pub format: u32,
    /// True if its world was the embedded forge: nothing of it is to be had anywhere.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub rehearsal: bool,
    /// How many runs the journal holds before this one.
    pub earlier_runs: usize,
    /// What the run was of; none if the journal holds no run.
    pub head: Option<Head>,
    /// How it ended; none if it was killed.
    pub ending: Option<Ending>,
    /// Its tasks in the order of the first word about them.
    pub tasks: Vec<TaskView>,
    /// Changes of the world in their order, those of earlier runs first.
    pub effects: Vec<Effect>,
    /// What else was told.
    pub notices: Vec<Told>,
}

/// One of the things that stand between a run and its end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure<'a> {
    /// The task.
    pub task: &'a TaskView,
    /// Why.
    pub problem: &'a Problem,
    /// True if the release goes on all the same.
    pub soft: bool,
}

/// How many tasks of a step came to what.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    /// Ran and done.
    pub done: usize,
    /// Taken over.
    pub taken_over: usize,
    /// Failed, softly or not.
    pub failed: usize,
    /// Looked at nothing, by policy: a gate without its tool.
    pub skipped: usize,
    /// Could not begin or never ended.
    pub open: usize,
    /// The time of all of them together, in milliseconds.
    pub millis: u64,
}

impl Summary {
    /// True if the run ended with everything done.
    #[must_use]
    pub fn is_good(&self) -> bool {
        self.ending.is_some_and(|ending| ending.exit == ExitCode::Done)
    }

    /// Every failure with its problem: those that stop the release first, all problems of a verdict in place of
    /// the one line that sums them up.
    #[must_use]
    pub fn failures(&self) -> Vec<Failure<'_>> {
        let mut failures = Vec::new();
        for task in
            self.tasks.iter().filter(|task| matches!(task.outcome, Outcome::Failed | Outcome::SoftFailed))
        {
            let soft = task.outcome == Outcome::SoftFailed;
            let found = task.verdict.iter().flat_map(|verdict| &verdict.problems);
            let before = failures.len();
            failures.extend(found.map(|problem| Failure { task, problem, soft }));
            let known = |problem: &Problem| {
                failures[before..].iter().any(|failure| failure.problem.what == problem.what)
            };
            if let Some(problem) = task
                .problem
                .as_ref()
                .filter(|problem| failures.len() == before || !(known(problem) || sums_up(task, problem)))
            {
                failures.push(Failure { task, problem, soft });
            }
        }
        failures.sort_by_key(|failure| failure.soft);
        failures
    }

    /// What the tasks of a step came to.
    #[must_use]
    pub fn counts(&self, step: Option<Step>) -> Counts {
        self.tally(|task| task.step == step)
    }

    /// What all tasks came to.
    #[must_use]
    pub fn totals(&self) -> Counts {
        self.tally(|_| true)
    }

    /// The steps that any task belongs to, in order; `None` last, for tasks without a step.
    #[must_use]
    pub fn steps(&self) -> Vec<Option<Step>> {
        let named = Step::ALL.into_iter().map(Some).chain([None]);
        named.filter(|step| self.tasks.iter().any(|task| task.step == *step)).collect()
    }

    /// Every artifact with the task that made it, in the order of the tasks.
    pub fn artifacts(&self) -> impl Iterator<Item = (&TaskView, &Artifact)> {
        self.tasks.iter().flat_map(|task| task.artifacts.iter().map(move |artifact| (task, artifact)))
    }

    fn tally(&self, belongs: impl Fn(&TaskView) -> bool) -> Counts {
        self.tasks.iter().filter(|task| belongs(task)).fold(Counts::default(), |mut counts, task| {
            match task.outcome {
                Outcome::Done => counts.done += 1,
                Outcome::Skipped if !task.is_open() => counts.skipped += 1,
                Outcome::TakenOver => counts.taken_over += 1,
                Outcome::Failed | Outcome::SoftFailed => counts.failed += 1,
                Outcome::Skipped | Outcome::Unfinished => counts.open += 1,
            }
            counts.millis += task.millis;
            counts
        })
    }
}

/// Whether the task's problem only repeats its verdict's summary.
fn sums_up(task: &TaskView, problem: &Problem) -> bool {
    task.verdict.as_ref().is_some_and(|verdict| problem.what.contains(&verdict.summary))
}
