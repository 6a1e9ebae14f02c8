//! The section `scan.vulnerabilities`.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::formats::findings::Severity;
use crate::steps::age::Days;
use crate::steps::ignore::Ignore;

/// The settings of the room.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct VulnerabilitiesSettings {
    /// The least severity that fails: `critical`, `high`, `medium` or `low`.
    pub fail_on: Severity,
    /// What counts as the severity of what is linked in. What the program was seen to hold the vulnerable function of
    /// is critical.
    pub unknown_severity: Severity,
    /// Vulnerabilities that are let pass. One that has expired or that fits nothing fails.
    pub ignore: Vec<Ignore>,
    /// A folder with Go's vulnerability database, for machines without a network: `index/db.json` lies in it, or in
    /// its folder `govulncheck`. By default govulncheck asks https://vuln.go.dev.
    pub database: Option<String>,
    /// How old the database may be, in days: `7d`.
    pub max_age: Days,
    /// The program govulncheck, by name or path.
    pub govulncheck: String,
    /// The version of govulncheck that is asked for.
    pub govulncheck_version: String,
}

impl Default for VulnerabilitiesSettings {
    fn default() -> Self {
        Self {
            fail_on: Severity::High,
            unknown_severity: Severity::High,
            ignore: Vec::new(),
            database: None,
            max_age: Days(7),
            govulncheck: "govulncheck".into(),
            govulncheck_version: "v1.8.0".into(),
        }
    }
}
