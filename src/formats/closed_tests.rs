//! Every reader against everything that is no whole report of its own: not one passes.

use std::io::Cursor;

use super::coverage::Profile;
use super::tests::{Results, Verdict};
use super::{Format, Head, coverage, looks_like, read, recognised, tests};

/// A whole report of each format, with one covered line or passed test at least.
fn coverage_reports() -> Vec<(&'static str, String)> {
    vec![
        ("Go coverage profile", "mode: set\nm/a.go:1.1,2.2 2 1\nm/a.go:3.1,4.2 1 0\nm/b.go:1.1,2.2 3 1\n".into()),
        (
            "LCOV tracefile",
            "TN:\nSF:a.c\nDA:1,1\nDA:2,0\nend_of_record\nSF:b.c\nDA:10,1\nend_of_record\n".into(),
        ),
        (
            "Clover XML",
            "<coverage generated='1'><project><file name='a'><line num='1' type='stmt' count='1'/></file></project></coverage>\n".into(),
        ),
        (
            "Cobertura XML",
            "<coverage line-rate='1'><packages><package><classes><class filename='a'><lines><line number='1' hits='1'/></lines></class></classes></package></packages></coverage>\n".into(),
        ),
        (
            "JaCoCo XML",
            "<report name='r'><package name='p'><sourcefile name='A.java'><line nr='1' mi='0' ci='1'/></sourcefile></package></report>\n".into(),
        ),
        (
            "coverage.py JSON",
            r#"{"meta":{"format":3},"files":{"a.py":{"executed_lines":[1,2],"missing_lines":[3]}},"totals":{"covered_lines":2,"num_statements":3}}"#.into(),
        ),
        (
            "llvm-cov JSON",
            r#"{"data":[{"files":[{"filename":"a.rs","segments":[[1,1,1,true,true,false],[2,1,0,false,false,false]]}],"totals":{}}],"type":"llvm.coverage.json.export","version":"3.0.1"}"#.into(),
        ),
        (
            "Istanbul JSON summary",
            r#"{"total":{"lines":{"total":3,"covered":2}},"/x/a.ts":{"lines":{"total":3,"covered":2}}}"#.into(),
        ),
    ]
}

fn test_reports() -> Vec<(&'static str, String)> {
    vec![
        (
            "events of `go test -json`",
            "{\"Action\":\"start\",\"Package\":\"m\"}\n{\"Action\":\"run\",\"Package\":\"m\",\"Test\":\"T\"}\n{\"Action\":\"pass\",\"Package\":\"m\",\"Test\":\"T\"}\n{\"Action\":\"pass\",\"Package\":\"m\"}\n".into(),
        ),
        ("JUnit XML", "<testsuites><testsuite name='s'><testcase name='a' classname='c'/></testsuite></testsuites>\n".into()),
        ("TAP", "TAP version 13\n1..2\nok 1 - a\nok 2 - b\n".into()),
    ]
}

/// What is no report of anything.
const NOTHING: [&str; 9] = [
    "",
    "\n",
    "null",
    "[]",
    "{}",
    "0",
    "<!DOCTYPE html>\n<html><head><title>502 Bad Gateway</title></head><body>x</body></html>\n",
    "{\"message\":\"Not Found\",\"documentation_url\":\"https://docs.example\",\"status\":\"404\"}",
    "Error: Process completed with exit code 1.\n",
];

/// Whether a reader would let this pass, and how much it holds then.
fn passes<T>(format: &Format<T>, text: &[u8], holds: impl Fn(&T) -> Option<u64>) -> Option<u64> {
    (format.read)(&mut Cursor::new(text)).ok().and_then(|report| holds(&report))
}

fn covered(profile: &Profile) -> Option<u64> {
    let total = profile.total();
    assert!(total.covered <= total.total);
    (total.total > 0).then_some(total.total)
}

fn good(results: &Results) -> Option<u64> {
    (results.verdict() == Verdict::Pass).then(|| results.passed())
}

/// `endless` formats have no mark at their end.
fn closed<T>(
    formats: &'static [Format<T>],
    reports: &[(&str, String)],
    others: &[(&str, String)],
    endless: &[&str],
    holds: impl Fn(&T) -> Option<u64> + Copy,
) {
    assert_eq!(formats.len(), reports.len(), "each format has a report here");
    for (format, (name, own)) in formats.iter().zip(reports) {
        assert_eq!(&format.name, name);
        let whole = passes(format, own.as_bytes(), holds).unwrap_or_else(|| panic!("{name} is good"));
        assert_eq!(looks_like(own.as_bytes()), *name, "one of its reports is recognised");
        assert!(read(formats, "report", own.as_bytes()).is_ok_and(|(found, _)| found == *name));
        for text in NOTHING {
            assert_eq!(passes(format, text.as_bytes(), holds), None, "{name}: {text}");
            assert_eq!(recognised(&Head::of(text.as_bytes())), None, "{text}");
        }
        for (other, text) in reports.iter().chain(others).filter(|(other, _)| other != name) {
            assert_eq!(passes(format, text.as_bytes(), holds), None, "{name} took a report of {other}");
        }
        // At each byte, which is more than each 1/64.
        for end in 0..own.trim_end().len() {
            let cut = passes(format, &own.as_bytes()[..end], holds);
            if endless.contains(name) {
                assert!(cut.is_none_or(|cut| cut <= whole), "{name} cut at {end}");
            } else {
                assert_eq!(cut, None, "{name} cut at {end}");
            }
        }
    }
}

#[test]
fn no_coverage_passes_that_is_none() {
    closed(
        coverage::FORMATS,
        &coverage_reports(),
        &test_reports(),
        &["Go coverage profile", "LCOV tracefile"],
        covered,
    );
}

#[test]
fn no_results_pass_that_are_none() {
    closed(tests::FORMATS, &test_reports(), &coverage_reports(), &[], good);
}

#[test]
fn hostile_nesting_and_entities_end_in_an_error() {
    let deep = 1_000_000;
    let bomb = "<!DOCTYPE coverage [<!ENTITY a \"aaaaaaaaaa\"><!ENTITY b \"&a;&a;&a;&a;&a;&a;&a;&a;\">]><coverage>&b;</coverage>";
    let outside = "<!DOCTYPE testsuites SYSTEM \"file:///etc/passwd\"><testsuites>&xxe;</testsuites>";
    for text in [
        bomb.to_owned(),
        outside.to_owned(),
        "<a>".repeat(deep),
        format!("{{\"meta\":{{\"format\":{}", "[".repeat(deep)),
        format!("{{\"files\":{}", "{\"a\":".repeat(deep)),
        format!("{{\"data\":{}", "[".repeat(deep)),
        format!("{{\"data\":[{{\"files\":[{{\"x\":{}", "[".repeat(deep)),
        format!("{{\"total\":{{\"lines\":{}", "[".repeat(deep)),
        format!("<{}", "a".repeat(40_000_000)),
        format!("SF:{}", "a".repeat(4_000_000)),
    ] {
        for format in coverage::FORMATS {
            assert_eq!(passes(format, text.as_bytes(), covered), None, "{}", format.name);
        }
        for format in tests::FORMATS {
            assert_eq!(passes(format, text.as_bytes(), good), None, "{}", format.name);
        }
    }
}

#[test]
fn a_changed_byte_makes_no_reader_panic() {
    for (_, text) in coverage_reports().into_iter().chain(test_reports()) {
        for at in 0..text.len() {
            for byte in [b'"', b'<', b'&', b'9', b'-', b'{', b'\n', 0xff, 0] {
                let mut bytes = text.clone().into_bytes();
                bytes[at] = byte;
                for format in coverage::FORMATS {
                    passes(format, &bytes, covered);
                }
                for format in tests::FORMATS {
                    passes(format, &bytes, good);
                }
            }
        }
    }
}
