//! The section `gates.tests`.

use std::collections::BTreeMap;

use chrono::NaiveDate;
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
    /// How often tests that failed run again, at most 10. One that passes then is flaky. What did not compile,
    /// panicked, raced, or came to no end is not run again.
    pub reruns: u8,
    /// Whether flaky tests may pass: those that failed and passed when they ran again.
    pub allow_flaky: bool,
    /// Tests that may fail or be flaky until a day. One that expired, or that there is no test for, fails.
    pub quarantine: Vec<Quarantined>,
}

/// A test that may fail until a day.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Quarantined {
    /// Its name as the gate shows it, alone or with what it belongs to: `TestTwo`, `example.com/m/sub: TestTwo`.
    /// For Go its subtests are meant too.
    pub test: String,
    /// Why it may.
    pub reason: String,
    /// Who mends it.
    pub owner: String,
    /// The last day on which it may: `2027-01-31`.
    #[schemars(with = "String")]
    pub expires: NaiveDate,
}

impl Default for TestsSettings {
    fn default() -> Self {
        Self {
            race: true,
            packages: vec!["./...".into()],
            tags: Vec::new(),
            timeout: "10m".into(),
            env: BTreeMap::new(),
            reruns: 0,
            allow_flaky: false,
            quarantine: Vec::new(),
        }
    }
}
