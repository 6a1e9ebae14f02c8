//! golangci-lint's JSON (`--output.json.path` of version 2, `--out-format json` of version 1).

use std::io::Read;

use serde::Deserialize;
use serde::de::MapAccess;

use super::finding::{Finding, Findings, Place, Subject};
use super::kept::Kept;
use super::severity::Severity;
use super::values::{Number, Text, list_or_null};
use crate::formats::json::{Fields, each_or_null, object, skip};
use crate::formats::{BadReport, Format};

/// golangci-lint's JSON.
pub const FORMAT: Format<Findings> = Format {
    name: "JSON of golangci-lint",
    is: |head| {
        head.holds("Report.Linters")
            || head.holds("Issues[].FromLinter")
            || (head.holds("Issues") && head.holds("Report"))
    },
    read: |source| read(source),
};

#[derive(Deserialize, Default)]
#[serde(default, rename_all = "PascalCase")]
struct Issue {
    from_linter: Text,
    text: Text,
    severity: Text,
    pos: Pos,
}

#[derive(Deserialize, Default)]
#[serde(default, rename_all = "PascalCase")]
struct Pos {
    filename: Text,
    line: Number,
    column: Number,
}

#[derive(Deserialize, Default)]
#[serde(default, rename_all = "PascalCase")]
struct Ran {
    #[serde(deserialize_with = "list_or_null")]
    linters: Vec<Linter>,
    error: Text,
    #[serde(deserialize_with = "list_or_null")]
    warnings: Vec<Warning>,
}

#[derive(Deserialize, Default)]
#[serde(default, rename_all = "PascalCase")]
struct Warning {
    text: Text,
}

#[derive(Deserialize, Default)]
#[serde(default, rename_all = "PascalCase")]
struct Linter {
    name: Text,
    enabled: bool,
}

#[derive(Default)]
struct Report {
    kept: Kept,
    issues: bool,
    ran: Option<Ran>,
}

impl Fields for Report {
    fn field<'de, A: MapAccess<'de>>(&mut self, name: &str, map: &mut A) -> Result<(), A::Error> {
        match name {
            "Issues" => {
                let kept = &mut self.kept;
                map.next_value_seed(each_or_null(|issue: Issue| {
                    kept.add(Finding {
                        severity: Severity::of_word(&issue.severity.0),
                        message: issue.text.line(),
                        id: issue.from_linter.0,
                        place: Some(Place {
                            file: issue.pos.filename.0,
                            line: issue.pos.line.0,
                            column: issue.pos.column.0,
                        }),
                        ..Finding::default()
                    });
                    Ok(())
                }))?;
                self.issues = true;
            }
            "Report" => self.ran = Some(map.next_value()?),
            _ => skip(map)?,
        }
        Ok(())
    }
}

fn read(source: impl Read) -> Result<Findings, BadReport> {
    let (kept, linters) = parsed(source)?;
    let count = linters.len() as u64;
    Ok(kept.finish(Subject::Lint, "golangci-lint", "", Some((count, "linters"))))
}

/// The names of the linters that ran.
///
/// # Errors
///
/// If it is no whole report.
pub fn linters(source: impl Read) -> Result<Vec<String>, BadReport> {
    parsed(source).map(|(_, linters)| linters)
}

/// The findings, and the names of the linters that ran.
fn parsed(source: impl Read) -> Result<(Kept, Vec<String>), BadReport> {
    let mut report = Report::default();
    object(source, &mut report)?;
    let (Some(ran), true) = (report.ran, report.issues) else {
        return Err(BadReport::at(0, "it lacks `Issues` or `Report`, which golangci-lint always writes"));
    };
    if !ran.error.0.is_empty() {
        return Err(BadReport::at(0, format!("golangci-lint did not come to its end: {}", ran.error.line())));
    }
    // It goes on without a linter that broke (golangci-lint's `Runner.Run`).
    let broken = ran.warnings.iter().map(|warning| warning.text.line());
    if let Some(broken) = broken.into_iter().find(|text| text.to_lowercase().contains("can't run linter")) {
        return Err(BadReport::at(0, format!("golangci-lint did not run all linters: {broken}")));
    }
    let enabled = ran.linters.into_iter().filter(|linter| linter.enabled);
    let linters: Vec<String> = enabled.map(|linter| linter.name.0).collect();
    if linters.is_empty() {
        return Err(BadReport::at(0, "no linter was enabled"));
    }
    Ok((report.kept, linters))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tells_which_linters_ran() {
        let report =
            r#"{"Issues":null,"Report":{"Linters":[{"Name":"govet"},{"Name":"errcheck","Enabled":true}]}}"#;
        assert_eq!(linters(report.as_bytes()).unwrap(), ["errcheck"]);
        assert!(linters(r#"{"Issues":[],"Report":{"Linters":[{"Name":"govet"}]}}"#.as_bytes()).is_err());
    }

    #[test]
    fn a_linter_that_broke_is_no_linter_that_found_nothing() {
        for (text, good) in
            [("Can't run linter govet: timeout", false), ("The linter 'x' is deprecated", true)]
        {
            let report = format!(
                r#"{{"Issues":[],"Report":{{"Warnings":[{{"Tag":"runner","Text":"{text}"}}],"Linters":[{{"Name":"govet","Enabled":true}}]}}}}"#
            );
            assert_eq!(linters(report.as_bytes()).is_ok(), good, "{text}");
        }
    }
}
