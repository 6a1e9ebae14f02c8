//! ESLint's JSON (`eslint --format json`).

use std::io::Read;

use serde::Deserialize;

use super::finding::{Finding, Findings, Place, Subject};
use super::kept::Kept;
use super::listed::Listed;
use super::severity::Severity;
use super::values::{Number, Text, list, list_or_null};
use crate::formats::json::{each, value};
use crate::formats::{BadReport, Format};

/// ESLint's JSON.
pub const FORMAT: Format<Findings> = Format {
    name: "JSON of ESLint",
    is: |head| head.holds("[].filePath") && head.holds("[].messages"),
    read: |source| read(source),
};

/// What a finding is called where ESLint could not read a file.
pub const PARSE_ERROR: &str = "parse error";

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Linted {
    file_path: Text,
    #[serde(deserialize_with = "list")]
    messages: Vec<Message>,
    #[serde(default, deserialize_with = "list_or_null")]
    suppressed_messages: Vec<Message>,
    error_count: u64,
    warning_count: u64,
    #[serde(default)]
    fatal_error_count: u64,
}

#[derive(Deserialize, Default)]
#[serde(default, rename_all = "camelCase")]
struct Message {
    rule_id: Text,
    severity: Number,
    message: Text,
    line: Number,
    column: Number,
    fatal: bool,
}

/// Keeps a message, if there is room for one like it.
fn keep(kept: &mut Kept, message: Message, file: &str, suppressed: bool) {
    let severity = Some(if message.severity.0 == 1 { Severity::Medium } else { Severity::High });
    let rated = Finding { severity, suppressed, ..Finding::default() };
    if !kept.has_room_for(&rated) {
        return kept.leave_out();
    }
    let rule = if message.fatal { PARSE_ERROR } else { "eslint" };
    kept.add(Finding {
        id: if message.rule_id.0.is_empty() { rule.to_owned() } else { message.rule_id.0 },
        message: message.message.line(),
        place: Some(Place { file: file.to_owned(), line: message.line.0, column: message.column.0 }),
        ..rated
    });
}

fn read(source: impl Read) -> Result<Findings, BadReport> {
    let (mut kept, mut listed) = (Kept::default(), Listed::default());
    let files = value(
        source,
        each(|linted: Linted| {
            let (told, there) =
                (linted.error_count.saturating_add(linted.warning_count), linted.messages.len() as u64);
            let look = look(&linted.messages);
            let file = linted.file_path.0;
            if look == Look::Looked {
                listed.source(&file)?;
            }
            let fatal = linted.messages.iter().filter(|message| message.fatal).count() as u64;
            if linted.fatal_error_count > fatal {
                let count = linted.fatal_error_count;
                return Err(format!(
                    "ESLint counted {count} fatal errors in {file}, and {fatal} are told of"
                ));
            }
            if told != there {
                return Err(format!("ESLint counted {told} messages of {file}, and {there} are in it"));
            }
            linted.messages.into_iter().for_each(|message| keep(&mut kept, message, &file, false));
            linted.suppressed_messages.into_iter().for_each(|message| keep(&mut kept, message, &file, true));
            Ok(())
        }),
    )?;
    if files == 0 {
        return Err(BadReport::at(0, "ESLint looked at no file"));
    }
    Ok(Findings { listed, ..kept.finish(Subject::Lint, "eslint", "", Some((files, "files"))) })
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
fn look(messages: &[Message]) -> Look {
    let why = |message: &Message| {
        let text = message.message.0.as_str();
        let asked = ASKED.iter().any(|words| text.starts_with(words));
        let passed = message.rule_id.0.is_empty() && text.starts_with(IGNORED);
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
        each(|linted: Linted| {
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
