//! The name under which the forge shows what the gates came to, and by which a branch can require it.

use camino::Utf8Path;

use crate::model::Facts;

/// The name for a project in the repository's root.
pub const RELEASE_GATE: &str = "release-gate";

/// The name for the project in this folder: two projects of one repository must not write over each other.
#[must_use]
pub fn context(dir: &Utf8Path) -> String {
    if dir.as_str().is_empty() { RELEASE_GATE.to_owned() } else { format!("{RELEASE_GATE} ({dir})") }
}

/// The page of the run, where a workflow runs this.
#[must_use]
pub fn run_page(facts: &Facts) -> Option<String> {
    let run = facts.env.get("GITHUB_RUN_ID").filter(|id| !id.is_empty())?;
    let run: u64 = run.parse().ok()?;
    Some(format!("{}/{}/actions/runs/{run}", facts.forge_url, facts.slug.as_ref()?))
}
