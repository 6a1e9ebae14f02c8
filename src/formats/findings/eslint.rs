//! ESLint's JSON (`eslint --format json`).

use std::io::Read;

use serde::Deserialize;

use super::finding::{Finding, Findings, Place, Subject};
use super::kept::Kept;
use super::severity::Severity;
use super::values::{Number, Text, or_default};
use crate::formats::json::{each, value};
use crate::formats::{BadReport, Format};

/// ESLint's JSON.
pub const FORMAT: Format<Findings> = Format {
    name: "JSON of ESLint",
    is: |head| head.holds("[].filePath") && head.holds("[].messages"),
    read: |source| read(source),
};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Linted {
    file_path: Text,
    messages: Vec<Message>,
    #[serde(default, deserialize_with = "or_default")]
    suppressed_messages: Vec<Message>,
    error_count: u64,
    warning_count: u64,
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

fn finding(message: Message, file: &str, suppressed: bool) -> Finding {
    let rule = if message.fatal { "parse error" } else { "eslint" };
    Finding {
        id: if message.rule_id.0.is_empty() { rule.to_owned() } else { message.rule_id.0 },
        severity: Some(if message.severity.0 == 1 { Severity::Medium } else { Severity::High }),
        message: message.message.line(),
        place: Some(Place { file: file.to_owned(), line: message.line.0, column: message.column.0 }),
        suppressed,
        ..Finding::default()
    }
}

fn read(source: impl Read) -> Result<Findings, BadReport> {
    let mut kept = Kept::default();
    let files = value(
        source,
        each(|linted: Linted| {
            let (told, there) =
                (linted.error_count.saturating_add(linted.warning_count), linted.messages.len() as u64);
            let file = linted.file_path.0;
            if told != there {
                return Err(format!("ESLint counted {told} messages of {file}, and {there} are in it"));
            }
            linted.messages.into_iter().for_each(|message| kept.add(finding(message, &file, false)));
            linted
                .suppressed_messages
                .into_iter()
                .for_each(|message| kept.add(finding(message, &file, true)));
            Ok(())
        }),
    )?;
    if files == 0 {
        return Err(BadReport::at(0, "ESLint looked at no file"));
    }
    Ok(kept.finish(Subject::Lint, "eslint", "", Some((files, "files"))))
}
