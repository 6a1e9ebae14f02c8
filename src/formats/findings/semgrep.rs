//! Semgrep's JSON (`semgrep scan --json`).

use std::io::Read;

use serde::Deserialize;
use serde::de::MapAccess;

use super::finding::{Finding, Findings, Place, Subject};
use super::listed::Listed;
use super::severity::Severity;
use super::taken::{Errors, Taken};
use super::values::{Number, Text};
use crate::formats::json::{Fields, Object, each, each_or_null, object, skip};
use crate::formats::{BadReport, Format};

/// Semgrep's JSON.
pub const FORMAT: Format<Findings> = Format {
    name: "JSON of Semgrep",
    is: |head| {
        head.holds("results[].check_id")
            || (head.holds("paths.scanned") && head.holds("results") && head.holds("errors"))
    },
    read: |source| read(source),
};

#[derive(Deserialize)]
struct Hit {
    check_id: Text,
    path: Text,
    #[serde(default)]
    start: Start,
    extra: Extra,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Start {
    line: Number,
    col: Number,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Extra {
    severity: Text,
    message: Text,
    is_ignored: bool,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Broken {
    message: Text,
}

#[derive(Default)]
struct Report {
    results: Taken,
    errors: Errors,
    paths: Paths,
    /// How many rules it did not understand.
    rules: u64,
    version: Text,
}

#[derive(Deserialize)]
struct Skipped {
    path: Text,
    #[serde(default)]
    reason: Text,
}

#[derive(Default)]
struct Paths {
    scanned: u64,
    /// The first file that it could not look at.
    failed: Option<String>,
    listed: Listed,
}

impl Fields for Paths {
    fn field<'de, A: MapAccess<'de>>(&mut self, name: &str, map: &mut A) -> Result<(), A::Error> {
        match name {
            "scanned" => {
                self.scanned += map.next_value_seed(each(|name: Text| self.listed.source(&name.0)))?
            }
            "skipped" => {
                map.next_value_seed(each_or_null(|skipped: Skipped| {
                    // Others were left out on purpose (semgrep_output_v1, skip_reason).
                    if skipped.reason.0.contains("fail") || skipped.reason.0.contains("error") {
                        let words = || format!("{}: {}", skipped.path.line(), skipped.reason.line());
                        self.failed.get_or_insert_with(words);
                    }
                    Ok(())
                }))?;
            }
            _ => skip(map)?,
        }
        Ok(())
    }
}

impl Fields for Report {
    fn field<'de, A: MapAccess<'de>>(&mut self, name: &str, map: &mut A) -> Result<(), A::Error> {
        match name {
            "results" => self.results.list(map, false, finding)?,
            "errors" => self.errors.list(map, |broken: Broken| broken.message.line())?,
            "paths" => map.next_value_seed(Object(&mut self.paths))?,
            "version" => self.version = map.next_value()?,
            "skipped_rules" => {
                self.rules += map.next_value_seed(each_or_null(|_: serde::de::IgnoredAny| Ok(())))?;
            }
            _ => skip(map)?,
        }
        Ok(())
    }
}

fn finding(hit: Hit) -> Finding {
    Finding {
        id: hit.check_id.0,
        severity: Severity::of_word(&hit.extra.severity.0),
        message: hit.extra.message.line(),
        place: Some(Place { file: hit.path.0, line: hit.start.line.0, column: hit.start.col.0 }),
        suppressed: hit.extra.is_ignored,
        ..Finding::default()
    }
}

fn read(source: impl Read) -> Result<Findings, BadReport> {
    let mut report = Report::default();
    object(source, &mut report)?;
    if !report.errors.told() || !report.results.there {
        return Err(BadReport::at(0, "it lacks `results` or `errors`, which Semgrep always writes"));
    }
    report.errors.refuse(|count| format!("Semgrep met {count} errors, so not all was looked at"))?;
    if report.rules > 0 {
        let why =
            format!("Semgrep left out {} rules (`skipped_rules`): a newer one may know them", report.rules);
        return Err(BadReport::at(0, why));
    }
    if let Some(failed) = report.paths.failed {
        return Err(BadReport::at(0, format!("Semgrep could not look at all files: {failed}")));
    }
    if report.paths.scanned == 0 {
        return Err(BadReport::at(0, "Semgrep looked at no file"));
    }
    let looked_at = Some((report.paths.scanned, "files"));
    let findings = report.results.kept.finish(Subject::Security, "semgrep", &report.version.0, looked_at);
    Ok(Findings { listed: report.paths.listed, ..findings })
}
