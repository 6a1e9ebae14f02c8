//! A report that proves nothing, and what it looks like instead.

use crate::model::Problem;

/// Why a report is no evidence.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{why}")]
pub struct BadReport {
    /// The line, from 1; 0 where the whole report is meant.
    pub line: u64,
    /// What is wrong.
    pub why: String,
}

impl BadReport {
    /// Something is wrong with this line.
    #[must_use]
    pub fn at(line: u64, why: impl Into<String>) -> Self {
        Self { line, why: why.into() }
    }

    /// The problem to show, with the report's name.
    #[must_use]
    pub fn problem(&self, report: &str) -> Problem {
        let line = u32::try_from(self.line).ok().filter(|line| *line > 0); // Beyond four billion lines no editor helps.
        Problem::new(format!("{report} is no evidence")).because(&self.why).at(report, line, None)
    }
}

/// What a text that should have been another report looks like, by its beginning.
#[must_use]
pub fn looks_like(head: &[u8]) -> &'static str {
    let head = head.strip_prefix(b"\xef\xbb\xbf").unwrap_or(head).trim_ascii_start();
    let text = String::from_utf8_lossy(&head[..head.len().min(4096)]).to_ascii_lowercase();
    let holds = |words: &str| text.contains(words);
    match () {
        () if head.is_empty() => "nothing at all",
        () if head.starts_with(b"\x1f\x8b") => "a gzip file",
        () if head.starts_with(b"PK") => "a zip file",
        () if head.starts_with(b"\xff\xfe") || head.starts_with(b"\xfe\xff") => "text in UTF-16",
        () if holds("<!doctype html") || text.starts_with("<html") => "a page of HTML",
        () if holds("<testsuite") => "a JUnit report",
        () if holds("jacoco") || holds("<report ") => "a JaCoCo report",
        () if holds("line-rate") => "a Cobertura report",
        () if holds("<coverage") => "a Clover report",
        () if text.starts_with('<') => "XML",
        () if text.starts_with("tn:") || text.starts_with("sf:") => "an LCOV tracefile",
        () if text.starts_with("mode: ") => "a Go coverage profile",
        () if text.starts_with('{') && holds("\"action\"") => "the events of `go test -json`",
        () if holds("sarif") => "a SARIF report",
        () if text.starts_with(['{', '[']) || text.trim_end() == "null" => "JSON of another tool",
        () => "something else",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_what_it_sees() {
        for (head, words) in [
            ("", "nothing at all"),
            ("<?xml version=\"1.0\"?>\n<testsuites>", "a JUnit report"),
            ("<coverage line-rate=\"0.5\">", "a Cobertura report"),
            ("<!DOCTYPE HTML><html>", "a page of HTML"),
            ("TN:\nSF:a.c\n", "an LCOV tracefile"),
            ("{\"Time\":\"x\",\"Action\":\"run\"}", "the events of `go test -json`"),
            ("null\n", "JSON of another tool"),
            ("[]", "JSON of another tool"),
            ("hello", "something else"),
        ] {
            assert_eq!(looks_like(head.as_bytes()), words, "{head}");
        }
    }
}
