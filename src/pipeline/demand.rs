//! A step of checks that is asked for alone has to come to something: where none of them looked at anything, by policy
//! or for want of a tool, that is no pass.

use std::collections::HashSet;

use crate::model::{Event, Plan, Problem, Status, Step, TaskId};
use crate::steps::room::{Listener, Shelf};

use super::schedule::Ended;

/// What has to come of a run.
#[derive(Debug)]
pub struct Demand {
    /// The step one of whose checks has to have an answer.
    pub step: Step,
    /// Which of its rooms judge nothing themselves.
    pub is_beside: fn(&str) -> bool,
    /// The name under which it fails.
    pub task: TaskId,
    /// What is said then.
    pub problem: Problem,
}

impl Demand {
    /// True if no check of those that were chosen has an answer.
    #[must_use]
    pub fn is_unmet(&self, plan: &Plan, chosen: &HashSet<TaskId>, shelf: &dyn Shelf) -> bool {
        let answered =
            |id: &TaskId| shelf.verdict(id).is_some_and(|verdict| verdict.status != Status::Skipped);
        !plan
            .tasks
            .iter()
            .filter(|task| {
                task.step == self.step && chosen.contains(&task.id) && !(self.is_beside)(&task.room)
            })
            .any(|task| answered(&task.id))
    }

    /// Ends a run with it that went well otherwise, and tells so.
    ///
    /// # Errors
    ///
    /// If what happened cannot be written down.
    pub fn fail(self, ended: &mut Ended, listener: &dyn Listener) -> Result<(), Problem> {
        if ended.stopped || !ended.failed.is_empty() {
            return Ok(());
        }
        let (task, problem) = (self.task.clone(), self.problem.clone());
        listener.take(Event::TaskFailed { task, millis: 0, problem, soft: false })?;
        ended.failed.push((self.step, self.task, self.problem));
        Ok(())
    }
}
