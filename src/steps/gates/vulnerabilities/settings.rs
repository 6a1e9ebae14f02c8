//! The section `gates.vulnerabilities`.

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
    /// What counts as the severity of what has none. Where govulncheck saw how near the program comes to it, that
    /// decides instead: called is critical, imported medium, required low.
    pub unknown_severity: Severity,
    /// Vulnerabilities that are let pass. One that has expired or that fits nothing fails.
    pub ignore: Vec<Ignore>,
    /// True where what a comment in the code lets pass does not fail: whoever writes the code writes that too.
    pub accept_suppressed: bool,
    /// Which scanners run, of `govulncheck`, `gosec`, `rustsec`, `npm_audit`, `osv_scanner`, `trivy` and `semgrep`.
    /// Empty for those of what is there: govulncheck and gosec for a `go.mod`, RustSec for a `Cargo.lock`, npm for a
    /// `package-lock.json`, Semgrep where `semgrep_rules` names rules. One that is named must have something to look
    /// at.
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
    /// Images to look at, as archives that `docker save` writes, by path from the repository's root. OSV-Scanner looks
    /// at them, or Trivy where `scanners` names it.
    pub images: Vec<String>,
    /// The program gosec, by name or path.
    pub gosec: String,
    /// The version of gosec that is asked for.
    pub gosec_version: String,
    /// Files or folders with rules for Semgrep, by path from the repository's root. None are ever fetched.
    pub semgrep_rules: Vec<String>,
    /// The program Semgrep, by name or path.
    pub semgrep: String,
    /// The version of Semgrep that is asked for.
    pub semgrep_version: String,
    /// The program Trivy, by name or path.
    pub trivy: String,
    /// The version of Trivy that is asked for.
    pub trivy_version: String,
    /// A folder with Trivy's database, for machines without a network: what `--cache-dir` names. By default Trivy
    /// fetches it.
    pub trivy_cache: Option<String>,
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
    /// Looks at Go code for what is risky by itself.
    Gosec,
    /// Looks at code by rules of one's own.
    Semgrep,
    /// Looks the packages of lock files and images up in Trivy's database.
    Trivy,
}

impl ScannerName {
    /// As the settings have it.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Govulncheck => "govulncheck",
            Self::Rustsec => "rustsec",
            Self::NpmAudit => "npm_audit",
            Self::OsvScanner => "osv_scanner",
            Self::Gosec => "gosec",
            Self::Semgrep => "semgrep",
            Self::Trivy => "trivy",
        }
    }
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
            images: Vec::new(),
            gosec: "gosec".into(),
            gosec_version: "v2.27.1".into(),
            semgrep_rules: Vec::new(),
            semgrep: "semgrep".into(),
            semgrep_version: "1.121.0".into(),
            trivy: "trivy".into(),
            trivy_version: "0.74.0".into(),
            trivy_cache: None,
        }
    }
}
