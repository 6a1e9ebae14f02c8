//! What both rooms share.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::kit::path::RepoPath;

/// The settings of `changelog` beside its rooms.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct ChangelogSettings {
    /// A git-cliff configuration; otherwise `cliff.toml`, `.cliff.toml` or `.config/cliff.toml` where there is one.
    pub config: Option<RepoPath>,
}
