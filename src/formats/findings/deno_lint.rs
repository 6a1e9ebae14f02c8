//! Deno's JSON (`deno lint --json`), version 1.

use std::io::Read;

use serde::Deserialize;
use serde::de::{IgnoredAny, MapAccess};

use super::finding::{Finding, Findings, Place, Subject};
use super::severity::Severity;
use super::taken::{Errors, Taken};
use super::values::{Number, Text, or_default};
use crate::formats::json::{Fields, each, object, skip};
use crate::formats::{BadReport, Format};

/// Deno's JSON.
pub const FORMAT: Format<Findings> = Format {
    name: "JSON of deno lint",
    // Of a long list the end is not seen.
    is: |head| {
        let diagnostics =
            head.holds("diagnostics") && (head.holds("errors") || head.holds("diagnostics[].hint"));
        diagnostics && !head.holds("results")
    },
    read: |source| read(source),
};

#[derive(Deserialize)]
struct Diagnostic {
    filename: Text,
    #[serde(default, deserialize_with = "or_default")]
    range: Range,
    #[serde(default)]
    message: Text,
    code: Text,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Range {
    start: Start,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Start {
    line: Number,
    col: Number,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Broken {
    file_path: Text,
    message: Text,
}

#[derive(Default)]
struct Report {
    version: Option<u64>,
    diagnostics: Taken,
    errors: Errors,
    checked: Option<u64>,
}

impl Fields for Report {
    fn field<'de, A: MapAccess<'de>>(&mut self, name: &str, map: &mut A) -> Result<(), A::Error> {
        match name {
            "version" => self.version = Some(map.next_value()?),
            "diagnostics" => self.diagnostics.list(map, false, finding)?,
            "errors" => self
                .errors
                .list(map, |broken: Broken| format!("{}: {}", broken.file_path.0, broken.message.line()))?,
            "checked_files" | "checkedFiles" => {
                let count = map.next_value_seed(each(|_: IgnoredAny| Ok(())))?;
                *self.checked.get_or_insert(0) += count;
            }
            _ => skip(map)?,
        }
        Ok(())
    }
}

fn finding(found: Diagnostic) -> Finding {
    let start = found.range.start;
    // Deno counts lines from 1 and columns from 0.
    let column = if start.line.0 > 0 { start.col.0.saturating_add(1) } else { 0 };
    Finding {
        id: found.code.0,
        severity: Some(Severity::Medium),
        message: found.message.line(),
        place: Some(Place { file: found.filename.0, line: start.line.0, column }),
        ..Finding::default()
    }
}

fn read(source: impl Read) -> Result<Findings, BadReport> {
    let mut report = Report::default();
    object(source, &mut report)?;
    if report.version.is_some_and(|version| version != 1) {
        return Err(BadReport::at(0, "its version is not 1"));
    }
    if !report.errors.told() || !report.diagnostics.there {
        return Err(BadReport::at(0, "it lacks `diagnostics` or `errors`, which Deno always writes"));
    }
    report.errors.refuse(|count| format!("Deno could not read {count} files"))?;
    let kept = report.diagnostics.kept;
    // It lists the files with something in them alone, so a report can only prove that something is wrong.
    if report.checked.unwrap_or(0) == 0 && kept.count() == 0 {
        return Err(BadReport::at(
            0,
            "it does not say that any file was looked at, which Deno leaves out where nothing is wrong: let `gates.lint` run \
             `deno lint` itself",
        ));
    }
    let looked_at = report.checked.map(|count| (count, "files"));
    Ok(kept.finish(Subject::Lint, "deno lint", "", looked_at))
}
