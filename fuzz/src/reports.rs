//! Readers of reports: those of the lists in `src/formats`, and what tells formats apart.

use std::hint::black_box;
use std::io::{Cursor, Read};

use release_action::formats::{
    BadReport, Format, Head, coverage, findings, looks_like, read, recognised, tests,
};

use super::Target;

/// Up to this many bytes a report is read a second time, in small pieces.
const SMALL: usize = 2048;

/// A source that gives a few bytes at a time.
struct Pieces<'a>(&'a [u8]);

impl Read for Pieces<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let count = self.0.len().min(buffer.len()).min(3);
        let (now, later) = self.0.split_at(count);
        buffer[..count].copy_from_slice(now);
        self.0 = later;
        Ok(count)
    }
}

pub(super) fn targets() -> Vec<Target> {
    let mut all = vec![Target::new("head", "json", head)];
    all.extend(coverage::FORMATS.iter().map(|format| of(format, covered)));
    all.extend(tests::FORMATS.iter().map(|format| of(format, ran)));
    all.extend(findings::FORMATS.iter().map(|format| of(format, found)));
    all
}

/// The name of a format as one of a file.
pub(super) fn slug(name: &str) -> String {
    let words: Vec<String> = name
        .split(|c: char| !c.is_ascii_alphanumeric())
        .filter(|word| !word.is_empty())
        .map(str::to_ascii_lowercase)
        .collect();
    words.join("-")
}

fn dictionary(name: &str) -> &'static str {
    match name {
        _ if name.ends_with("XML") => "xml",
        "Go coverage profile" | "LCOV tracefile" | "TAP" => "lines",
        _ => "json",
    }
}

fn of<T: 'static>(format: &'static Format<T>, told: fn(T) -> String) -> Target {
    Target::new(&slug(format.name), dictionary(format.name), move |data| {
        let whole = said((format.read)(&mut Cursor::new(data)), told);
        if data.len() <= SMALL {
            let pieces = said((format.read)(&mut Pieces(data)), told);
            assert_eq!(whole, pieces, "it depends on how many bytes come at once");
        }
    })
}

/// What a reader says; why it refuses may depend on where it stopped to read.
fn said<T>(read: Result<T, BadReport>, told: fn(T) -> String) -> Option<String> {
    match read {
        Ok(content) => Some(told(content)),
        Err(bad) => {
            assert!(!bad.why.is_empty());
            black_box(bad.problem("report").to_string());
            None
        }
    }
}

fn covered(profile: coverage::Profile) -> String {
    let total = profile.total();
    assert!(total.total > 0, "nothing was measured");
    assert!(total.covered <= total.total, "more is covered than there is");
    let mut twice = coverage::Profile::default();
    for _ in 0..2 {
        twice.merge(&profile).expect("a profile agrees with itself");
    }
    assert_eq!(twice.total(), total, "merging is a union");
    format!("{total:?} {:?}", profile.files())
}

fn ran(results: tests::Results) -> String {
    let verdict = results.verdict();
    if verdict == tests::Verdict::Pass {
        assert!(results.passed() > 0 && results.failures().next().is_none(), "it passes without a test");
    }
    assert!(results.slowest.iter().count() <= 10);
    format!("{results:?}")
}

fn found(findings: findings::Findings) -> String {
    format!("{findings:?}")
}

/// What tells formats apart: never two minds about the same bytes.
fn head(data: &[u8]) {
    let head = Head::of(data);
    let words = looks_like(data);
    assert_eq!(words, recognised(&head).unwrap_or_else(|| head.words()));
    if let Head::Json { paths } = &head {
        assert!(paths.iter().map(String::len).sum::<usize>() < 16 << 20, "paths are kept that nobody needs");
    }
    // What its look chooses is read to its end or refused.
    black_box(read(coverage::FORMATS, "coverage report", data).is_ok());
    black_box(read(tests::FORMATS, "report of tests", data).is_ok());
    black_box(read(findings::FORMATS, "report of findings", data).is_ok());
}
