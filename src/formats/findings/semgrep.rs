//! Semgrep's JSON (`semgrep scan --json`).

use std::io::Read;

use serde::Deserialize;
use serde::de::MapAccess;

use super::finding::{Finding, Findings, Place, Subject};
use super::listed::Listed;
use super::severity::Severity;
use super::taken::{Errors, Taken};
use super::values::{Number, Text};
use crate::formats::json::{Fields, Object, each, object, skip};
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
    version: Text,
}

#[derive(Default)]
struct Paths {
    scanned: u64,
    listed: Listed,
}

impl Fields for Paths {
    fn field<'de, A: MapAccess<'de>>(&mut self, name: &str, map: &mut A) -> Result<(), A::Error> {
        if name != "scanned" {
            return skip(map);
        }
        self.scanned += map.next_value_seed(each(|name: Text| self.listed.source(&name.0)))?;
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
    if report.paths.scanned == 0 {
        return Err(BadReport::at(0, "Semgrep looked at no file"));
    }
    let looked_at = Some((report.paths.scanned, "files"));
    let findings = report.results.kept.finish(Subject::Security, "semgrep", &report.version.0, looked_at);
    Ok(Findings { listed: report.paths.listed, ..findings })
}
