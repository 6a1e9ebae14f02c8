//! The section `gates.tests`.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::kit::template::Template;

/// The settings of the room.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct TestsSettings {
    /// Whether the race detector watches. It needs cgo and a C compiler.
    pub race: bool,
    /// The packages, in patterns of `go test`.
    pub packages: Vec<String>,
    /// Build tags.
    pub tags: Vec<String>,
    /// How long the tests of one package may take, as Go writes durations.
    pub timeout: String,
    /// Variables for the tests.
    pub env: BTreeMap<String, Template>,
}

impl Default for TestsSettings {
    fn default() -> Self {
        Self {
            race: true,
            packages: vec!["./...".into()],
            tags: Vec::new(),
            timeout: "10m".into(),
            env: BTreeMap::new(),
        }
    }
}
