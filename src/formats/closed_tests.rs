//! Every reader against everything that is no whole report of its own: not one passes.

use std::io::Cursor;

use super::coverage::Profile;
use super::findings::samples::{CLEAN, SAMPLES};
use super::samples::{COVERAGE, NOTHING, TESTS};
use super::tests::{Results, Verdict};
use super::{Format, Head, coverage, findings, looks_like, read, recognised, tests};

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

/// Where in a report something may be put: behind each brace that opens an object, or before each tag.
fn places(report: &str) -> Vec<usize> {
    if report.starts_with('<') {
        return report.match_indices('<').map(|(at, _)| at).collect();
    }
    let (mut string, mut escaped, mut places) = (false, false, Vec::new());
    for (at, byte) in report.bytes().enumerate() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if string => escaped = true,
            b'"' => string = !string,
            b'{' if !string && report.as_bytes().get(at + 1) == Some(&b'"') => places.push(at + 1),
            _ => {}
        }
    }
    places
}

/// What every reader says of its own report with something deep in it, wherever that is put.
fn deep_inside<T>(formats: &'static [Format<T>], reports: &[(&str, &str)]) {
    let member = |open: &str, close: &str, deep: usize| {
        format!("\"deep\":{}1{},", open.repeat(deep), close.repeat(deep))
    };
    let json = [
        member("[", "]", 1_000_000),
        member("{\"a\":", "}", 1_000_000),
        member("[", "", 1_000_000),
        // What is held whole.
        member("[", "]", 200),
        member("[[],{\"a\":", "}]", 64),
    ];
    let xml = ["<a>".repeat(1_000_000), "<a>".repeat(1_000_000) + &"</a>".repeat(1_000_000)];
    for (name, report) in reports.iter().filter(|(_, report)| report.starts_with(['<', '{', '['])) {
        let format = formats.iter().find(|format| format.name == *name).unwrap();
        let deep: &[String] = if report.starts_with('<') { &xml } else { &json };
        let mut told = 0;
        let all = places(report).into_iter().flat_map(|place| deep.iter().map(move |one| (place, one)));
        for (place, one) in all {
            let text = [&report[..place], one, &report[place..]].concat();
            let read = (format.read)(&mut text.as_bytes()).map(drop);
            let Err(bad) = read else {
                // A line that is no JSON is one that a test printed, and no event.
                assert!(name.starts_with("events") && *one == json[2], "{name} at {place}");
                continue;
            };
            told += usize::from(bad.why.contains("recursion limit") || bad.why.contains("deeper than"));
        }
        assert!(told >= deep.len(), "{name}: {told}");
    }
}

#[test]
fn a_million_levels_are_an_error_wherever_they_begin() {
    let findings: Vec<(&str, &str)> = SAMPLES.iter().map(|sample| (sample.format, sample.text)).collect();
    deep_inside(super::findings::FORMATS, &findings);
    deep_inside(coverage::FORMATS, COVERAGE);
    deep_inside(tests::FORMATS, TESTS);
}

#[test]
fn a_changed_byte_makes_no_reader_panic() {
    for (_, text) in COVERAGE.iter().chain(TESTS) {
        for at in 0..text.len() {
            // A third of them at each place: all of them everywhere take minutes, and the fuzzer has those.
            let others = [b'"', b'<', b'&', b'9', b'-', b'{', b'\n', 0xff, 0];
            for byte in others.into_iter().skip(at % 3).step_by(3) {
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

/// A mark of UTF-8 before a report changes nothing of it, neither of what it comes to nor of the place of what is
/// wrong; what is behind it or cut is no mark.
fn marked<T>(formats: &'static [Format<T>], reports: &[(&str, &str)], all: impl Fn(T) -> String) {
    for (name, text) in reports {
        let format = formats.iter().find(|format| format.name == *name);
        let format = format.unwrap_or_else(|| panic!("{name} is a format"));
        let told = |text: &[u8]| (format.read)(&mut Cursor::new(text)).map(&all);
        assert!(read(formats, "report", [b"\xef\xbb\xbf", text.as_bytes()].concat().as_slice()).is_ok());
        let text = text.as_bytes();
        let with = |mark: &[u8], text: &[u8]| told(&[mark, text].concat());
        assert!(with(b"\xef\xbb\xbf", text).is_ok(), "{name}");
        assert_eq!(with(b"\xef\xbb\xbf", text), told(text), "{name}");
        for end in 0..text.len() / 2 {
            assert_eq!(with(b"\xef\xbb\xbf", &text[..end]), told(&text[..end]), "{name} cut at {end}");
        }
        // Of these a line with anything else before it is one of a child or a remark, and is left out.
        if !name.contains("go test") && *name != "TAP" {
            assert_ne!(with(b"\xef\xbb\xbf\xef\xbb\xbf", text), told(text), "{name}");
        }
    }
}

#[test]
fn a_mark_before_a_report_is_no_part_of_it() {
    marked(coverage::FORMATS, COVERAGE, |all| format!("{:?} {:?}", all.files(), all.total()));
    marked(tests::FORMATS, TESTS, |all| format!("{all:?}"));
    let found: Vec<(&str, &str)> = SAMPLES.iter().map(|sample| (sample.format, sample.text)).collect();
    marked(findings::FORMATS, &found, |all| format!("{all:?}"));
}
