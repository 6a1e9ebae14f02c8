//! JUnit's XML in its dialects.

use super::junit::read;
use super::results::{Failure, Results, Verdict};
use crate::formats::Made;

fn good(text: &str) -> Results {
    read(text.as_bytes()).unwrap()
}

#[test]
fn tests_are_counted_and_not_believed() {
    let results = good(
        "<?xml version='1.0'?><testsuites tests='59' failures='0' errors='1'><testsuite name='s' tests='9'>\
         <testcase name='a' classname='c' time='1,234.5'/><testcase name='b' time=''><skipped/></testcase></testsuite></testsuites>",
    );
    assert_eq!((results.passed(), results.skipped()), (1, 1));
    assert_eq!(results.verdict(), Verdict::Fail, "an error that no test tells of is one");
    let failures: Vec<_> =
        results.failures().map(|(name, _, failure)| (name, failure.output.as_str())).collect();
    assert_eq!(failures, [("tests", "its attributes say that 1 failed, its tests say 0\n")]);
}

#[test]
fn failures_are_found_however_deep_and_counted_once() {
    let results = good(
        "<testsuites failures='1'><testsuite name='a' failures='1'><testsuite name='b' failures='1' errors=''>\
         <testcase name='x' classname='k'><failure message='m&amp;n'><![CDATA[line 1\n]]>line &lt;2</failure><failure/></testcase><testcase name='y'/></testsuite></testsuite></testsuites>",
    );
    let failures: Vec<_> = results.failures().collect();
    assert_eq!(failures.len(), 1);
    assert_eq!(failures[0].0, "b");
    assert_eq!(failures[0].2, &Failure { test: "k x".into(), output: "m&n\nline 1\nline <2\n".into() });
}

#[test]
fn dialects() {
    for (case, passed, skipped, failed, flaky) in [
        ("<testcase name='a'/>", 1, 0, 0, 0),
        ("<testcase name='a'><error/></testcase>", 0, 0, 1, 0),
        ("<testcase name='a'><rerunFailure/></testcase>", 0, 0, 1, 0),
        ("<testcase name='a'><flakyFailure message='x'>y</flakyFailure></testcase>", 1, 0, 0, 1),
        ("<testcase name='a'><flakyError/><failure/></testcase>", 0, 0, 1, 0),
        ("<testcase name='a' status='disabled'/>", 0, 1, 0, 0),
        ("<testcase name='a' status='run' result='ignored'/>", 0, 1, 0, 0),
        ("<testcase name='a' status='FAILED'/>", 0, 0, 1, 0),
        ("<testcase name='a' status='errored'/>", 0, 0, 1, 0),
        ("<testcase name='a' result='TimedOut '/>", 0, 0, 1, 0),
        ("<testcase name='a' status='Passed' result='completed'/>", 1, 0, 0, 0),
        ("<testcase name='a' status='regression'/>", 0, 0, 1, 0),
        ("<testcase name='a' success='False'/>", 0, 0, 1, 0),
        ("<testcase name='a' success='True'/>", 1, 0, 0, 0),
        ("<testcase name='a' passed='false'/>", 0, 0, 1, 0),
        ("<testcase name='a' passed='yes' outcome='ok'/>", 1, 0, 0, 0),
        ("<testcase name='a' outcome='failed'/>", 0, 0, 1, 0),
        ("<testsuite name='t' status='Failed'><testcase name='a'/></testsuite>", 1, 0, 1, 0),
        ("<testcase name='a' result='xfail'/>", 1, 0, 0, 0),
        ("<testcase name='a' result='xpass'/>", 0, 0, 1, 0),
        ("<testcase name='a' status='not run'/>", 0, 1, 0, 0),
        ("<testcase name='a' status='KO'><failure/></testcase>", 0, 0, 1, 0),
        ("<testcase name='a' status='KO'><skipped/></testcase>", 0, 1, 0, 0),
        (
            "<testcase name='a'><system-out>failure</system-out><properties><property name='failure'/></properties></testcase>",
            1,
            0,
            0,
            0,
        ),
        ("<error message='set-up'/>", 0, 0, 1, 0),
        ("<testcase name='a'><skipped/><failure/></testcase>", 0, 0, 1, 0),
        ("<testcase name='a'><skipped type='todo'/><failure/></testcase>", 0, 1, 0, 0),
    ] {
        let results = good(&format!("<testsuite name='s'>{case}</testsuite>"));
        let counted =
            (results.passed(), results.skipped(), results.failures().count(), results.flaky().count());
        assert_eq!(counted, (passed, skipped, failed, flaky), "{case}");
    }
}

#[test]
fn the_oldest_suite_tells_how_old_the_report_is() {
    let results = good(
        "<testsuites timestamp='2026-05-01T08:00:00Z'><testsuite name='s' timestamp='2026-04-01T08:00:00Z'>\
         <testcase name='a'/></testsuite><testsuite timestamp=''/></testsuites>",
    );
    let of = Made::of;
    assert_eq!(results.made, Made::and(of("2026-04-01T08:00:00Z"), of("2026-05-01T08:00:00Z")));
    let results = good(
        "<testsuite name='s' timestamp='2026-05-01T08:00:00Z'><testcase name='a' timestamp='2026-03-01T08:00:00Z'/></testsuite>",
    );
    assert_eq!(results.made, Made::and(of("2026-03-01T08:00:00Z"), of("2026-05-01T08:00:00Z")));
}

#[test]
fn a_time_that_cannot_be_read_is_told_with_its_place() {
    let bad = |text: &str| read(text.as_bytes()).unwrap_err();
    let case = bad("<testsuite name='s'>\n<testcase name='a' time='soon'/></testsuite>");
    assert_eq!((case.line, case.why.as_str()), (2, "`soon` in `time` is no time"));
    let suite = bad("<testsuites>\n\n<testsuite name='s' timestamp='yesterday'/></testsuites>");
    assert_eq!((suite.line, suite.why.as_str()), (3, "`yesterday` in `timestamp` is no time"));
    assert!(bad("<testsuite name='s' timestamp='2016'/>").why.contains("`2016` in `timestamp`"));
    for time in ["1,234.5", "", " ", "0", "-0.001", "1e-3"] {
        good(&format!("<testsuite name='s'><testcase name='a' time='{time}'/></testsuite>"));
    }
    for time in
        ["2026-11-21T11:35:11.220395+00:00", "2026-11-21T11:35:11", "1970-01-01T00:00:00Z", "1795260911"]
    {
        good(&format!("<testsuite name='s' timestamp='{time}'><testcase name='a'/></testsuite>"));
    }
}

#[test]
fn words_that_nobody_knows_are_no_evidence() {
    for word in ["KO", "not ok", "passed?"] {
        let text = format!("<testsuite name='s'>\n<testcase name='a' status='{word}'/></testsuite>");
        let bad = read(text.as_bytes()).unwrap_err();
        let why = format!("`{}` in `status` is no known word for how a test ended", word.to_lowercase());
        assert_eq!((bad.line, bad.why), (2, why));
        let text = text.replace("status=", "success=");
        assert!(read(text.as_bytes()).unwrap_err().why.contains("in `success` is no known word"), "{text}");
    }
}

#[test]
fn what_may_be_a_failure_by_another_name_never_passes() {
    let of = |attribute: &str, inside: &str| {
        format!(
            "<testsuites><testcase name='b'/>\n<testcase name='a' {attribute}>{inside}</testcase></testsuites>"
        )
    };
    for name in ["failed", "Failure", "errors", "problem", "timeout"] {
        let bad = read(of("", &format!("<{name}/>")).as_bytes()).unwrap_err();
        assert!(bad.line == 2 && bad.why.starts_with(&format!("<{name}> is no known element")), "{bad:?}");
    }
    for attribute in ["failure='x'", "error='x'"] {
        assert_eq!(good(&of(attribute, "")).verdict(), Verdict::Fail, "{attribute}");
    }
    for inside in ["<system-err/>", "<properties><property name='failed'/></properties>"] {
        assert_eq!(good(&of("failure=''", inside)).verdict(), Verdict::Pass, "{inside}");
    }
}

#[test]
fn what_ctest_could_not_start_failed() {
    let of = |why: &str| {
        format!(
            "<testsuite name='c' tests='2' failures='0' skipped='1'><testcase name='b' status='run'/><testcase name='a' status='notrun'><skipped message='{why}'/></testcase></testsuite>"
        )
    };
    for why in ["Unable to find executable", "Fixture dependency failed"] {
        let results = good(&of(why));
        assert_eq!(results.verdict(), Verdict::Fail, "{why}");
        assert!(results.failures().next().unwrap().2.output.contains(why));
    }
    for why in ["SKIP_RETURN_CODE=1", "SKIP_REGULAR_EXPRESSION_MATCHED", ""] {
        assert_eq!(good(&of(why)).verdict(), Verdict::Pass, "{why}");
    }
}

#[test]
fn what_is_broken_or_empty_never_passes() {
    for text in [
        "",
        "<testsuites>",
        "<testsuite name='s'><testcase name='a'/>",
        "<testsuite name='s'><testcase name='a'><system-out><![CDATA[x</testcase></testsuite>",
        "<testsuite><testcase name='a'><testcase name='b'/></testcase></testsuite>",
        "<testsuite><testcase/></testsuite>",
        "<testsuite failures='many'><testcase name='a'/></testsuite>",
        "<testsuite name='s'><testcase name='\u{1}&#0;'/></testsuite></x>",
    ] {
        assert!(read(text.as_bytes()).is_err(), "{text}");
    }
    for text in ["<testsuites/>", "<testsuite tests='5'/>"] {
        assert_ne!(good(text).verdict(), Verdict::Pass, "{text}");
    }
}
