//! The JSON of coverage.py (nedbat/coveragepy, jsonreport.py).

use std::io::Read;

use serde::Deserialize;
use serde::de::{Error, IgnoredAny, MapAccess};

use super::measure::Measure;
use super::profile::{FileId, Profile};
use crate::formats::json::quick::{comma, integer, list, number, skip, whole};
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
    const QUICK: bool = true;

    fn begin(&mut self) {
        (self.executed, self.missing) = (false, false);
    }

    /// As [`Fields::field`]. What was taken before it gives up is taken again: of each line and branch the better
    /// counts, so that changes nothing.
    fn fields(&mut self, object: &str) -> bool {
        let read = whole(object.as_bytes(), |name, rest| match name {
            b"executed_lines" => {
                self.executed = true;
                self.lines(rest, true)
            }
            b"missing_lines" => {
                self.missing = true;
                self.lines(rest, false)
            }
            b"executed_branches" => self.branches(rest, true),
            b"missing_branches" => self.branches(rest, false),
            _ => skip(rest),
        });
        read.is_some()
    }

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

impl File<'_> {
    /// Takes a list of lines: what follows it.
    fn lines<'a>(&mut self, rest: &'a [u8], ran: bool) -> Option<&'a [u8]> {
        list(rest, |rest| {
            let (line, rest) = number(rest)?;
            self.profile.line(self.file, line, ran, 0).ok()?;
            Some(rest)
        })
    }

    /// Takes a list of branches: what follows it.
    fn branches<'a>(&mut self, rest: &'a [u8], taken: bool) -> Option<&'a [u8]> {
        list(rest, |rest| {
            let (from, rest) = integer(rest.strip_prefix(b"[")?)?;
            let (to, rest) = integer(comma(rest)?)?;
            branch(self.profile, self.file, (from, to), taken).ok()?;
            rest.strip_prefix(b"]")
        })
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
    use std::collections::BTreeMap;

    use proptest::prelude::*;
    use serde_json::json;

    use super::*;
    use crate::formats::CASES;

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

    /// All that is known of a profile.
    fn all(profile: &Profile) -> String {
        let branches: Vec<_> = profile.names().map(|name| profile.branches_of(&name)).collect();
        let lines: Vec<_> = profile.names().map(|name| profile.states_of(&name)).collect();
        format!("{:?} {lines:?} {branches:?}", profile.total())
    }

    proptest! {
        // Each case reads hundreds of kilobytes of blanks.
        #![proptest_config(ProptestConfig::with_cases(CASES / 10))]

        /// A report that is small enough is read field by field; with blanks in it all files together are too long to
        /// be held, and each of them is read by itself.
        #[test]
        fn what_is_taken_from_bytes_is_what_is_there(
            files in prop::collection::vec((lines(), lines(), branches(), branches(), any::<bool>()), 1..4),
            changes in prop::collection::vec(
                (any::<prop::sample::Index>(), prop::sample::select(b"\"\\{}[],: 0159.-te\xff".to_vec())),
                0..2,
            ),
        ) {
            let (mut known, mut text) = (BTreeMap::new(), Vec::new());
            for (index, (executed, missing, taken, left, pretty)) in files.into_iter().enumerate() {
                known.extend(executed.iter().map(|&line| ((index, line), true)));
                for &line in &missing {
                    known.entry((index, line)).or_insert(false);
                }
                let inner = json!({"": {"executed_lines": executed, "summary": {"percent_covered": 33.3}}});
                let file = json!({"executed_lines": executed, "summary": {"covered_lines": 1}, "missing_lines": missing,
                    "excluded_lines": [], "executed_branches": taken, "missing_branches": left, "functions": inner});
                let file = if pretty { format!("{file:#}") } else { file.to_string().replace([','], ", ") };
                text.push(format!("\"{index}.py\": {file}"));
            }
            let mut text = text.join(", ").into_bytes();
            for (at, byte) in changes {
                let at = at.index(text.len());
                text[at] = byte;
            }
            let covered = known.values().filter(|&&ran| ran).count() as u64;
            let whole = report("@", covered, known.len() as u64);
            let (begin, end) = whole.split_once('@').unwrap();
            let blanks = " ".repeat(300_000);
            let slow = read([begin.as_bytes(), &text, end.as_bytes()].concat().as_slice());
            let quick = read([begin.as_bytes(), &text, blanks.as_bytes(), end.as_bytes()].concat().as_slice());
            match (slow, quick) {
                (Ok(slow), Ok(quick)) => prop_assert_eq!(all(&slow), all(&quick)),
                (Err(_), Err(_)) => {}
                (slow, quick) => prop_assert!(false, "{:?} {:?}", slow.err(), quick.err()),
            }
        }
    }

    fn lines() -> impl Strategy<Value = Vec<u64>> {
        prop::collection::vec(1_u64..12, 0..6)
    }

    fn branches() -> impl Strategy<Value = Vec<(i64, i64)>> {
        prop::collection::vec((1_i64..12, -3_i64..12), 0..3)
    }

    #[test]
    fn what_is_taken_from_bytes_has_the_same_bounds() {
        // With blanks all files are too long to be held together, so each is read by itself.
        let file =
            |index: usize| format!(r#""{index}.py": {{"executed_lines": [16000000], "missing_lines": []}}"#);
        let files: Vec<String> = (0..10).map(file).collect();
        let whole = report(&(files.join(",") + &" ".repeat(300_000)), 10, 10);
        let bad = read(whole.as_bytes()).unwrap_err();
        assert!(bad.why.contains("more than 128000000 lines"), "{bad:?}");
    }

    #[test]
    fn what_is_taken_from_bytes_is_what_coverage_py_writes() {
        let taken = |object: &str| {
            let mut profile = Profile::default();
            let file = profile.file(b"a.py", 0).unwrap();
            let mut file = File { profile: &mut profile, file, executed: false, missing: false };
            let whole = file.fields(object) && file.executed && file.missing;
            (whole, profile.total())
        };
        let whole = r#"{"executed_lines": [2, 3], "summary": {"percent_covered": 66.7, "x": "y"}, "missing_lines": [1], "excluded_lines": [], "executed_branches": [[2, -1]], "classes": {"": {}}}"#;
        assert_eq!(taken(whole), (true, Measure { covered: 2, total: 3 }));
        for (from, to) in
            [("[2, 3]", "[2.0, 3]"), ("[2, 3]", "[0, 3]"), ("[1]", "[ 1]"), ("-1", "-0"), ("}}}", "}}")]
        {
            let text = whole.replacen(from, to, 1);
            assert!(text != whole && !taken(&text).0, "{text}");
        }
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
