//! The section `gates.publish`.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The settings of the room.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct PublishSettings {
    /// Tell it as the check run `release-gate` of the commit, which needs `checks: write`; where the token
    /// may not, as a commit status of that name, which needs `statuses: write`.
    pub check: bool,
    /// Tell it in a comment of the pull request, which is written anew by each run; needs
    /// `pull-requests: write`.
    pub comment: bool,
    /// Tell it outside of a workflow for a snapshot too, of which nothing leaves the machine otherwise.
    pub snapshot: bool,
    /// Who the comments are by, as in `my-app[bot]`: an app of your own cannot ask that. Without it, the
    /// holder of the token, and for the token of a job `github-actions[bot]`.
    pub author: String,
}
