//! What is beyond a limit is counted or refused, and is told with its place.

use std::fmt::Write as _;

use super::tests::{FORMATS, Results, Verdict};
use super::{BadReport, coverage, read};

/// More than are told one by one.
const MANY: usize = 30_000;

fn results(text: &str) -> Result<Results, BadReport> {
    read(FORMATS, "report of tests", text.as_bytes()).map(|(_, results)| results)
}

/// The text of `begin`, of each of so many, and of `end`.
fn many(begin: &str, each: impl Fn(usize) -> String, end: &str) -> String {
    let mut text = begin.to_owned();
    (0..MANY).for_each(|one| text += &each(one));
    text + end
}

#[test]
fn failures_without_end_are_counted_and_not_all_kept() {
    let event = |action: &str, test: &str| format!("{{\"Action\":\"{action}\",\"Package\":\"m\"{test}}}\n");
    let go = |one: usize| {
        let test = format!(",\"Test\":\"T{one}\"");
        event("run", &test) + &event("fail", &test)
    };
    let case = |one: usize| format!("<testcase name='t{one}'><failure/></testcase>");
    let flaky = |one: usize| format!("<testcase name='t{one}'><flakyFailure/></testcase>");
    let suite = |one: usize| format!("<testsuite name='s{one}'>{}</testsuite>", case(one));
    let not_ok = |one: usize| format!("not ok {} - t{one}\n", one + 1);
    for (text, packages) in [
        (many(&event("start", ""), go, &event("fail", "")), 1),
        (many("<testsuites><testsuite name='s'>", case, "</testsuite></testsuites>"), 1),
        (many("<testsuites>", suite, "</testsuites>"), 20_001),
        (many(&format!("1..{MANY}\n"), not_ok, ""), 1),
    ] {
        let told = results(&text).unwrap();
        assert_eq!((told.verdict(), told.failed()), (Verdict::Fail, MANY as u64), "{}", &text[..60]);
        assert_eq!((told.failures().count(), told.packages.len()), (10_000, packages), "{}", &text[..60]);
    }
    let told = results(&many("<testsuite name='s'>", flaky, "</testsuite>")).unwrap();
    let package = &told.packages["s"];
    assert_eq!((told.verdict(), package.passed, told.failed()), (Verdict::Pass, MANY as u64, 0));
    assert_eq!((package.flaky.len(), package.more_flaky), (10_000, 20_000));
    let good = many("<testsuites>", |one| suite(one).replace("<failure/>", ""), "</testsuites>");
    assert_eq!(
        (results(&good).unwrap().verdict(), results(&good).unwrap().passed()),
        (Verdict::Pass, 30_000)
    );
}

#[test]
fn more_packages_than_can_be_held_are_refused() {
    let mut text = String::new();
    for one in 0..100_001 {
        writeln!(text, "{{\"Action\":\"start\",\"Package\":\"m{one}\"}}").unwrap();
    }
    let bad = results(&text).unwrap_err();
    assert!(bad.why.contains("more than 100000 packages") && bad.line == 100_001, "{bad:?}");
    let long = format!("{{\"Action\":\"start\",\"Package\":\"{}\"}}\n", "m".repeat(9 << 20));
    assert!(results(&long).unwrap_err().why.contains("names are too long"));
}

#[test]
fn what_is_refused_is_told_with_its_place() {
    let long = "n".repeat(17 << 10);
    let clover = format!("<coverage clover='1'>\n <project>\n  <file path='{long}'/></project></coverage>");
    let deep = "<a>".repeat(201);
    let nested = format!("<testsuites>\n  {deep}");
    let event = format!(
        "\n{{\"Action\":\"start\",\"Package\":\"m\",\"x\":{}1{}}}\n",
        "[".repeat(200),
        "]".repeat(200)
    );
    let lists = "[".repeat(200);
    let tests = |text: &str| results(text).map(drop);
    let coverage = |text: &str| read(coverage::FORMATS, "coverage report", text.as_bytes()).map(drop);
    let llvm = r#"{"data":[{"files":[{"filename":"a","segments":[[16000001,1,1,true,true]]}]"#;
    for (read, words, place) in [
        (coverage(&clover), "a file's name has more than", (3, 3)),
        (tests(&nested), "nest deeper than 200", (2, 3 + 199 * 3)),
        (tests(&event), "nests deeper", (2, 36 + 127)),
        (coverage(&format!("{{\"data\":[{{\"files\":[\n {lists}")), "recursion limit", (2, 1 + 124)),
        (coverage(llvm), "there is no line 16000001", (1, 72)),
    ] {
        let bad = read.unwrap_err();
        assert!(bad.why.contains(words), "{bad:?}");
        assert_eq!((bad.line, bad.column), place, "{bad:?}");
    }
}
