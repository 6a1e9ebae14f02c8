//! The section `gates.commits`.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The settings of the room.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct CommitsSettings {
    /// The types that there are.
    pub types: Vec<String>,
    /// The scopes that there are; empty for any.
    pub scopes: Vec<String>,
    /// How long a first line may be, in characters; 0 for any length.
    pub longest: usize,
}

impl Default for CommitsSettings {
    fn default() -> Self {
        let types =
            ["build", "chore", "ci", "docs", "feat", "fix", "perf", "refactor", "revert", "style", "test"];
        Self { types: types.map(str::to_owned).to_vec(), scopes: Vec::new(), longest: 0 }
    }
}
