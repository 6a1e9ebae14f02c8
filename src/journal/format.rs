//! A journal line: JSON of a `Record`, a line feed, its version in `v`.

use serde::Deserialize;

use crate::kit::secret::Redactor;
use crate::kit::texts;
use crate::model::Record;
use crate::model::event::EVENT_FORMAT;

/// Why a line is no record.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LineError {
    /// Written by a later release-action.
    #[error("the line has format version {0}, and this release-action knows versions up to {EVENT_FORMAT}")]
    Newer(u32),
    /// Not what release-action writes.
    #[error("{0}")]
    Corrupt(String),
}

#[derive(Deserialize)]
struct Version {
    v: u32,
}

/// Reads one line without its line feed.
///
/// # Errors
///
/// If it is of a later version, or no record. The version is looked at first: what a later version
/// means by the rest is not ours to guess.
pub fn read_line(line: &[u8]) -> Result<Record, LineError> {
    let corrupt = |error: serde_json::Error| LineError::Corrupt(error.to_string());
    let Version { v } = serde_json::from_slice(line).map_err(corrupt)?;
    match v {
        EVENT_FORMAT => serde_json::from_slice(line).map_err(corrupt),
        0 => Err(LineError::Corrupt("there is no format version 0".into())),
        newer => Err(LineError::Newer(newer)),
    }
}

/// Names by which an event is known again. The plan and the evidence hold them as they are; a secret that
/// happens to be a word of them must not make a part's build or an earlier outcome unknown.
const NAMES: [&str; 5] = ["task", "artifacts", "project", "tag", "commit"];

/// Writes one line with its line feed. Secrets are cut out of everything but [`NAMES`].
///
/// # Errors
///
/// If a value cannot be written as JSON.
pub fn write_line(record: &Record, redactor: &Redactor) -> Result<Vec<u8>, serde_json::Error> {
    let mut value = serde_json::to_value(record)?;
    texts::change_but(&NAMES, &mut value, &|text| redactor.clean(text));
    let mut line = serde_json::to_vec(&value)?;
    line.push(b'\n');
    Ok(line)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::journal::replay;
    use crate::kit::secret::Secret;

    /// Every kind of event that is kept, as version 1 wrote it. Never edit: journals out there look so.
    const GOLDEN: &str = include_str!("golden/v1.jsonl");

    #[test]
    fn reads_and_writes_version_1_byte_for_byte() {
        let records = replay(GOLDEN.as_bytes()).unwrap();
        assert_eq!(records.len(), 18);
        let written: Vec<u8> =
            records.iter().flat_map(|record| write_line(record, &Redactor::default()).unwrap()).collect();
        assert_eq!(String::from_utf8(written).unwrap(), GOLDEN);
    }

    #[test]
    fn the_golden_file_has_every_kept_event() {
        let mut names: Vec<&str> =
            GOLDEN.lines().filter_map(|line| line.split("\"event\":\"").nth(1)?.split('"').next()).collect();
        names.sort_unstable();
        names.dedup();
        let all = [
            "applied",
            "intent",
            "judged",
            "notice",
            "observed",
            "run_finished",
            "run_started",
            "task_failed",
            "task_finished",
            "task_retried",
            "task_skipped",
            "task_started",
            "task_taken_over",
            "undid",
        ];
        assert_eq!(names, all);
    }

    #[test]
    fn the_version_is_looked_at_first() {
        assert_eq!(read_line(br#"{"v":2,"what":"nobody knows"}"#), Err(LineError::Newer(2)));
        assert!(matches!(read_line(br#"{"v":0}"#), Err(LineError::Corrupt(_))));
        assert!(matches!(read_line(b"\xff\xfe"), Err(LineError::Corrupt(_))));
    }

    #[test]
    fn secrets_are_cut_out_and_the_line_stays_readable() {
        let redactor = Redactor::default();
        // Words that the form itself uses: a secret must not make a journal unreadable.
        for secret in ["canary\"7f3a", "sha256", "2026", "same", "irreversible", "greeter", "build", "github"]
        {
            redactor.learn(&Secret::new(secret));
        }
        for record in replay(GOLDEN.as_bytes()).unwrap() {
            let line = write_line(&record, &redactor).unwrap();
            let again = read_line(line.strip_suffix(b"\n").unwrap()).unwrap();
            assert_eq!((again.seq, again.at), (record.seq, record.at));
            let names = |record: &Record| -> Vec<Option<serde_json::Value>> {
                let value = serde_json::to_value(record).unwrap();
                ["event"].iter().chain(&NAMES).map(|name| value.get(*name).cloned()).collect()
            };
            assert_eq!(names(&again), names(&record));
        }
        let line = r#"{"v":1,"seq":0,"at":"2026-11-21T04:00:00Z","event":"task_skipped","task":"a/b","because":"got canary\"7f3a"}"#;
        let written = write_line(&read_line(line.as_bytes()).unwrap(), &redactor).unwrap();
        assert!(String::from_utf8(written).unwrap().contains(r#""because":"got ***""#));
    }
}
