//! Where an override happens: the repository, the workflow run, and the gates that block in it.

use super::judge::Blocking;
use crate::model::facts::Slug;
use crate::model::{Facts, Problem, TaskId, Verdict};
use crate::steps::room::Site;

/// The number of the workflow run; none where no workflow runs this.
#[must_use]
pub fn run_of(facts: &Facts) -> Option<u64> {
    let in_workflow = facts.env.get("GITHUB_ACTIONS").is_some_and(|value| value == "true");
    facts.env.get("GITHUB_RUN_ID").filter(|_| in_workflow)?.parse().ok()
}

/// A variable of the workflow, for the log alone: nothing is decided by it.
#[must_use]
pub fn said(facts: &Facts, name: &str) -> String {
    facts.env.get(name).cloned().unwrap_or_default()
}

/// The repository.
///
/// # Errors
///
/// If it is not known.
pub fn repository(facts: &Facts) -> Result<&Slug, Problem> {
    facts.slug.as_ref().ok_or_else(|| {
        Problem::new("it is not known in which repository an override would be approved")
            .fix("set GITHUB_REPOSITORY=OWNER/NAME, or add a remote `origin`")
    })
}

/// A gate's name, as people write it.
#[must_use]
pub fn name_of(id: &TaskId) -> String {
    id.0.strip_prefix("gates/").unwrap_or(&id.0).to_owned()
}

/// The gates that block among the tasks that this one needs, sorted by name.
#[must_use]
pub fn blocking(site: &Site) -> Vec<Blocking> {
    let needs = site.task.needs.iter().map(|need| &need.task);
    let of = |id: &TaskId| {
        let soft = site.plan.task(id).is_some_and(|task| task.soft);
        let verdict = site.shelf.verdict(id);
        let blocks = verdict.as_ref().is_none_or(|verdict| verdict.status.blocks());
        (blocks && !soft).then(|| Blocking { name: name_of(id), verdict })
    };
    let mut found: Vec<Blocking> = needs.filter_map(of).collect();
    found.sort_by(|a, b| a.name.cmp(&b.name));
    found
}

/// The gates as tasks, with what they found; a gate without an answer found nothing.
#[must_use]
pub fn found(blocking: &[Blocking]) -> Vec<(TaskId, Verdict)> {
    let one = |gate: &Blocking| {
        let verdict = gate.verdict.clone().unwrap_or_else(|| Verdict::error("no answer"));
        (TaskId(format!("gates/{}", gate.name)), verdict)
    };
    blocking.iter().map(one).collect()
}
