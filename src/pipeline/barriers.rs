//! What must go before what, beyond the needs that rooms declare: the order of the street and of ranks.

use std::collections::{HashMap, HashSet};

use crate::model::{Kind, Plan, Rank, Step, Task, TaskId};

/// For each chosen task the chosen tasks that must be over before it may begin.
#[must_use]
pub fn before_each(plan: &Plan, chosen: &HashSet<TaskId>) -> HashMap<TaskId, HashSet<TaskId>> {
    let tasks: Vec<&Task> = plan.tasks.iter().filter(|task| chosen.contains(&task.id)).collect();
    let mut before = HashMap::new();
    for task in &tasks {
        let mut needed: HashSet<TaskId> =
            task.needs.iter().map(|need| &need.task).filter(|id| chosen.contains(*id)).cloned().collect();
        needed.extend(tasks.iter().filter(|other| goes_before(other, task)).map(|other| other.id.clone()));
        before.insert(task.id.clone(), needed);
    }
    before
}

/// Whether `first` must be over before `then` begins.
fn goes_before(first: &Task, then: &Task) -> bool {
    if first.id == then.id {
        return false;
    }
    if first.step == Step::Preflight {
        return then.step != Step::Preflight;
    }
    match then.kind {
        // What is told needs no more than what it tells of.
        _ if then.tells => false,
        Kind::Target { rank } if then.step == Step::Notify => match first.kind {
            Kind::Target { rank: other } if first.step == Step::Notify => other < rank,
            _ => first.step < Step::Notify,
        },
        Kind::Target { rank } => goes_before_target(first, then.step, rank),
        Kind::Check if then.step == Step::Verify => {
            first.step < Step::Verify && matches!(first.kind, Kind::Target { .. })
        }
        Kind::Check | Kind::Maker => false,
    }
}

/// Nothing leaves this machine before every check is good; nothing that stays before everything is
/// made and all that can be taken back stands.
fn goes_before_target(first: &Task, step: Step, rank: Rank) -> bool {
    match first.kind {
        // Those of `verify` look at what the targets did; all others can stop it.
        Kind::Check => first.step != Step::Verify,
        Kind::Maker => first.step < Step::Verify && rank >= Rank::Irreversible,
        Kind::Target { rank: other } => first.step < Step::Verify && (other, first.step) < (rank, step),
    }
}
