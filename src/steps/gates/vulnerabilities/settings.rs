//! The section `gates.vulnerabilities`.

use std::borrow::Cow;
use std::fmt;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::formats::findings::Severity;
use crate::steps::ignore::Ignore;

/// The settings of the room.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct VulnerabilitiesSettings {
    /// The least severity that fails: `critical`, `high`, `medium` or `low`.
    pub fail_on: Severity,
    /// What counts as the severity of what has none. Where govulncheck saw how near the program comes to it, that
    /// decides instead: called is critical, imported medium, required low.
    pub unknown_severity: Severity,
    /// Vulnerabilities that are let pass. One that has expired or that fits nothing fails.
    pub ignore: Vec<Ignore>,
    /// True where what a comment in the code lets pass does not fail: whoever writes the code writes that too.
    pub accept_suppressed: bool,
    /// Which scanners run, of `govulncheck`, `rustsec`, `npm_audit` and `osv_scanner`. Empty for those of the
    /// ecosystems that are there: govulncheck for a `go.mod`, RustSec for a `Cargo.lock`, npm for a
    /// `package-lock.json`. One that is named must have something to look at.
    pub scanners: Vec<ScannerName>,
    /// A folder with Go's vulnerability database, for machines without a network: `index/db.json` lies in it, or in
    /// its folder `govulncheck`. By default govulncheck asks https://vuln.go.dev.
    pub database: Option<String>,
    /// How old the database may be, in days: `7d`.
    pub max_age: Days,
    /// The program govulncheck, by name or path.
    pub govulncheck: String,
    /// The version of govulncheck that is asked for.
    pub govulncheck_version: String,
    /// A folder with RustSec's advisories, for machines without a network: a checkout of `rust_source`, or its files
    /// alone. By default they are fetched.
    pub rust_database: Option<String>,
    /// The Git repository from which RustSec's advisories are fetched.
    pub rust_source: String,
    /// The program npm, by name or path.
    pub npm: String,
    /// The program OSV-Scanner, by name or path.
    pub osv_scanner: String,
    /// The version of OSV-Scanner that is asked for.
    pub osv_scanner_version: String,
    /// A folder with OSV's databases, for machines without a network: `osv-scalibr/ECOSYSTEM/all.zip` lies in it. By
    /// default OSV-Scanner asks https://api.osv.dev.
    pub osv_database: Option<String>,
    /// Lock files for OSV-Scanner beside those in the project's folder, by path from there.
    pub osv_lock_files: Vec<String>,
}

/// A scanner that we run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ScannerName {
    /// Looks at what Go code calls.
    Govulncheck,
    /// Looks the crates of a `Cargo.lock` up in RustSec's advisories.
    Rustsec,
    /// Asks the registry about the packages of a `package-lock.json`.
    NpmAudit,
    /// Looks the packages of lock files of many kinds up in OSV's databases.
    OsvScanner,
}

impl Default for VulnerabilitiesSettings {
    fn default() -> Self {
        Self {
            fail_on: Severity::High,
            unknown_severity: Severity::High,
            ignore: Vec::new(),
            accept_suppressed: false,
            database: None,
            max_age: Days(7),
            govulncheck: "govulncheck".into(),
            govulncheck_version: "v1.8.0".into(),
            scanners: Vec::new(),
            rust_database: None,
            rust_source: "https://github.com/RustSec/advisory-db".into(),
            npm: "npm".into(),
            osv_scanner: "osv-scanner".into(),
            osv_scanner_version: "v2.6.0".into(),
            osv_database: None,
            osv_lock_files: Vec::new(),
        }
    }
}

/// A number of days: `7d`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Days(pub u16);

impl fmt::Display for Days {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}d", self.0)
    }
}

impl Serialize for Days {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Days {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let days = text.strip_suffix('d').filter(|digits| digits.bytes().all(|byte| byte.is_ascii_digit()));
        let days = days.and_then(|digits| digits.parse().ok()).map(Self);
        days.ok_or_else(|| {
            serde::de::Error::custom(format!(
                "`{text}` is no number of days: a whole number with d is expected, as in `7d`"
            ))
        })
    }
}

impl JsonSchema for Days {
    fn schema_name() -> Cow<'static, str> {
        "Days".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "pattern": "^[0-9]+d$", "description": "A number of days: `7d`." })
    }
}
