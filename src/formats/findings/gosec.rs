//! gosec's JSON (`gosec -fmt json`), as of 2.x.

use std::io::Read;

use serde::Deserialize;
use serde::de::MapAccess;

use super::finding::{Finding, Findings, Place, Subject};
use super::severity::Severity;
use super::taken::{Errors, Taken};
use super::values::{Held, Number, Text};
use crate::formats::json::{Fields, entries, object, skip};
use crate::formats::{BadReport, Format};

/// gosec's JSON.
pub const FORMAT: Format<Findings> = Format {
    name: "JSON of gosec",
    is: |head| head.holds("Golang errors") || (head.holds("Issues") && head.holds("Stats")),
    read: |source| read(source),
};

#[derive(Deserialize, Default)]
#[serde(default)]
struct Issue {
    severity: Text,
    rule_id: Text,
    details: Text,
    file: Text,
    line: Number,
    column: Number,
    #[serde(deserialize_with = "super::values::or_default")]
    suppressions: Vec<serde::de::IgnoredAny>,
    nosec: bool,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Stats {
    files: u64,
    found: u64,
    nosec: u64,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Broken {
    line: Number,
    error: Text,
}

#[derive(Default)]
struct Report {
    issues: Taken,
    errors: Errors,
    stats: Option<Stats>,
    version: Text,
}

impl Fields for Report {
    fn field<'de, A: MapAccess<'de>>(&mut self, name: &str, map: &mut A) -> Result<(), A::Error> {
        match name {
            "Issues" => self.issues.list(map, true, finding)?,
            "Golang errors" => {
                let first = &mut self.errors;
                let count = map.next_value_seed(entries(|file, errors: Held<Broken>| {
                    let what = errors
                        .0
                        .first()
                        .map(|broken| format!("{file}:{}: {}", broken.line.0, broken.error.line()));
                    first.first(what);
                    Ok(())
                }))?;
                self.errors.add(count);
            }
            "Stats" => self.stats = Some(map.next_value()?),
            "GosecVersion" => self.version = map.next_value()?,
            _ => skip(map)?,
        }
        Ok(())
    }
}

fn finding(issue: Issue) -> Finding {
    Finding {
        id: issue.rule_id.0,
        severity: Severity::of_word(&issue.severity.0),
        message: issue.details.line(),
        place: Some(Place { file: issue.file.0, line: issue.line.0, column: issue.column.0 }),
        suppressed: issue.nosec || !issue.suppressions.is_empty(),
        ..Finding::default()
    }
}

fn read(source: impl Read) -> Result<Findings, BadReport> {
    let mut report = Report::default();
    object(source, &mut report)?;
    let Report { issues: Taken { kept, there }, errors, stats, version } = report;
    let (true, Some(stats), true) = (errors.told(), stats, there) else {
        return Err(BadReport::at(
            0,
            "it lacks `Issues`, `Stats` or `Golang errors`, which gosec always writes",
        ));
    };
    errors.refuse(|_| "gosec could not read the code, so part of it was not looked at".into())?;
    if stats.files == 0 {
        return Err(BadReport::at(0, "gosec looked at no file"));
    }
    if stats.found > kept.count() {
        let (found, there) = (stats.found, kept.count());
        return Err(BadReport::at(0, format!("gosec found {found} issues, and only {there} are in it")));
    }
    let version = if version.0 == "dev" { "" } else { &version.0 };
    let findings = kept.finish(Subject::Security, "gosec", version, Some((stats.files, "files")));
    let suppressed = findings.findings.iter().any(|finding| finding.suppressed);
    // It tells either all of them or none (`-track-suppressions`), and heeds comments that let nothing pass, too.
    Ok(Findings { hushed: if suppressed { 0 } else { stats.nosec }, ..findings })
}
