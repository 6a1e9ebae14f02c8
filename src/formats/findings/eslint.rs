//! ESLint's JSON (`eslint --format json`).

use std::io::Read;

use serde::Deserialize;

use super::finding::{Finding, Findings, Place, Subject};
use super::kept::Kept;
use super::listed::Listed;
use super::severity::Severity;
use super::values::{Number, Text, Words, line, list, list_or_null};
use crate::formats::json::{Looked, Takes, each, value};
use crate::formats::{BadReport, Format};

/// ESLint's JSON.
pub const FORMAT: Format<Findings> = Format {
    name: "JSON of ESLint",
    is: |head| head.holds("[].filePath") && head.holds("[].messages"),
    read: |source| read(source),
};

/// What a finding is called where ESLint could not read a file.
pub const PARSE_ERROR: &str = "parse error";

/// A file. Its texts are held (`Text`), or only looked at (`Words`).
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", bound(deserialize = "T: Deserialize<'de> + Default"))]
struct Linted<T> {
    file_path: T,
    #[serde(deserialize_with = "list")]
    messages: Vec<Message<T>>,
    #[serde(default, deserialize_with = "list_or_null")]
    suppressed_messages: Vec<Message<T>>,
    error_count: u64,
    warning_count: u64,
    #[serde(default)]
    fatal_error_count: u64,
}

#[derive(Deserialize, Default)]
#[serde(default, rename_all = "camelCase", bound(deserialize = "T: Deserialize<'de> + Default"))]
struct Message<T> {
    rule_id: T,
    severity: Number,
    message: T,
    line: Number,
    column: Number,
    fatal: bool,
}

/// What is read of a report.
#[derive(Default)]
struct Report {
    kept: Kept,
    listed: Listed,
}

impl Takes for Report {
    type Held = Linted<Text>;

    fn look(&mut self, element: &str) -> Option<Result<(), String>> {
        serde_json::from_str::<Linted<Words>>(element).ok().map(|linted| self.file(&linted))
    }

    fn take(&mut self, linted: Linted<Text>) -> Result<(), String> {
        self.file(&linted)
    }
}

impl Report {
    fn file<T: AsRef<str>>(&mut self, linted: &Linted<T>) -> Result<(), String> {
        let (told, there) =
            (linted.error_count.saturating_add(linted.warning_count), linted.messages.len() as u64);
        let file = linted.file_path.as_ref();
        let fatal = linted.messages.iter().filter(|message| message.fatal).count() as u64;
        if linted.fatal_error_count > fatal {
            let count = linted.fatal_error_count;
            return Err(format!("ESLint counted {count} fatal errors in {file}, and {fatal} are told of"));
        }
        if told != there {
            return Err(format!("ESLint counted {told} messages of {file}, and {there} are in it"));
        }
        if look(&linted.messages) == Look::Looked {
            self.listed.source(file)?;
        }
        linted.messages.iter().for_each(|message| self.keep(message, file, false));
        linted.suppressed_messages.iter().for_each(|message| self.keep(message, file, true));
        Ok(())
    }

    /// Keeps a message, if there is room for one like it.
    fn keep<T: AsRef<str>>(&mut self, message: &Message<T>, file: &str, suppressed: bool) {
        let severity = Some(if message.severity.0 == 1 { Severity::Medium } else { Severity::High });
        let rated = Finding { severity, suppressed, ..Finding::default() };
        if !self.kept.has_room_for(&rated) {
            return self.kept.leave_out();
        }
        let rule = if message.fatal { PARSE_ERROR } else { "eslint" };
        let id = Some(message.rule_id.as_ref()).filter(|id| !id.is_empty()).unwrap_or(rule);
        self.kept.add(Finding {
            id: id.to_owned(),
            message: line(message.message.as_ref()).to_owned(),
            place: Some(Place { file: file.to_owned(), line: message.line.0, column: message.column.0 }),
            ..rated
        });
    }
}

fn read(source: impl Read) -> Result<Findings, BadReport> {
    let mut report = Report::default();
    let files = value(source, Looked(&mut report))?;
    if files == 0 {
        return Err(BadReport::at(0, "ESLint looked at no file"));
    }
    let findings = report.kept.finish(Subject::Lint, "eslint", "", Some((files, "files")));
    Ok(Findings { listed: report.listed, ..findings })
}

/// Why ESLint passes over a file that its configuration tells it to ignore, or that no configuration could be meant
/// for.
const ASKED: [&str; 2] = ["File ignored because of a matching ignore pattern", "File ignored by default"];

/// Why it passes over any file.
const IGNORED: &str = "File ignored ";

/// What ESLint says of one file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Look {
    /// It looked at it.
    Looked,
    /// It was told to ignore it.
    Ignored,
    /// No configuration is for such files.
    Passed,
}

/// What it says of a file, by its messages.
fn look<T: AsRef<str>>(messages: &[Message<T>]) -> Look {
    let why = |message: &Message<T>| {
        let text = message.message.as_ref();
        let asked = ASKED.iter().any(|words| text.starts_with(words));
        let passed = message.rule_id.as_ref().is_empty() && text.starts_with(IGNORED);
        match (passed, asked) {
            (false, _) => None,
            (true, true) => Some(Look::Ignored),
            (true, false) => Some(Look::Passed),
        }
    };
    messages.iter().find_map(why).unwrap_or(Look::Looked)
}

/// Each file that a report of ESLint names, and whether it was looked at.
///
/// # Errors
///
/// If it is none.
pub fn looks(source: impl Read) -> Result<Vec<(String, Look)>, BadReport> {
    let mut all = Vec::new();
    value(
        source,
        each(|linted: Linted<Text>| {
            let look = look(&linted.messages);
            all.push((linted.file_path.0, look));
            Ok(())
        }),
    )?;
    Ok(all)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fatal_error_that_is_counted_alone_is_told() {
        let of = |fatal: u64| {
            format!(
                r#"[{{"filePath":"a.js","messages":[],"errorCount":0,"warningCount":0,"fatalErrorCount":{fatal}}}]"#
            )
        };
        assert!(read(of(0).as_bytes()).is_ok());
        assert!(read(of(1).as_bytes()).unwrap_err().why.contains("1 fatal errors in a.js"));
    }

    #[test]
    fn a_file_that_was_passed_over_was_not_looked_at() {
        let file = |name: &str, rule: &str, words: &str| {
            format!(
                r#"{{"filePath":"{name}","messages":[{{"ruleId":{rule},"severity":1,"message":"{words}"}}],"errorCount":0,"warningCount":1}}"#
            )
        };
        let text = [
            file("/a.js", "null", "File ignored because of a matching ignore pattern. Use x"),
            file("/b.ts", "null", "File ignored because no matching configuration was supplied."),
            file("/c.js", "\"x\"", "File ignored because no"),
        ];
        let all = looks(format!("[{}]", text.join(",")).as_bytes()).unwrap();
        let looks: Vec<Look> = all.into_iter().map(|(_, look)| look).collect();
        assert_eq!(looks, [Look::Ignored, Look::Passed, Look::Looked]);
        assert!(super::looks(&b"{}"[..]).is_err());
    }
}
