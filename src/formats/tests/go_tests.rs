//! What the events of `go test -json` come to.

use super::go::read;
use super::{Failure, Results, Verdict};

fn events(lines: &[&str]) -> Results {
    read(lines.join("\n").as_bytes()).unwrap()
}

const START: &str = r#"{"Action":"start","Package":"m"}"#;
const RUN: &str = r#"{"Action":"run","Package":"m","Test":"T"}"#;
const PASS: &str = r#"{"Action":"pass","Package":"m","Test":"T","Elapsed":0}"#;
const FAIL: &str = r#"{"Action":"fail","Package":"m","Test":"T","Elapsed":0}"#;
const END: &str = r#"{"Action":"pass","Package":"m","Elapsed":0.1}"#;
const BAD_END: &str = r#"{"Action":"fail","Package":"m","Elapsed":0.1}"#;

#[test]
fn passes_only_with_a_test_and_an_end() {
    let good = events(&[START, RUN, PASS, END]);
    assert_eq!((good.verdict(), good.passed()), (Verdict::Pass, 1));
    assert_eq!(events(&[START, END]).verdict(), Verdict::NoEvidence("no test ran".into()));
    assert_eq!(events(&[START, RUN, PASS]).verdict(), Verdict::NoEvidence("the report ends before m".into()));
    assert_eq!(
        events(&[START, RUN, r#"{"Action":"skip","Package":"m","Test":"T"}"#, END]).verdict(),
        Verdict::NoEvidence("no test ran".into())
    );
}

#[test]
fn a_package_can_fail_though_its_tests_passed() {
    let out = r#"{"Action":"output","Package":"m","Output":"exit status 3\n"}"#;
    let results = events(&[START, RUN, PASS, out, BAD_END]);
    assert_eq!(results.verdict(), Verdict::Fail);
    assert_eq!(
        results.packages["m"].failures,
        [Failure { test: String::new(), output: "exit status 3\n".into() }]
    );
}

#[test]
fn a_failed_test_keeps_its_output() {
    let out = r#"{"Action":"output","Package":"m","Test":"T","Output":"    a_test.go:7: no\n"}"#;
    for lines in [vec![START, RUN, out, FAIL, BAD_END], vec![START, RUN, out, FAIL, END]] {
        let results = events(&lines);
        assert_eq!(results.verdict(), Verdict::Fail);
        assert_eq!(
            results.packages["m"].failures,
            [Failure { test: "T".into(), output: "    a_test.go:7: no\n".into() }]
        );
    }
}

#[test]
fn a_test_without_an_end_failed() {
    for lines in [vec![START, RUN, BAD_END], vec![START, RUN, END], vec![START, RUN]] {
        let results = events(&lines);
        assert_eq!(results.verdict(), Verdict::Fail, "{lines:?}");
        assert!(results.packages["m"].failures[0].output.contains("did not end"));
    }
}

#[test]
fn a_failed_build_fails() {
    let out =
        r#"{"ImportPath":"m [m.test]","Action":"build-output","Output":"./a_test.go:3:1: syntax error\n"}"#;
    let fail = r#"{"ImportPath":"m [m.test]","Action":"build-fail"}"#;
    let end = r#"{"Action":"fail","Package":"m","Elapsed":0,"FailedBuild":"m [m.test]"}"#;
    for lines in [vec![out, fail, START, end], vec![out, fail], vec![START, end]] {
        let results = events(&lines);
        assert_eq!(results.verdict(), Verdict::Fail, "{lines:?}");
        assert!(results.packages["m"].unbuilt);
    }
    assert!(events(&[out, fail, START, end]).packages["m"].failures[0].output.contains("syntax error"));
}

#[test]
fn a_package_that_older_versions_of_go_could_not_build_fails() {
    for why in ["[setup failed]", "[build failed]"] {
        let results = events(&[START, RUN, PASS, END, &format!("FAIL\tm/x {why}")]);
        assert!(results.verdict() == Verdict::Fail && results.packages["m/x"].unbuilt);
    }
    // Tested past the tool.
    let results = events(&[START, RUN, PASS, END, "FAIL\tm/x\t0.01s"]);
    assert!(results.verdict() == Verdict::Fail && !results.packages["m/x"].unbuilt);
    assert_eq!(results.packages["m/x"].failures[0].output, "0.01s");
}

#[test]
fn lines_of_others_are_left_out() {
    let all =
        events(&["# m", "ok  \tm\t0.1s", "FAIL m", START, RUN, "{\"other\":\"pa", "::error::x", PASS, END]);
    assert_eq!((all.verdict(), all.packages.len()), (Verdict::Pass, 1));
}

#[test]
fn what_the_command_says_at_its_end_counts() {
    let passed = [START, RUN, PASS, END];
    let told = events(&[&passed[..], &["FAIL"]].concat()).verdict();
    assert_eq!(
        told,
        Verdict::NoEvidence("it contradicts itself: `FAIL` stands in it, and nothing in it failed".into())
    );
    let failed = events(&[&passed[..], &["FAIL\tm/x [setup failed]", "FAIL"]].concat());
    assert!(failed.verdict() == Verdict::Fail && failed.contradictions.is_empty());
}

#[test]
fn an_event_of_no_package_proves_nothing() {
    for end in [r#"{"Action":"fail"}"#, r#"{"Action":"fail","Test":"U"}"#, r#"{"Action":"pass"}"#] {
        let bad = read([START, RUN, PASS, END, end, ""].join("\n").as_bytes()).unwrap_err();
        assert!(bad.line == 5 && bad.why.contains("names no package"), "{end}: {bad:?}");
    }
}

#[test]
fn a_torn_event_is_no_line_of_others() {
    for torn in
        ["{\"Action\":\"fail\",\"Package\":\"m/b\",\"Te", "{\"Time\":\"2026-01-01T", "{", "{\"Ac", "\0\0\0"]
    {
        let text = [START, RUN, PASS, END, torn].join("\n");
        assert!(read(text.as_bytes()).unwrap_err().why.contains("torn"), "{torn}");
    }
}

#[test]
fn other_reports_prove_nothing() {
    for text in [
        "",
        "\n",
        "null",
        "[]",
        "<testsuites/>",
        "<html>",
        "mode: set\na.go:1.1,2.2 1 1\n",
        "{}",
        "{\"a\":1}",
        "ok  \tm\t0.1s\n",
        "{\"Action\":7}",
    ] {
        assert!(read(text.as_bytes()).is_err(), "{text}");
    }
    let deep = "{\"Action\":".to_owned() + &"[".repeat(100_000);
    assert!(read(deep.as_bytes()).is_err());
}

#[test]
fn a_cut_report_never_passes() {
    let pass_u = PASS.replace("\"T\"", "\"U\"");
    let lines = [START, RUN, PASS, r#"{"Action":"run","Package":"m","Test":"U"}"#, &pass_u, END];
    let one = lines.join("\n");
    for (whole, from) in [(one.clone(), 0), (format!("{one}\n{one}"), one.len() + 2)] {
        assert_eq!(events(&[&whole]).verdict(), Verdict::Pass);
        for end in from..whole.len() {
            let passes =
                read(&whole.as_bytes()[..end]).is_ok_and(|results| results.verdict() == Verdict::Pass);
            assert!(!passes, "{}", &whole[..end]);
        }
    }
    // The first run was killed between two events.
    for end in 1..lines.len() {
        let joined = events(&[&lines[..end], &lines[..]].concat());
        assert_eq!(joined.verdict(), Verdict::Fail, "{end}");
    }
    // Before Go 1.20 packages ended only.
    let joined = [RUN, PASS, END, RUN, PASS];
    assert_eq!(events(&joined).verdict(), Verdict::NoEvidence("the report ends before m".into()));
}
