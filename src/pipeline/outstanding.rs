//! What is still to be done: a pure fold over the plan and what is known from before.

use std::collections::{HashMap, HashSet};

use crate::model::{Artifact, Kind, Plan, TakenFrom, Task, TaskId, Use, Verdict};

use super::known::Known;

/// What becomes of a chosen task.
#[derive(Debug, Clone, PartialEq)]
pub enum Decision {
    /// It runs.
    Run,
    /// An earlier outcome holds.
    Take {
        /// From where.
        from: TakenFrom,
        /// What it had made.
        artifacts: Vec<Artifact>,
        /// What it had found.
        verdict: Option<Verdict>,
    },
}

/// Who uses what of a maker.
#[derive(Debug, Default, Clone, Copy)]
struct Wanted {
    /// A task that runs reads the bytes.
    bytes: bool,
    /// A target brings the bytes to the release, which may have them already.
    upload: bool,
    /// A task that runs reads names and digests.
    digests: bool,
    /// Some chosen task names it at all.
    used: bool,
}

/// Decides for every chosen task. Later tasks are decided first: what they take over asks nothing of
/// those before them.
#[must_use]
pub fn decide(plan: &Plan, chosen: &HashSet<TaskId>, known: &Known) -> HashMap<TaskId, Decision> {
    let mut wanted: HashMap<&TaskId, Wanted> = HashMap::new();
    let mut decisions = HashMap::new();
    for task in plan.tasks.iter().rev().filter(|task| chosen.contains(&task.id)) {
        let decision = match task.kind {
            Kind::Check => check(task, known),
            Kind::Maker => maker(task, wanted.get(&task.id).copied().unwrap_or_default(), known),
            Kind::Target { .. } => Decision::Run,
        };
        let runs = decision == Decision::Run;
        let is_target = matches!(task.kind, Kind::Target { .. });
        for need in &task.needs {
            let entry = wanted.entry(&need.task).or_default();
            entry.used = true;
            match need.what {
                Use::Bytes if is_target => entry.upload |= runs,
                Use::Bytes => entry.bytes |= runs,
                Use::Digests => entry.digests |= runs,
                Use::Order => {}
            }
        }
        decisions.insert(task.id.clone(), decision);
    }
    decisions
}

fn check(task: &Task, known: &Known) -> Decision {
    match known.verdict(task) {
        Some((from, verdict)) => Decision::Take { from, artifacts: Vec::new(), verdict: Some(verdict) },
        None => Decision::Run,
    }
}

fn maker(task: &Task, wanted: Wanted, known: &Known) -> Decision {
    let take = |from, artifacts| Decision::Take { from, artifacts, verdict: None };
    if let Some(artifacts) = known.in_dist(task) {
        return take(TakenFrom::Dist, artifacts);
    }
    if wanted.bytes {
        return Decision::Run;
    }
    if let Some(artifacts) = known.on_release(task) {
        return take(TakenFrom::Release, artifacts);
    }
    if wanted.upload {
        return Decision::Run;
    }
    let published = task.makes.iter().any(|made| made.kind.is_published());
    let known_made = known.in_evidence(task);
    // What is not published itself is only needed for what is made of it, or read from it.
    if wanted.used && !published && (known_made.is_some() || !wanted.digests) {
        return take(TakenFrom::NotNeeded, known_made.unwrap_or_default());
    }
    Decision::Run
}
