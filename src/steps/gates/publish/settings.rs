//! The section `gates.publish`.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::kit::span::Span;

/// The settings of the room.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct PublishSettings {
    /// Tell it as the check run `release-gate` of the commit, which needs `checks: write`; where the token
    /// may not, as a commit status of that name, which needs `statuses: write`.
    pub check: bool,
    /// Tell it in a comment of the pull request, which is written anew by each run; needs
    /// `pull-requests: write`.
    pub comment: bool,
    /// Upload what the gates found to code scanning, a run for each tool; needs `security-events: write`, and code
    /// scanning switched on.
    pub code_scanning: bool,
    /// How long code scanning may take to process an upload.
    pub code_scanning_wait: Span,
    /// Tell it outside of a workflow for a snapshot too, of which nothing leaves the machine otherwise.
    pub snapshot: bool,
    /// Who the comments are by, as in `my-app[bot]`: an app of your own cannot ask that. Without it, the
    /// holder of the token, and for the token of a job `github-actions[bot]`.
    pub author: String,
}

impl Default for PublishSettings {
    fn default() -> Self {
        Self {
            check: false,
            comment: false,
            code_scanning: false,
            code_scanning_wait: Span::seconds(5 * 60),
            snapshot: false,
            author: String::new(),
        }
    }
}
