//! Reports that the real tools wrote (`tests/corpus/make-reports`), with the integers that they told.

use super::coverage::{self, FileCoverage, Measure};
use super::read;
use super::tests::{self, Verdict};

/// What the tools said of their own reports.
const SAID: &str = include_str!("../../tests/corpus/reports/said.txt");

fn said(tool: &str) -> &'static str {
    SAID.lines().find_map(|line| line.strip_prefix(tool)?.strip_prefix(": ")).unwrap().trim()
}

fn files(wanted: &str, report: &[u8]) -> Vec<FileCoverage> {
    let (found, profile) = read(coverage::FORMATS, "coverage report", report).unwrap();
    assert_eq!(found, wanted);
    profile.files()
}

fn total(files: &[FileCoverage]) -> (Measure, Measure) {
    files.iter().fold(Default::default(), |(mut lines, mut branches), file| {
        lines += file.measure;
        branches += file.branches;
        (lines, branches)
    })
}

#[test]
fn coverage_py_tells_the_same_in_three_formats() {
    let reports = [
        ("coverage.py JSON", include_bytes!("../../tests/corpus/reports/py.json").as_slice()),
        ("LCOV tracefile", include_bytes!("../../tests/corpus/reports/py.info")),
        ("Cobertura XML", include_bytes!("../../tests/corpus/reports/py.xml")),
    ];
    for (format, report) in reports {
        let files = files(format, report);
        let (lines, branches) = total(&files);
        let ours = format!(
            "{} of {} lines, {} of {} branches",
            lines.covered, lines.total, branches.covered, branches.total
        );
        assert_eq!(ours, said("coverage.py"), "{format}");
        let names: Vec<&str> = files.iter().map(|file| file.name.as_str()).collect();
        assert_eq!(names, ["shop/never.py", "shop/price.py"], "{format}");
        assert_eq!(files[1].gaps.iter().map(|gap| (gap.from, gap.to)).collect::<Vec<_>>(), [(3, 3), (9, 9)]);
    }
}

#[test]
fn go_tool_cover_tells_the_same() {
    let files = files("Go coverage profile", include_bytes!("../../tests/corpus/reports/go.out"));
    let Measure { covered, total } = total(&files).0;
    assert_eq!((covered, total), (5, 8));
    let tenths = covered * 1000 / total;
    assert_eq!(format!("{}.{}%", tenths / 10, tenths % 10), said("go tool cover"));
}

#[test]
fn node_tells_the_same_in_junit_and_tap() {
    let junit =
        read(tests::FORMATS, "report of tests", &include_bytes!("../../tests/corpus/reports/node.junit")[..]);
    let (format, junit) = junit.unwrap();
    assert_eq!(format, "JUnit XML");
    let counts = (junit.passed(), junit.failures().count(), junit.skipped());
    assert_eq!(said("node --test"), "pass 1 fail 1 skipped 1 todo 1");
    assert_eq!(counts, (1, 1, 2));
    // TAP has the suite for a test, since only its subtests are told inside of it.
    let tap =
        read(tests::FORMATS, "report of tests", &include_bytes!("../../tests/corpus/reports/node.tap")[..]);
    let (format, tap) = tap.unwrap();
    assert_eq!((format, tap.verdict()), ("TAP", Verdict::Fail));
    assert_eq!((tap.passed(), tap.failures().count(), tap.skipped()), (0, 1, 2));
    let files = files("LCOV tracefile", include_bytes!("../../tests/corpus/reports/node.info"));
    assert_eq!(files[0].measure, Measure { covered: 4, total: 6 });
}

#[test]
fn pytest_passes() {
    let report = include_bytes!("../../tests/corpus/reports/pytest.xml");
    let (format, results) = read(tests::FORMATS, "report of tests", &report[..]).unwrap();
    assert_eq!((format, results.verdict()), ("JUnit XML", Verdict::Pass));
    assert_eq!((results.passed(), results.skipped()), (2, 2));
}
