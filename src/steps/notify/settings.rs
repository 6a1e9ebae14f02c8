//! What all notifiers share.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The settings of `notify` beside its rooms.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct NotifySettings {
    /// Whether the run fails (exit code 19) where somebody could not be told. Address and key are looked at before
    /// the release; once it is public, it stands.
    pub required: bool,
}
