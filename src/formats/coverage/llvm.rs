//! The JSON of `llvm-cov export`, which cargo-llvm-cov hands on: type `llvm.coverage.json.export`.

use std::io::Read;

use serde::Deserialize;
use serde::de::{IgnoredAny, MapAccess};

use super::llvm_lines::{LinesOf, Segment};
use super::llvm_quick::{Told, told};
use super::measure::{Measure, Unit};
use super::profile::Profile;
use crate::formats::json::{self, Fields, Objects, each};
use crate::formats::{BadReport, Format};

/// The JSON of `llvm-cov export`.
pub const FORMAT: Format<Profile> = Format {
    name: "llvm-cov JSON",
    is: |head| head.holds("data[].files") || (head.holds("data[].functions") && head.holds("data[].totals")),
    read: |source| read(source),
};

/// The most lines that the segments may come to: two of them can span millions, and a file may come again and again.
const MOST_TOLD: u64 = 64_000_000;

#[derive(Default)]
struct Export {
    data: Data,
    kind: Option<String>,
}

#[derive(Default)]
struct Data {
    files: Files,
    /// Its totals: without them an object was cut out of the report.
    totals: Option<Totals>,
}

/// What the export sums up; of lines what its files' summaries come to.
#[derive(Debug, Clone, Copy, Default, Deserialize)]
#[serde(default)]
struct Totals {
    lines: TotalOf,
}

/// A sum, as far as it is there.
#[derive(Debug, Clone, Copy, Default, Deserialize)]
#[serde(default)]
struct TotalOf {
    count: Option<u64>,
    covered: Option<u64>,
}

#[derive(Default)]
struct Files {
    profile: Profile,
    /// How many lines were told of, each as often as it was.
    told: u64,
    /// What the summaries of this export's files say together; none where a file has no summary.
    summed: Option<Measure>,
    name: Option<String>,
    lines: LinesOf,
    segments: bool,
    summary: Option<Summary>,
}

#[derive(Debug, Clone, Copy, Deserialize)]
pub(super) struct Summary {
    lines: Count,
    branches: Option<Count>,
}

#[derive(Debug, Clone, Copy, Deserialize)]
struct Count {
    count: u64,
    covered: u64,
}

/// Reads an export. Lines count, each as llvm-cov itself shows it; where the export is of summaries only,
/// their lines. Instantiations of generics are one.
///
/// # Errors
///
/// If it cannot be read, is cut off, is of another type, holds no line, or its files come to something else than its
/// totals.
pub fn read(source: impl Read) -> Result<Profile, BadReport> {
    let mut export = Export::default();
    json::object(source, &mut export)?;
    if export.kind.as_deref() != Some("llvm.coverage.json.export") {
        return Err(BadReport::at(0, "its type is not `llvm.coverage.json.export`"));
    }
    if export.data.totals.is_none() {
        return Err(BadReport::at(0, "it has no `totals`: it is not whole"));
    }
    let profile = export.data.files.profile;
    if profile.total().total == 0 {
        return Err(BadReport::at(0, "it holds no line: nothing was measured"));
    }
    Ok(profile)
}

impl Fields for Export {
    fn field<'de, A: MapAccess<'de>>(&mut self, name: &str, map: &mut A) -> Result<(), A::Error> {
        match name {
            "data" => drop(map.next_value_seed(Objects(&mut self.data))?),
            "type" => self.kind = Some(map.next_value()?),
            _ => drop(map.next_value::<IgnoredAny>()?),
        }
        Ok(())
    }
}

impl Fields for Data {
    fn begin(&mut self) {
        self.totals = None;
        self.files.summed = Some(Measure::default());
    }

    fn end(&mut self) -> Result<(), String> {
        let Some(Totals { lines }) = self.totals else {
            return Err("it has no `totals`: it is not whole".into());
        };
        let Some(told) = self.files.summed else { return Ok(()) };
        let fits = |claimed: Option<u64>, told: u64| claimed.is_none_or(|claimed| claimed == told);
        if fits(lines.count, told.total) && fits(lines.covered, told.covered) {
            return Ok(());
        }
        let said = |count: Option<u64>| count.map_or_else(|| "?".to_owned(), |count| count.to_string());
        Err(format!(
            "its totals say that {} of {} lines are covered, its files say {} of {}: it contradicts itself",
            said(lines.covered),
            said(lines.count),
            told.covered,
            told.total
        ))
    }

    fn field<'de, A: MapAccess<'de>>(&mut self, name: &str, map: &mut A) -> Result<(), A::Error> {
        match name {
            "files" => drop(map.next_value_seed(Objects(&mut self.files))?),
            "totals" => self.totals = Some(map.next_value()?),
            _ => drop(map.next_value::<IgnoredAny>()?),
        }
        Ok(())
    }
}

impl Fields for Files {
    const QUICK: bool = true;

    fn fields(&mut self, object: &str) -> bool {
        let Some(Told { name, lines, summary }) = told(object) else { return false };
        self.segments = lines.is_some();
        (self.name, self.lines, self.summary) = (name, lines.unwrap_or_default(), summary);
        true
    }

    fn field<'de, A: MapAccess<'de>>(&mut self, name: &str, map: &mut A) -> Result<(), A::Error> {
        match name {
            "filename" => self.name = Some(map.next_value()?),
            "segments" => {
                self.segments = true;
                let lines = &mut self.lines;
                map.next_value_seed(each(|segment: Segment| lines.take(segment).map_err(|bad| bad.why)))?;
            }
            "summary" => self.summary = Some(map.next_value()?),
            _ => drop(map.next_value::<IgnoredAny>()?),
        }
        Ok(())
    }

    fn end(&mut self) -> Result<(), String> {
        self.file().map_err(|bad| bad.why)
    }
}

impl Files {
    /// A file has ended: its lines are known.
    fn file(&mut self) -> Result<(), BadReport> {
        let Some(name) = self.name.take().filter(|name| !name.is_empty()) else {
            return Err(BadReport::at(0, "a file has no `filename`"));
        };
        let lines = std::mem::take(&mut self.lines).done();
        let summary = self.summary.take();
        match (&mut self.summed, summary) {
            (Some(summed), Some(Summary { lines, .. })) => {
                *summed += Measure { covered: lines.covered, total: lines.count };
            }
            _ => self.summed = None,
        }
        let file = self.profile.file(name.as_bytes(), 0)?;
        match summary {
            _ if std::mem::take(&mut self.segments) => {
                self.profile.measured_by_line(file, 0)?;
                for (from, to, ran) in lines {
                    self.told += to - from + 1;
                    if self.told > MOST_TOLD {
                        return Err(BadReport::at(0, format!("it tells of more than {MOST_TOLD} lines")));
                    }
                    for line in from..=to {
                        self.profile.line(file, line, ran, 0)?;
                    }
                }
            }
            Some(summary) => {
                let measure = Measure { covered: summary.lines.covered, total: summary.lines.count };
                self.profile.totals(file, Unit::Lines, measure, 0)?;
            }
            None => return Err(BadReport::at(0, format!("{name} has neither `segments` nor a `summary`"))),
        }
        if let Some(Count { count, covered }) = summary.and_then(|summary| summary.branches)
            && covered <= count
        {
            self.profile.branch(file, 0, 0, Measure { covered, total: count }, 0)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn export(files: &str) -> String {
        summed(files, "")
    }

    fn summed(files: &str, lines: &str) -> String {
        format!(
            r#"{{"data":[{{"files":[{files}],"functions":[{{"name":"f","count":1}}],"totals":{{"lines":{{{lines}}}}}}}],"type":"llvm.coverage.json.export","version":"3.1.0"}}"#
        )
    }

    #[test]
    fn totals_are_those_of_the_files() {
        let file = |name: &str, covered: u64| {
            format!(r#"{{"filename":"{name}","summary":{{"lines":{{"count":8,"covered":{covered}}}}}}}"#)
        };
        let (a, b) = (file("a", 6), file("b", 8));
        let both = format!("{a},{b}");
        for lines in [r#""count":16,"covered":14,"percent":87.5"#, r#""count":16"#, ""] {
            assert!(read(summed(&both, lines).as_bytes()).is_ok(), "{lines}");
        }
        for (files, lines) in [(&a, r#""count":16,"covered":14"#), (&both, r#""count":16,"covered":16"#)] {
            let bad = read(summed(files, lines).as_bytes()).unwrap_err();
            assert!(bad.why.contains("its totals say"), "{files} {lines}: {bad:?}");
        }
        // Of a file without a summary nobody knows what its part was.
        let bare = format!(r#"{a},{{"filename":"b","segments":[[1,1,1,true,true,false]]}}"#);
        assert!(read(summed(&bare, r#""count":16,"covered":14"#).as_bytes()).is_ok());
        let one = r#"{"files":[FILE],"totals":{"lines":{"count":8,"covered":6}}}"#.replace("FILE", &a);
        let two = format!(r#"{{"data":[{one},{one}],"type":"llvm.coverage.json.export"}}"#);
        assert!(read(two.as_bytes()).is_ok());
        assert!(read(two.replacen("\"covered\":6}}}]", "\"covered\":7}}}]", 1).as_bytes()).is_err());
    }

    #[test]
    fn segments_that_span_millions_of_lines_are_bounded() {
        let far = r#"{"filename":"a","segments":[[1,1,1,true,true,false],[16000000,1,0,false,false,false]]}"#;
        assert_eq!(read(export(far).as_bytes()).unwrap().total().total, 16_000_000);
        let again = [far; 5].join(",");
        let bad = read(export(&again).as_bytes()).unwrap_err();
        assert!(bad.why.contains("more than 64000000 lines"), "{bad:?}");
    }

    #[test]
    fn lines_are_those_that_llvm_shows() {
        // fn a() { of line 1 ran, a closure in lines 3 to 4 did not, line 6 is skipped, line 8 ends it.
        let text = export(
            r#"{"branches":[],"filename":"/x/a.rs","segments":[[1,1,5,true,true,false],[3,9,0,true,true,false],[4,6,5,true,false,false],[6,1,0,false,true,false],[7,1,5,true,false,false],[8,2,0,false,false]],"summary":{"lines":{"count":99,"covered":1},"branches":{"count":4,"covered":3}}}"#,
        );
        let profile = read(text.as_bytes()).unwrap();
        let lines = profile.lines_of("/x/a.rs");
        // Line 3 begins in what ran; line 4 does not.
        let wanted = [(1, true), (2, true), (3, true), (4, false), (5, true), (8, true)];
        assert_eq!(lines.into_iter().collect::<Vec<_>>(), wanted);
        assert_eq!(profile.files()[0].branches, Measure { covered: 3, total: 4 });
    }

    #[test]
    fn a_summary_alone_gives_totals() {
        let text = export(r#"{"filename":"a.c","summary":{"lines":{"count":8,"covered":6,"percent":75}}}"#);
        let file = read(text.as_bytes()).unwrap().files().remove(0);
        assert_eq!((file.measure, file.gaps.len()), (Measure { covered: 6, total: 8 }, 0));
    }

    #[test]
    fn what_proves_nothing_is_an_error() {
        let one = r#"{"filename":"a","segments":[[1,1,1,true,true,false]]}"#;
        for (text, words) in [
            (export(""), "no line"),
            (export(one).replace("llvm.coverage", "other"), "its type"),
            (export(one).replace("\"totals\"", "\"t\""), "no `totals`"),
            (export(r#"{"segments":[[1,1,1,true,true,false]]}"#), "no `filename`"),
            (export(r#"{"filename":"a"}"#), "neither"),
            (export(r#"{"filename":"a","segments":[[1,1,1]]}"#), "too few"),
            (export(r#"{"filename":"a","segments":[[2,1,1,true,true],[1,1,1,true,true]]}"#), "out of order"),
            (
                export(r#"{"filename":"a","segments":[[1,1,1,true,true],[99999999999,1,1,true,true]]}"#),
                "no line",
            ),
            (export(one)[..80].into(), "cut off"),
        ] {
            let bad = read(text.as_bytes()).unwrap_err();
            assert!(bad.why.contains(words), "{text}: {bad:?}");
        }
    }
}
