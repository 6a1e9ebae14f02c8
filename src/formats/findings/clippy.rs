//! Cargo's messages (`cargo clippy --message-format=json`), one object a line.

use std::collections::BTreeSet;
use std::io::Read;

use serde::Deserialize;
use serde::de::MapAccess;

use super::finding::{Finding, Findings, Place, Subject};
use super::kept::Kept;
use super::severity::Severity;
use super::values::{Number, Text, list_or_null, or_default};
use crate::formats::json::{Fields, objects, skip};
use crate::formats::{BadReport, Format};

/// Cargo's messages.
pub const FORMAT: Format<Findings> = Format {
    name: "messages of cargo (clippy, check)",
    is: |head| head.holds("reason") && (head.holds("package_id") || head.holds("success")),
    read: |source| read(source),
};

/// The most different messages whose repetition is noticed.
const MOST: usize = 100_000;

#[derive(Deserialize, Default)]
#[serde(default)]
struct Message {
    message: Text,
    #[serde(deserialize_with = "or_default")]
    code: Code,
    level: Text,
    #[serde(deserialize_with = "list_or_null")]
    spans: Vec<Span>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Code {
    code: Text,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Span {
    file_name: Text,
    line_start: Number,
    column_start: Number,
    is_primary: bool,
}

#[derive(Default)]
struct Report {
    kept: Kept,
    seen: BTreeSet<(String, String, Option<Place>)>,
    units: u64,
    errors: u64,
    done: Option<bool>,
    // Of the line that is read now.
    reason: String,
    message: Option<Message>,
    success: Option<bool>,
}

impl Fields for Report {
    fn begin(&mut self) {
        self.reason.clear();
        self.message = None;
        self.success = None;
    }

    fn field<'de, A: MapAccess<'de>>(&mut self, name: &str, map: &mut A) -> Result<(), A::Error> {
        match name {
            "reason" => self.reason = map.next_value::<Text>()?.0,
            "message" => self.message = Some(map.next_value()?),
            "success" => self.success = Some(map.next_value()?),
            _ => skip(map)?,
        }
        Ok(())
    }

    fn end(&mut self) -> Result<(), String> {
        if self.done.is_some() {
            return Err("a message after `build-finished`: these are two reports".into());
        }
        match self.reason.as_str() {
            "compiler-message" => {
                let message = self.message.take().ok_or("a compiler message without its message")?;
                self.units += 1;
                self.take(message)
            }
            "compiler-artifact" => {
                self.units += 1;
                Ok(())
            }
            "build-finished" => {
                self.done = Some(self.success.ok_or("`build-finished` without `success`")?);
                Ok(())
            }
            "" => Err("a message without its reason".into()),
            _ => Ok(()),
        }
    }
}

impl Report {
    fn take(&mut self, message: Message) -> Result<(), String> {
        let text = message.message.line();
        let severity = match message.level.0.as_str() {
            "warning" => Severity::Medium,
            "note" | "help" | "failure-note" => return Ok(()),
            // `error`, `error: internal compiler error`, and whatever a later compiler says.
            _ => Severity::High,
        };
        // The compiler's own sums have neither a code nor a place; they say nothing of what is wrong.
        let sum = text.ends_with(" emitted")
            || text.starts_with("aborting due to ")
            || text.starts_with("could not compile");
        if sum && message.spans.is_empty() && message.code.code.0.is_empty() {
            return Ok(());
        }
        self.errors += u64::from(severity == Severity::High);
        let span = message.spans.iter().find(|span| span.is_primary).or(message.spans.first());
        let place = span.map(|span| Place {
            file: span.file_name.0.clone(),
            line: span.line_start.0,
            column: span.column_start.0,
        });
        let code = message.code.code.0;
        let id = if code.is_empty() { "rustc".to_owned() } else { code };
        // A file is compiled once by itself and once with its tests.
        if self.seen.len() < MOST && !self.seen.insert((id.clone(), text.clone(), place.clone())) {
            return Ok(());
        }
        self.kept.add(Finding { id, severity: Some(severity), message: text, place, ..Finding::default() });
        Ok(())
    }
}

fn read(source: impl Read) -> Result<Findings, BadReport> {
    let mut report = Report::default();
    objects(source, &mut report)?;
    let Some(success) = report.done else {
        return Err(BadReport::at(0, "it does not end with `build-finished`: cargo did not come to its end"));
    };
    if report.units == 0 {
        return Err(BadReport::at(0, "nothing was compiled"));
    }
    if !success && report.errors == 0 {
        return Err(BadReport::at(0, "the build failed, and no message in it says why"));
    }
    Ok(report.kept.finish(Subject::Lint, "clippy", "", Some((report.units, "messages"))))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn report(message: &str, success: bool) -> String {
        let artifact = r#"{"reason":"compiler-artifact","package_id":"a"}"#;
        format!("{artifact}\n{message}\n{{\"reason\":\"build-finished\",\"success\":{success}}}\n")
    }

    fn message(text: &str, level: &str) -> String {
        format!(
            r#"{{"reason":"compiler-message","package_id":"a","message":{{"message":"{text}","code":null,"level":"{level}","spans":[]}}}}"#
        )
    }

    #[test]
    fn a_build_that_failed_says_why() {
        for (text, level) in [
            ("aborting due to 1 previous error", "error"),
            ("could not compile `a` (lib) due to 1 previous error", "error"),
            ("2 warnings emitted", "warning"),
            ("something is odd", "warning"),
        ] {
            let bad = read(report(&message(text, level), false).as_bytes());
            assert!(bad.is_err_and(|bad| bad.why.contains("says why")), "{text}");
        }
        let said = read(report(&message("linking with `cc` failed", "error"), false).as_bytes()).unwrap();
        assert_eq!(said.findings.len(), 1);
        let fine = read(report(&message("1 warning emitted", "warning"), true).as_bytes()).unwrap();
        assert_eq!(fine.findings, []);
    }
}
