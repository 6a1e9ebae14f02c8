//! The section `scan.secrets`.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::steps::ignore::Ignore;

/// The settings of the room.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct SecretsSettings {
    /// What is let pass, by its fingerprint (`github-token:0123456789abcdef`, `unread:NAME`) or its kind
    /// (`google-api-key`). One that has expired or that fits nothing fails.
    pub ignore: Vec<Ignore>,
    /// Images to look through beside what is made, as archives that `docker save` writes or OCI layouts in a tar, by
    /// path from the repository's root: every layer, also what a later one deletes, and the history.
    pub images: Vec<String>,
}
