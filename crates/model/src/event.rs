//! What rooms and the engine say. Reporters choose the words.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::artifact::Artifact;
use crate::digest::Digest;
use crate::exit_code::ExitCode;
use crate::problem::Problem;
use crate::state::{Rank, State, Undone};
use crate::task::TaskId;
use crate::verdict::Verdict;

/// The version of a journal line's form.
pub const EVENT_FORMAT: u32 = 1;

/// One of a child's two outputs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Stream {
    /// Standard output.
    Out,
    /// Standard error.
    Err,
}

/// From where an earlier outcome was taken over.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TakenFrom {
    /// The bytes lie in the dist folder and have the recorded digest.
    Dist,
    /// The release on the forge holds it with the recorded digest.
    Release,
    /// Nothing that is still to be done uses it.
    NotNeeded,
    /// An earlier attempt of this workflow run came to it.
    Attempt,
}

/// What happened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum Event {
    /// A run begins.
    RunStarted {
        /// Names the run: the forge's run id and attempt, or time and process id.
        run: String,
        /// release-action's own version.
        tool: String,
        /// The project.
        project: String,
        /// The tag.
        tag: String,
        /// The commit.
        commit: String,
        /// The digest of the plan.
        plan: Digest,
        /// How many tasks were chosen.
        tasks: usize,
    },
    /// A task begins.
    TaskStarted {
        /// The task.
        task: TaskId,
        /// Its title.
        title: String,
        /// Its key.
        key: Digest,
    },
    /// How far a task is.
    TaskProgress {
        /// The task.
        task: TaskId,
        /// How much is done.
        done: u64,
        /// How much there is, if known.
        total: Option<u64>,
        /// What is counted: `bytes`, `packages`.
        unit: String,
    },
    /// A line of a tool.
    TaskOutput {
        /// The task.
        task: TaskId,
        /// The child's stream.
        stream: Stream,
        /// The line without its end, secrets removed.
        line: String,
    },
    /// An earlier outcome holds.
    TaskTakenOver {
        /// The task.
        task: TaskId,
        /// Its key.
        key: Digest,
        /// From where.
        from: TakenFrom,
        /// What it had made.
        artifacts: Vec<Artifact>,
        /// What it had found.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        verdict: Option<Verdict>,
    },
    /// A passing failure; it is tried again.
    TaskRetried {
        /// The task.
        task: TaskId,
        /// Which attempt failed, from 1.
        attempt: u32,
        /// Why.
        problem: Problem,
    },
    /// A task is done.
    TaskFinished {
        /// The task.
        task: TaskId,
        /// Its key.
        key: Digest,
        /// How long it took.
        millis: u64,
        /// What it made.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        artifacts: Vec<Artifact>,
    },
    /// A task failed for good.
    TaskFailed {
        /// The task.
        task: TaskId,
        /// How long it took.
        millis: u64,
        /// Why.
        problem: Problem,
        /// True if the release goes on all the same.
        soft: bool,
    },
    /// A task could not begin.
    TaskSkipped {
        /// The task.
        task: TaskId,
        /// Why.
        because: String,
    },
    /// A check answered.
    Judged {
        /// The task.
        task: TaskId,
        /// Its key.
        key: Digest,
        /// The answer.
        verdict: Verdict,
    },
    /// A target looked.
    Observed {
        /// The task.
        task: TaskId,
        /// What it found.
        state: State,
    },
    /// A target is about to change the world. On disk before it does.
    Intent {
        /// The task.
        task: TaskId,
        /// How hard it is to take back.
        rank: Rank,
        /// What was found before.
        before: State,
    },
    /// A target changed the world, and saw that it did.
    Applied {
        /// The task.
        task: TaskId,
        /// What is there now.
        after: State,
    },
    /// A target took an effect back.
    Undid {
        /// The task.
        task: TaskId,
        /// What became of it.
        outcome: Undone,
    },
    /// Something a person should know.
    Notice {
        /// The task, if it is of one.
        task: Option<TaskId>,
        /// What.
        problem: Problem,
    },
    /// A run ends.
    RunFinished {
        /// How.
        exit: ExitCode,
        /// How long it took.
        millis: u64,
    },
}

impl Event {
    /// False for what only a watching person needs: progress and output.
    #[must_use]
    pub fn is_kept(&self) -> bool {
        !matches!(self, Self::TaskProgress { .. } | Self::TaskOutput { .. })
    }

    /// True for what must be on disk before anything else happens.
    #[must_use]
    pub fn is_synced(&self) -> bool {
        matches!(
            self,
            Self::Intent { .. } | Self::Applied { .. } | Self::Undid { .. } | Self::RunFinished { .. }
        )
    }
}

/// One line of the journal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Record {
    /// The line's form, [`EVENT_FORMAT`].
    pub v: u32,
    /// Counts the lines of one journal from 0.
    pub seq: u64,
    /// When, to the millisecond.
    pub at: DateTime<Utc>,
    /// What.
    #[serde(flatten)]
    pub event: Event,
}
