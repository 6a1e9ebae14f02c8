//! Every reader against everything that is no whole report of its own: not one passes.

use std::io::Cursor;

use super::coverage::Profile;
use super::findings::samples::{CLEAN, SAMPLES};
use super::samples::{COVERAGE, NOTHING, TESTS};
use super::tests::{Results, Verdict};
use super::{Format, Head, coverage, looks_like, read, recognised, tests};

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
    reports: &[(&str, &str)],
    others: &[(&str, &str)],
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
        let found = SAMPLES.iter().map(|sample| (sample.format, sample.text));
        for (other, text) in found.chain(CLEAN.iter().copied()) {
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
    closed(coverage::FORMATS, COVERAGE, TESTS, &["Go coverage profile", "LCOV tracefile"], covered);
}

#[test]
fn no_results_pass_that_are_none() {
    closed(tests::FORMATS, TESTS, COVERAGE, &[], good);
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
        // Whole documents, with what is deep where nobody looks.
        format!("{{\"x\":{}{},\"files\":{{}}}}", "[".repeat(deep), "]".repeat(deep)),
        format!(
            "{{\"Action\":\"pass\",\"Package\":\"m\",\"x\":{}1{}}}\n",
            "[".repeat(deep),
            "]".repeat(deep)
        ),
        format!("<coverage>{}{}</coverage>", "<a>".repeat(deep), "</a>".repeat(deep)),
        format!("<testsuite>{}{}</testsuite>", "<testsuite>".repeat(deep), "</testsuite>".repeat(deep)),
        format!("1..1\n{}ok 1\n", "    not ok 1 - x {\n".repeat(deep)),
        format!("1..1\n{}not ok 1\nok 1\n", " ".repeat(deep)),
        format!("<{}", "a".repeat(40_000_000)),
        format!("SF:{}", "a".repeat(4_000_000)),
        format!("SF:{}\nDA:1,1\nend_of_record\n", "a".repeat(20_000)),
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
    for (_, text) in COVERAGE.iter().chain(TESTS) {
        for at in 0..text.len() {
            for byte in [b'"', b'<', b'&', b'9', b'-', b'{', b'\n', 0xff, 0] {
                let mut bytes = text.as_bytes().to_vec();
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
