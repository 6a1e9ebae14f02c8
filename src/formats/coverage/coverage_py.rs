//! The JSON of coverage.py (nedbat/coveragepy, jsonreport.py).

use std::io::Read;

use serde::Deserialize;
use serde::de::{Error, IgnoredAny, MapAccess};

use super::measure::Measure;
use super::profile::{FileId, Profile};
use crate::formats::json::{self, Fields, Object, each, refused};
use crate::formats::{BadReport, Format, Made};

/// The JSON of coverage.py.
pub const FORMAT: Format<Profile> = Format {
    name: "coverage.py JSON",
    is: |head| head.holds("meta.format") && head.holds("files"),
    read: |source| read(source),
};

/// What it says of all files together.
#[derive(Debug, Clone, Copy, Deserialize)]
struct Totals {
    covered_lines: u64,
    num_statements: u64,
}

/// What it says of itself.
#[derive(Debug, Deserialize)]
struct Meta {
    #[serde(default)]
    timestamp: Option<String>,
}

#[derive(Default)]
struct Report {
    profile: Profile,
    meta: bool,
    totals: Option<Totals>,
}

struct Files<'a>(&'a mut Profile);

struct File<'a> {
    profile: &'a mut Profile,
    file: FileId,
    executed: bool,
    missing: bool,
}

/// Reads a report. Lines count; its own percentage counts branches too, where those were measured.
///
/// # Errors
///
/// If it cannot be read, is cut off, holds no line, a file lacks a list, or its files come to something else
/// than its totals.
pub fn read(source: impl Read) -> Result<Profile, BadReport> {
    let mut report = Report::default();
    json::object(source, &mut report)?;
    let Some(totals) = report.totals.filter(|_| report.meta) else {
        return Err(BadReport::at(0, "it has no `meta` or no `totals`: it is not whole"));
    };
    let counted = report.profile.total();
    if (counted.covered, counted.total) != (totals.covered_lines, totals.num_statements) {
        let why = format!(
            "its totals say that {} of {} lines are covered, its files say {} of {}",
            totals.covered_lines, totals.num_statements, counted.covered, counted.total
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
        match name {
            "meta" => {
                let meta: Meta = map.next_value()?;
                let made = meta.timestamp.as_deref().map_or(Ok(None), Made::told);
                self.profile.note(made.map_err(|why| A::Error::custom(format!("`timestamp`: {why}")))?);
                self.meta = true;
            }
            "files" => {
                map.next_value_seed(Object(&mut Files(&mut self.profile)))?;
            }
            "totals" => self.totals = Some(map.next_value()?),
            _ => {
                map.next_value::<IgnoredAny>()?;
            }
        }
        Ok(())
    }
}

impl Fields for Files<'_> {
    fn field<'de, A: MapAccess<'de>>(&mut self, name: &str, map: &mut A) -> Result<(), A::Error> {
        let file = self.0.file(name.as_bytes(), 0).map_err(refused)?;
        self.0.measured_by_line(file, 0).map_err(refused)?;
        let mut read = File { profile: &mut *self.0, file, executed: false, missing: false };
        map.next_value_seed(Object(&mut read))?;
        // Without its list of missing lines a file would be covered wholly.
        if !read.executed || !read.missing {
            return Err(A::Error::custom(format!("{name} has no `executed_lines` or no `missing_lines`")));
        }
        Ok(())
    }
}

impl Fields for File<'_> {
    fn field<'de, A: MapAccess<'de>>(&mut self, name: &str, map: &mut A) -> Result<(), A::Error> {
        let (profile, file) = (&mut *self.profile, self.file);
        match name {
            "executed_lines" => {
                self.executed = true;
                map.next_value_seed(each(|line: u64| profile.line(file, line, true, 0).map_err(why)))
            }
            "missing_lines" => {
                self.missing = true;
                map.next_value_seed(each(|line: u64| profile.line(file, line, false, 0).map_err(why)))
            }
            "executed_branches" => map.next_value_seed(each(|arm| branch(profile, file, arm, true))),
            "missing_branches" => map.next_value_seed(each(|arm| branch(profile, file, arm, false))),
            _ => map.next_value::<IgnoredAny>().map(|_| 0),
        }
        .map(|_| ())
    }
}

/// From a line to a line; one below 0 is the way out of the function that begins there.
fn branch(profile: &mut Profile, file: FileId, (from, to): (i64, i64), taken: bool) -> Result<(), String> {
    let measure = Measure { covered: u64::from(taken), total: 1 };
    profile.branch(file, from.unsigned_abs(), to.cast_unsigned(), measure, 0).map_err(why)
}

/// What is wrong, without the line of a text that JSON has none of: its reader knows where it is.
fn why(bad: BadReport) -> String {
    bad.why
}

#[cfg(test)]
mod tests {
    use super::*;

    fn report(files: &str, covered: u64, total: u64) -> String {
        format!(
            r#"{{"meta": {{"format": 3, "version": "7"}}, "files": {{{files}}}, "totals": {{"covered_lines": {covered}, "num_statements": {total}, "percent_covered": 99.9}}}}"#
        )
    }

    #[test]
    fn lines_count_and_branches_stand_beside_them() {
        let file = r#""a.py": {"executed_lines": [1, 2], "summary": {"covered_lines": 2}, "missing_lines": [4], "excluded_lines": [9], "executed_branches": [[2, 4]], "missing_branches": [[2, -1]], "functions": {"f": {"executed_lines": [4], "missing_lines": []}}, "classes": {}}, "e.py": {"executed_lines": [], "missing_lines": []}"#;
        let profile = read(report(file, 2, 3).as_bytes()).unwrap();
        assert_eq!(profile.total(), Measure { covered: 2, total: 3 });
        assert_eq!(profile.files()[0].branches, Measure { covered: 1, total: 2 });
        assert_eq!(profile.names().collect::<Vec<_>>(), ["a.py", "e.py"]);
    }

    #[test]
    fn what_proves_nothing_is_an_error() {
        let file = r#""a.py": {"executed_lines": [1], "missing_lines": []}"#;
        for (text, words) in [
            (report("", 0, 0), "no line"),
            (report(file, 1, 2), "its totals say that 1 of 2"),
            (report(r#""a.py": {"executed_lines": [1]}"#, 1, 1), "no `missing_lines`"),
            (report(r#""a.py": {"executed_lines": [0], "missing_lines": []}"#, 1, 1), "no line 0"),
            (report(r#""a.py": {"executed_lines": [-1], "missing_lines": []}"#, 1, 1), "integer `-1`"),
            (report(file, 1, 1).replace("3,", "3, \"timestamp\": \"12.05.26\","), "`12.05.26` is no time"),
            (report(file, 1, 1) + "{}", "trailing"),
            (r#"{"meta": {"format": 3}, "files": {}}"#.into(), "not whole"),
            (report(file, 1, 1)[..60].into(), "cut off"),
        ] {
            let bad = read(text.as_bytes()).unwrap_err();
            assert!(bad.why.contains(words), "{text}: {bad:?}");
        }
    }
}
