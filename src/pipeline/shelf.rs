//! The outcomes of the tasks that are done, shared by all that run.

use std::collections::HashMap;
use std::sync::{PoisonError, RwLock};

use crate::model::{Artifact, TaskId, Verdict};
use crate::steps::room::Shelf;

/// The shelf of a run.
#[derive(Default)]
pub struct RunShelf(RwLock<Outcomes>);

#[derive(Default)]
struct Outcomes {
    artifacts: HashMap<TaskId, Vec<Artifact>>,
    verdicts: HashMap<TaskId, Verdict>,
}

impl RunShelf {
    /// Puts down what a maker made.
    pub fn put(&self, task: TaskId, artifacts: Vec<Artifact>) {
        self.0.write().unwrap_or_else(PoisonError::into_inner).artifacts.insert(task, artifacts);
    }

    /// Puts down what a check answered.
    pub fn judge(&self, task: TaskId, verdict: Verdict) {
        self.0.write().unwrap_or_else(PoisonError::into_inner).verdicts.insert(task, verdict);
    }

    /// Everything that was made, by task.
    #[must_use]
    pub fn all(&self) -> Vec<(TaskId, Vec<Artifact>)> {
        let outcomes = self.0.read().unwrap_or_else(PoisonError::into_inner);
        let mut all: Vec<_> =
            outcomes.artifacts.iter().map(|(id, made)| (id.clone(), made.clone())).collect();
        all.sort_by(|a, b| a.0.cmp(&b.0));
        all
    }
}

impl Shelf for RunShelf {
    fn of(&self, task: &TaskId) -> Option<Vec<Artifact>> {
        self.0.read().unwrap_or_else(PoisonError::into_inner).artifacts.get(task).cloned()
    }

    fn verdict(&self, task: &TaskId) -> Option<Verdict> {
        self.0.read().unwrap_or_else(PoisonError::into_inner).verdicts.get(task).cloned()
    }
}
