//! Istanbul's `json-summary`: how many lines of each file are covered, and not which.

use std::io::Read;

use serde::Deserialize;
use serde::de::{Error as _, MapAccess};

use super::measure::{Measure, Unit};
use super::profile::Profile;
use crate::formats::json::{self, Fields, refused};
use crate::formats::{BadReport, Format};

/// Istanbul's `json-summary`.
pub const FORMAT: Format<Profile> = Format {
    name: "Istanbul JSON summary",
    is: |head| head.holds("total.lines.total"),
    read: |source| read(source),
};

/// Totals; percentages are not believed, and of nothing they are no numbers.
#[derive(Debug, Clone, Copy, Deserialize)]
struct Count {
    total: u64,
    covered: u64,
}

#[derive(Debug, Clone, Copy, Deserialize)]
struct Counts {
    lines: Count,
    branches: Option<Count>,
}

#[derive(Default)]
struct Report {
    profile: Profile,
    total: Option<Counts>,
}

/// Reads a summary.
///
/// # Errors
///
/// If it cannot be read, is cut off, holds no line, or its files come to something else than its total.
pub fn read(source: impl Read) -> Result<Profile, BadReport> {
    let mut report = Report::default();
    json::object(source, &mut report)?;
    let Some(total) = report.total else {
        return Err(BadReport::at(0, "it has no `total`: it is not whole"));
    };
    let counted = report.profile.total();
    if (counted.covered, counted.total) != (total.lines.covered, total.lines.total) {
        let why = format!(
            "its total says that {} of {} lines are covered, its files say {} of {}",
            total.lines.covered, total.lines.total, counted.covered, counted.total
        );
        return Err(BadReport::at(0, why));
    }
    if counted.total == 0 {
        return Err(BadReport::at(0, "it holds no line: nothing was measured"));
    }
    Ok(report.profile)
}

impl Fields for Report {
    fn field<'de, A: MapAccess<'de>>(&mut self, name: &str, map: &mut A) -> Result<(), A::Error> {
        let counts: Counts = map.next_value()?;
        if name == "total" {
            return match self.total.replace(counts) {
                None => Ok(()),
                Some(_) => Err(A::Error::custom("duplicate field `total`")),
            };
        }
        let measure = |count: Count| Measure { covered: count.covered, total: count.total };
        let file = self.profile.file(name.as_bytes(), 0).map_err(refused)?;
        let lines = measure(counts.lines);
        if self.profile.totals_of(file).is_some_and(|known| known != lines) {
            return Err(A::Error::custom("a file has two totals"));
        }
        self.profile.totals(file, Unit::Lines, lines, 0).map_err(refused)?;
        if let Some(branches) = counts.branches.filter(|count| count.covered <= count.total) {
            self.profile.branch(file, 0, 0, measure(branches), 0).map_err(refused)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILE: &str = r#""/x/a.ts": {"lines": {"total": 3, "covered": 2, "skipped": 0, "pct": 66.66}, "branches": {"total": 2, "covered": 1, "pct": 50}}, "/x/e.ts": {"lines": {"total": 0, "covered": 0, "pct": "Unknown"}}"#;

    fn report(covered: u64) -> String {
        format!(r#"{{"total": {{"lines": {{"total": 3, "covered": {covered}, "pct": 1}}}}, {FILE}}}"#)
    }

    #[test]
    fn files_have_totals_and_no_gaps() {
        let profile = read(report(2).as_bytes()).unwrap();
        let files = profile.files();
        assert_eq!((files.len(), files[0].measure), (1, Measure { covered: 2, total: 3 }));
        assert_eq!((files[0].unit, files[0].gaps.len()), (Unit::Lines, 0));
        assert_eq!(files[0].branches, Measure { covered: 1, total: 2 });
        assert!(profile.lines_of("/x/a.ts").is_empty());
    }

    #[test]
    fn what_proves_nothing_is_an_error() {
        let more =
            r#"{"total": {"lines": {"total": 3, "covered": 4}}, "a": {"lines": {"total": 3, "covered": 4}}}"#;
        for (text, words) in [
            (report(3), "its files say 2 of 3"),
            (format!("{{{FILE}}}"), "no `total`"),
            (r#"{"total": {"lines": {"total": 0, "covered": 0}}}"#.into(), "no line"),
            (more.into(), "cannot be"),
            (r#"{"total": {"lines": {"total": 3}}}"#.into(), "missing field `covered`"),
            (report(2)[..99].into(), "cut off"),
            (
                report(2).replacen(
                    "\"/x/a",
                    "\"/x/a.ts\": {\"lines\": {\"total\": 3, \"covered\": 3}}, \"/x/a",
                    1,
                ),
                "two totals",
            ),
            (report(2).replacen('{', r#"{"total": {"lines": {"total": 9, "covered": 9}}, "#, 1), "duplicate"),
        ] {
            let bad = read(text.as_bytes()).unwrap_err();
            assert!(bad.why.contains(words), "{text}: {bad:?}");
        }
    }
}
