//! Which tasks of the plan a command runs: those asked for, and what they cannot do without.

use std::collections::{BTreeSet, HashSet};

use crate::model::{Kind, Need, Plan, Step, TaskId, Use};

use super::part::is_of;

/// What the user asked for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Wish {
    /// The first step.
    pub from: Option<Step>,
    /// The last step.
    pub to: Option<Step>,
    /// Nothing but these steps.
    pub only: BTreeSet<Step>,
    /// Not these steps.
    pub skip: BTreeSet<Step>,
    /// Only build for these platforms (`os/arch`); empty for all.
    pub targets: BTreeSet<String>,
    /// Of the steps asked for, only these rooms; empty for all.
    pub rooms: BTreeSet<String>,
}

impl Wish {
    /// One step alone.
    #[must_use]
    pub fn only(step: Step) -> Self {
        Self { only: BTreeSet::from([step]), ..Self::default() }
    }

    fn asks_for(&self, step: Step) -> bool {
        let within = self.from.is_none_or(|from| step >= from) && self.to.is_none_or(|to| step <= to);
        within && (self.only.is_empty() || self.only.contains(&step)) && !self.skip.contains(&step)
    }
}

/// The chosen tasks: those asked for, the makers that they use, and, before anything leaves this
/// machine, every check that stands before it on the street. Only `skip` takes a check away.
#[must_use]
pub fn choose(plan: &Plan, wish: &Wish) -> HashSet<TaskId> {
    let mut chosen: HashSet<TaskId> = HashSet::new();
    for task in &plan.tasks {
        if wish.asks_for(task.step) && is_for_wished_target(task, wish) && is_of_wished_room(task, wish) {
            chosen.insert(task.id.clone());
        }
    }
    let sends = plan.tasks.iter().any(|task| chosen.contains(&task.id) && is_effect(task));
    if sends {
        let checks = plan.tasks.iter().filter(|task| {
            matches!(task.kind, Kind::Check) && task.step < Step::Verify && !wish.skip.contains(&task.step)
        });
        chosen.extend(checks.map(|task| task.id.clone()));
    }
    // Needs stand before what needs them, so one pass from the end finds them all.
    for task in plan.tasks.iter().rev() {
        if chosen.contains(&task.id) {
            let used = |need: &&Need| need.what != Use::Order && !is_skipped(plan, &need.task, wish);
            chosen.extend(task.needs.iter().filter(used).map(|need| need.task.clone()));
        }
    }
    chosen
}

/// What the user leaves out stays out, whoever would use it.
fn is_skipped(plan: &Plan, id: &TaskId, wish: &Wish) -> bool {
    plan.task(id).is_some_and(|task| wish.skip.contains(&task.step))
}

/// True for what changes the world outside this machine, beyond telling what was found.
fn is_effect(task: &crate::model::Task) -> bool {
    matches!(task.kind, Kind::Target { .. }) && !task.tells
}

fn is_of_wished_room(task: &crate::model::Task, wish: &Wish) -> bool {
    wish.rooms.is_empty() || wish.rooms.contains(&task.room)
}

fn is_for_wished_target(task: &crate::model::Task, wish: &Wish) -> bool {
    task.step != Step::Build || is_of(task, &wish.targets)
}
