//! Gathers the release evidence from what the tasks of a run made and found.

use crate::model::evidence::{EVIDENCE_FORMAT, Judged, Made};
use crate::model::{ArtifactKind, Digest, Evidence, KeyBuilder, Kind, Plan, Status, Step, Task, Verdict};

use super::room::Shelf;

/// The evidence of everything that is kept: the same commit, settings and tools give the same bytes.
#[must_use]
pub fn gather(plan: &Plan, shelf: &dyn Shelf) -> Evidence {
    let mut evidence = Evidence {
        format: EVIDENCE_FORMAT,
        project: plan.project.clone(),
        tag: plan.tag.clone(),
        version: plan.version.clone(),
        commit: plan.commit.clone(),
        plan: plan_digest(plan),
        made: std::collections::BTreeMap::new(),
        judged: std::collections::BTreeMap::new(),
        run: None,
    };
    for task in &plan.tasks {
        match task.kind {
            Kind::Maker if is_kept(task) => {
                if let Some(artifacts) = shelf.of(&task.id) {
                    evidence.made.insert(task.id.clone(), Made { key: task.key, artifacts });
                }
            }
            Kind::Check => {
                // Whoever looks at the release later has to see what was overridden, and in the same words after
                // any accident.
                let shown = |verdict: &Verdict| is_kept(task) || verdict.status == Status::Overridden;
                if let Some(verdict) = shelf.verdict(&task.id).filter(shown).map(Verdict::lasting) {
                    evidence.judged.insert(task.id.clone(), Judged { key: task.key, verdict });
                }
            }
            Kind::Maker | Kind::Target { .. } => {}
        }
    }
    evidence
}

/// The digest of the keys of everything that is kept: two runs with the same one make the same bytes.
#[must_use]
pub fn plan_digest(plan: &Plan) -> Digest {
    let kept = plan.tasks.iter().filter(|task| is_kept(task));
    kept.fold(KeyBuilder::new("plan"), |keys, task| keys.with(&task.id.0, &task.key.to_string())).finish()
}

/// What another machine can take over: verdicts, binaries and what is published of them. Words are
/// written anew in no time, and hold addresses of the forge that they were written for.
#[must_use]
pub fn is_kept(task: &Task) -> bool {
    let words = |kind: ArtifactKind| {
        matches!(kind, ArtifactKind::ReleaseNotes | ArtifactKind::Changelog | ArtifactKind::Report)
    };
    let is_words = matches!(task.kind, Kind::Maker) && task.makes.iter().all(|made| words(made.kind));
    task.keeps && task.step < Step::Release && !is_words
}
