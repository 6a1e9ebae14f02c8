//! The section `gates.override`.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The settings of the room. All but `request` count only where they stand in the configuration file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct OverrideSettings {
    /// The logins of those who may approve an override. Nobody may where none is named: overrides are off then.
    pub approvers: Vec<String>,
    /// The environment whose approval counts. It must have required reviewers and prevent self-review.
    pub environment: String,
    /// Further gates that nobody may override, beside those that never can be.
    pub never: Vec<String>,
    /// Who the issues are by, as in `my-app[bot]`: an app of your own cannot ask that. Without it, the holder of
    /// the token, and for the token of a job `github-actions[bot]`.
    pub author: String,
    /// The request, as JSON or YAML: what `--override FILE` and the input `override` give.
    pub request: String,
}

impl Default for OverrideSettings {
    fn default() -> Self {
        Self {
            approvers: Vec::new(),
            environment: "release-override".into(),
            never: Vec::new(),
            author: String::new(),
            request: String::new(),
        }
    }
}
