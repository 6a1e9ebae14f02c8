//! Findings of scanners and linters.

mod cargo_audit;
mod clippy;
mod deno_lint;
pub mod eslint;
mod finding;
pub mod gitleaks;
pub mod golangci;
mod gosec;
pub mod govulncheck;
mod kept;
mod listed;
pub mod npm_audit;
mod osv;
pub mod osv_scanner;
mod osv_scanner_json;
#[cfg(test)]
pub mod samples;
mod sarif;
mod sarif_result;
mod sarif_rules;
mod semgrep;
mod severity;
mod taken;
#[cfg(test)]
mod trials;
#[cfg(test)]
mod trials_looked;
#[cfg(test)]
mod trials_partial;
mod trivy;
mod values;

pub use finding::{Database, Finding, Findings, Package, Place, Reach, Subject};
pub use listed::Listed;
pub use severity::Severity;

use super::Format;

/// The formats, each by one file; the first that fits is taken.
pub const FORMATS: &[Format<Findings>] = &[
    sarif::FORMAT,
    gosec::FORMAT,
    golangci::FORMAT,
    govulncheck::FORMAT,
    osv_scanner::FORMAT,
    trivy::FORMAT,
    cargo_audit::FORMAT,
    npm_audit::FORMAT,
    gitleaks::FORMAT,
    semgrep::FORMAT,
    clippy::FORMAT,
    eslint::FORMAT,
    deno_lint::FORMAT,
];

/// Those of scanners for weaknesses. SARIF may be of any tool; of a linter or a scanner for secrets it is refused.
pub const SECURITY: &[Format<Findings>] = &[
    sarif::FORMAT,
    gosec::FORMAT,
    govulncheck::FORMAT,
    osv_scanner::FORMAT,
    trivy::FORMAT,
    cargo_audit::FORMAT,
    npm_audit::FORMAT,
    semgrep::FORMAT,
];

/// Those that look at the packages of any ecosystem.
pub const ALL_PACKAGES: &[Format<Findings>] = &[osv_scanner::FORMAT, trivy::FORMAT];

/// Those that look at Go's alone.
pub const GO_PACKAGES: &[Format<Findings>] = &[govulncheck::FORMAT];

/// Those that look at crates alone.
pub const CRATES: &[Format<Findings>] = &[cargo_audit::FORMAT];

/// Those that look at npm's alone.
pub const NPM_PACKAGES: &[Format<Findings>] = &[npm_audit::FORMAT];

/// Trivy's alone, as its own run writes it.
pub const TRIVY: &[Format<Findings>] = &[trivy::FORMAT];

/// gosec's alone.
pub const GOSEC: &[Format<Findings>] = &[gosec::FORMAT];

/// Semgrep's alone.
pub const SEMGREP: &[Format<Findings>] = &[semgrep::FORMAT];

/// Those of scanners for secrets.
pub const SECRETS: &[Format<Findings>] = &[gitleaks::FORMAT];

/// Those of Go's linters together.
pub const GO_LINT: &[Format<Findings>] = &[golangci::FORMAT];

/// Those of Rust's.
pub const RUST_LINT: &[Format<Findings>] = &[clippy::FORMAT];

/// What `deno lint` says.
pub const DENO_LINT: &[Format<Findings>] = &[deno_lint::FORMAT];

/// What ESLint says.
pub const ESLINT: &[Format<Findings>] = &[eslint::FORMAT];

/// Those of linters.
pub const LINT: &[Format<Findings>] = &[golangci::FORMAT, clippy::FORMAT, eslint::FORMAT, deno_lint::FORMAT];
