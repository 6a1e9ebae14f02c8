//! Gitleaks' JSON (`gitleaks git --report-format json`). What it found and whose it is never gets past this file:
//! `Match`, `Secret`, `Author`, `Email` and `Message` are not read.

use std::io::Read;

use serde::Deserialize;

use super::finding::{Finding, Findings, Place, Subject};
use super::kept::Kept;
use super::severity::Severity;
use super::values::{Number, Text};
use crate::formats::json::{each, value};
use crate::formats::{BadReport, Format};

/// The tool's name.
pub const TOOL: &str = "gitleaks";

/// Gitleaks' JSON, with at least one leak: an empty list is any tool's.
pub const FORMAT: Format<Findings> = Format {
    name: "JSON of gitleaks",
    is: |head| head.holds("[].RuleID") && head.holds("[].Fingerprint"),
    read: |source| {
        let findings = read(source)?;
        if findings.findings.is_empty() {
            return Err(BadReport::at(
                0,
                "an empty list does not say what was looked at: let release-action run gitleaks itself",
            ));
        }
        Ok(findings)
    },
};

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Leak {
    #[serde(rename = "RuleID")]
    rule: Text,
    #[serde(default)]
    description: Text,
    #[serde(default)]
    start_line: Number,
    #[serde(default)]
    start_column: Number,
    file: Text,
    #[serde(default)]
    commit: Text,
    #[serde(default)]
    fingerprint: Text,
}

fn finding(leak: Leak) -> Result<Finding, String> {
    if leak.rule.0.is_empty() || leak.file.0.is_empty() {
        return Err("a leak without its rule or file".into());
    }
    let commit: String = leak.commit.0.chars().take(12).collect();
    let of = if commit.is_empty() { String::new() } else { format!(" in commit {commit}") };
    Ok(Finding {
        message: format!("a secret{of}: {}", leak.description.line()),
        id: leak.rule.0,
        severity: Some(Severity::Critical),
        place: Some(Place { file: leak.file.0, line: leak.start_line.0, column: leak.start_column.0 }),
        fingerprint: leak.fingerprint.0,
        ..Finding::default()
    })
}

/// Reads the report of a run of our own, which may be an empty list: that something was looked at is for the caller
/// to know.
///
/// # Errors
///
/// If it is none.
pub fn read(source: impl Read) -> Result<Findings, BadReport> {
    let mut kept = Kept::default();
    value(
        source,
        each(|leak| {
            kept.add(finding(leak)?);
            Ok(())
        }),
    )?;
    Ok(kept.finish(Subject::Secrets, TOOL, "", None))
}
