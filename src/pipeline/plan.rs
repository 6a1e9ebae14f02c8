//! The plan: a fold of the street over facts and settings. Pure: the same input gives the same bytes.

use std::collections::BTreeSet;

use crate::config::load::Config;
use crate::config::section::Switch;
use crate::model::plan::PLAN_FORMAT;
use crate::model::{Facts, Plan, Problem, Step};
use crate::steps::room::{Planned, Scene, StepEntry};

/// A problem of planning, with the step whose exit code it has; settings have none.
#[derive(Debug, Clone)]
pub struct Unplannable {
    /// The step, if it is not the configuration itself.
    pub step: Step,
    /// The room.
    pub room: String,
    /// What is wrong.
    pub problem: Problem,
}

/// The plan with the work behind each task.
#[derive(Clone)]
pub struct Drawn {
    /// The plan.
    pub plan: Plan,
    /// Its tasks with their work, in the same order.
    pub planned: Vec<Planned>,
}

/// Draws the plan. Every room that cannot plan is told, not only the first.
///
/// # Errors
///
/// All rooms that cannot plan.
pub fn draw(street: &[StepEntry], facts: &Facts, config: &Config) -> Result<Drawn, Vec<Unplannable>> {
    let mut planned: Vec<Planned> = Vec::new();
    let mut wrong = Vec::new();
    for entry in street {
        let step_settings = config.step(entry.step);
        for room in entry.rooms {
            let (switch, settings) = config.room(entry.step, room.shape.id);
            if switch == Switch::Off {
                continue;
            }
            let scene = Scene {
                facts,
                step_settings: &step_settings,
                before: &planned,
                demanded: switch == Switch::On,
            };
            match (room.plan)(&settings, &scene) {
                Ok(more) => planned.extend(more),
                Err(problem) => {
                    wrong.push(Unplannable { step: entry.step, room: room.shape.id.into(), problem })
                }
            }
        }
    }
    if let Some(twice) = first_twice(&planned) {
        wrong.push(twice);
    }
    if !wrong.is_empty() {
        return Err(wrong);
    }
    let plan = Plan {
        format: PLAN_FORMAT,
        project: facts.project.clone(),
        version: facts.version.to_string(),
        tag: facts.tag.clone(),
        commit: facts.commit.id.clone(),
        snapshot: facts.snapshot,
        tasks: planned.iter().map(|planned| planned.task.clone()).collect(),
    };
    Ok(Drawn { plan, planned })
}

/// Two tasks of one name would share journal lines: that is a room's bug, told before anything runs.
fn first_twice(planned: &[Planned]) -> Option<Unplannable> {
    let mut seen = BTreeSet::new();
    let task = &planned.iter().find(|planned| !seen.insert(&planned.task.id))?.task;
    let problem = Problem::new(format!("two tasks are called `{}`", task.id))
        .fix("give each binary, target and file a name of its own");
    Some(Unplannable { step: task.step, room: task.room.clone(), problem })
}
