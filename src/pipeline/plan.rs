//! The plan: a fold of the street over facts and settings. Pure: the same input gives the same bytes.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use camino::{Utf8Path, Utf8PathBuf};
use serde_json::Value;

use crate::config::load::Config;
use crate::config::section::Switch;
use crate::model::plan::PLAN_FORMAT;
use crate::model::{Facts, Plan, Problem, Step};
use crate::ports::Ports;
use crate::steps::room::{Outlook, Planned, RoomEntry, Scene, Seen, StepEntry};

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

/// What each room saw, or why it could not look.
pub type Views = BTreeMap<(Step, &'static str), Result<Seen, Problem>>;

/// Lets every room that is not switched off look, side by side.
pub async fn look(
    street: &[StepEntry],
    facts: &Facts,
    config: &Config,
    ports: &Ports,
    dist: &Utf8Path,
) -> Views {
    let facts = Arc::new(facts.clone());
    let mut looks = Vec::new();
    for entry in street {
        let step_settings = config.step(entry.step);
        for room in entry.rooms {
            let (switch, settings) = config.room(entry.step, room.shape.id);
            if switch == Switch::Off {
                continue;
            }
            let outlook = Outlook {
                facts: Arc::clone(&facts),
                ports: ports.clone(),
                dist: dist.to_owned(),
                step_settings: step_settings.clone(),
            };
            let look = (room.look)(settings, outlook);
            looks.push(async { ((entry.step, room.shape.id), look.await) });
        }
    }
    futures::future::join_all(looks).await.into_iter().collect()
}

/// What is asked which files are published, once they are there.
pub struct Publishers(Vec<(RoomEntry, Value, Value)>);

impl Publishers {
    /// The rooms that are not switched off.
    #[must_use]
    pub fn of(street: &[StepEntry], config: &Config) -> Self {
        let mut all = Vec::new();
        for entry in street {
            let own = config.step(entry.step);
            let rooms = entry.rooms.iter().map(|room| (room, config.room(entry.step, room.shape.id)));
            let on = rooms.filter(|(_, (switch, _))| *switch != Switch::Off);
            all.extend(on.map(|(room, (_, settings))| (*room, settings, own.clone())));
        }
        Self(all)
    }

    /// The files beside the commit's own that are published, as they are now.
    ///
    /// # Errors
    ///
    /// If they cannot be looked for.
    pub fn files(
        &self,
        facts: &Arc<Facts>,
        ports: &Ports,
        dist: &Utf8Path,
    ) -> Result<BTreeSet<Utf8PathBuf>, Problem> {
        let mut all = BTreeSet::new();
        for (room, settings, own) in &self.0 {
            let outlook = Outlook {
                facts: Arc::clone(facts),
                ports: ports.clone(),
                dist: dist.to_owned(),
                step_settings: own.clone(),
            };
            all.extend((room.publishes)(settings.clone(), &outlook)?);
        }
        Ok(all)
    }
}

/// Draws the plan. Every room that cannot plan is told, not only the first.
///
/// # Errors
///
/// All rooms that cannot plan.
pub fn draw(
    street: &[StepEntry],
    facts: &Facts,
    config: &Config,
    views: &Views,
) -> Result<Drawn, Vec<Unplannable>> {
    let mut planned: Vec<Planned> = Vec::new();
    let mut wrong = Vec::new();
    let nothing = Seen::new();
    for entry in street {
        let step_settings = config.step(entry.step);
        for room in entry.rooms {
            let (switch, settings) = config.room(entry.step, room.shape.id);
            if switch == Switch::Off {
                continue;
            }
            let told = |problem: Problem| {
                let one = |problem| Unplannable { step: entry.step, room: room.shape.id.into(), problem };
                problem.each().into_iter().map(one)
            };
            let seen = match views.get(&(entry.step, room.shape.id)) {
                Some(Ok(seen)) => seen,
                Some(Err(problem)) => {
                    wrong.extend(told(problem.clone()));
                    &nothing
                }
                None => &nothing,
            };
            let scene = Scene {
                facts,
                seen,
                step_settings: &step_settings,
                before: &planned,
                demanded: switch == Switch::On,
            };
            match (room.plan)(&settings, &scene) {
                Ok(more) => planned.extend(more),
                Err(problem) => wrong.extend(told(problem)),
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
