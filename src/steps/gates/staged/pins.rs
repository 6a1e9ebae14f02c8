//! Whether what workflows run is pinned, where one of their files is staged.

use super::{Found, Staged};
use crate::model::Problem;
use crate::steps::gates::{PinningSettings, is_pinned_file, pinned};

/// Looks at the whole of it: an action that one file names may lie in another.
pub async fn check(staged: &Staged, settings: Option<&PinningSettings>) -> Result<Found, Problem> {
    let Some(settings) = settings else {
        return Ok(Found::Skipped("`gates.pinning` is not switched on".into()));
    };
    if !staged.changed.iter().any(|path| is_pinned_file(path)) {
        return Ok(Found::Skipped("no workflow, action or Dockerfile is staged".into()));
    }
    let verdict = pinned(&staged.ports, &staged.tree, settings).await?;
    Ok(if verdict.status.blocks() { Found::Bad(verdict.problems) } else { Found::Good(verdict.summary) })
}
