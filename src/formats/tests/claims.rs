//! What a suite of JUnit's XML says of its tests as a whole, held against what it tells of each.
//!
//! There is no specification, so a count is right if it fits any way in which a tool counts. What is told beyond
//! a count harms nobody (jest-junit leaves out what is still to be written, Surefire counts its last run alone);
//! what is counted and not told does: it failed, or it was taken out.

use super::junit_case::{is_failed, unreadable};
use crate::formats::xml::Element;
use crate::formats::{BadReport, Made};
use crate::kit::plain::cut;

/// How much of a suite's name is kept, in characters: a suite without one in it has its name too.
const NAME: usize = 1_000;

/// A suite that is open.
#[derive(Debug, Default)]
pub(super) struct Suite {
    pub(super) name: String,
    tests: Option<u64>,
    /// How many failed as its attributes say.
    failed: u64,
    skipped: Option<u64>,
    /// The line in which it begins.
    line: u64,
    pub(super) made: Option<Made>,
    /// What is told inside of it.
    pub(super) told: Told,
    /// How many tests and suites lie directly in it.
    children: u64,
    /// How many of them are tests.
    own: u64,
    /// How many of these passed, and how many were left out, that no package was told of yet.
    pub(super) untold_of: [u64; 2],
    asserts: Asserts,
}

/// What is told of tests, those of suites in it too.
#[derive(Debug, Default)]
pub(super) struct Told {
    pub(super) cases: u64,
    /// Those that failed, and suites that did by themselves.
    pub(super) failed: u64,
    /// Those that may fail and did.
    pub(super) failed_todo: u64,
    pub(super) skipped: u64,
}

/// Two frameworks for C++ count assertions and call them tests.
#[derive(Debug, Default, PartialEq, Eq)]
enum Asserts {
    /// Catch2 writes no real host into its reports, only that one is to be determined.
    Catch2,
    /// doctest tells neither of what was skipped nor of what was disabled, and its tests were all just `run`.
    MayBeDoctest,
    #[default]
    Tests,
}

/// A count in an attribute; none where it is empty.
fn count(element: &Element, name: &str, value: &str) -> Result<Option<u64>, BadReport> {
    let value = value.trim();
    if value.is_empty() {
        return Ok(None);
    }
    let wrong = |_| {
        let value = cut(&value.escape_debug().to_string(), 40);
        BadReport::at(element.line(), format!("`{value}` in `{name}` is no count"))
    };
    value.parse().map(Some).map_err(wrong)
}

impl Suite {
    /// Reads the attributes of a suite.
    ///
    /// # Errors
    ///
    /// If they are none.
    pub(super) fn of(element: &Element) -> Result<Self, BadReport> {
        let mut suite = Self { line: element.line(), ..Self::default() };
        let (mut others, mut bad) = (false, false);
        element.attributes(|key, value| {
            match key {
                "name" => suite.name = cut(&value, NAME),
                "failures" | "errors" => {
                    let count = count(element, key, &value)?.unwrap_or_default();
                    suite.failed = suite.failed.saturating_add(count);
                }
                "tests" => suite.tests = count(element, key, &value)?,
                "skipped" => {
                    others = true;
                    suite.skipped = count(element, key, &value)?;
                }
                "disabled" => others = true,
                "timestamp" => {
                    suite.made = Made::told(&value).map_err(|_| unreadable(element, key, &value))?
                }
                "status" | "result" => bad |= is_failed(&value.trim().to_ascii_lowercase()),
                "hostname" if value == "tbd" => suite.asserts = Asserts::Catch2,
                _ => {}
            }
            Ok(())
        })?;
        // One at least failed, whatever is counted.
        suite.failed = suite.failed.max(u64::from(bad));
        if !others && suite.asserts == Asserts::Tests {
            suite.asserts = Asserts::MayBeDoctest;
        }
        Ok(suite)
    }

    /// A test begins; `run` if all that is said of it is that it ran.
    pub(super) fn begin_case(&mut self, run: bool) {
        self.children += 1;
        self.own += 1;
        self.told.cases += 1;
        if !run && self.asserts == Asserts::MayBeDoctest {
            self.asserts = Asserts::Tests;
        }
    }

    /// A suite in this one has ended.
    pub(super) fn take(&mut self, inner: &Self) {
        self.children += 1;
        self.told.cases = self.told.cases.saturating_add(inner.told.cases);
        self.told.skipped = self.told.skipped.saturating_add(inner.told.skipped);
        self.told.failed_todo = self.told.failed_todo.saturating_add(inner.told.failed_todo);
        // What a suite around it claims holds what this one claims too.
        self.told.failed = self.told.failed.saturating_add(inner.told.failed.max(inner.failed_claimed()));
        if !inner.counts_tests() {
            self.tests = None;
        }
    }

    fn counts_tests(&self) -> bool {
        match self.asserts {
            Asserts::Tests => true,
            Asserts::MayBeDoctest => self.own == 0,
            Asserts::Catch2 => false,
        }
    }

    /// How many failed as the attributes say, without those that may.
    fn failed_claimed(&self) -> u64 {
        self.failed.saturating_sub(self.told.failed_todo)
    }

    /// What the attributes say failed though no test tells of it: in words, if there is any.
    pub(super) fn untold(&self) -> Option<String> {
        let (claimed, told) = (self.failed_claimed(), self.told.failed);
        (claimed > told).then(|| format!("its attributes say that {claimed} failed, its tests say {told}\n"))
    }

    /// What the attributes count and the suite does not tell of, in words. Where a test failed, the verdict is
    /// clear, and what tools count then differs: errors in a set-up are tests to some.
    pub(super) fn contradictions(&self) -> Vec<String> {
        let told = &self.told;
        if !self.counts_tests() || told.failed > 0 {
            return Vec::new();
        }
        let says = |name: &str, count: u64, tells: u64| {
            format!("`{name}` of {} in line {} is {count}, it tells of {tells}", self.name, self.line)
        };
        let tests = self.tests.filter(|tests| *tests > told.cases.max(self.children));
        // Node counts a suite with a failure in it among those that were skipped.
        let skipped = self.skipped.filter(|skipped| told.failed_todo == 0 && *skipped > told.skipped);
        let tests = tests.map(|count| says("tests", count, told.cases));
        tests.into_iter().chain(skipped.map(|count| says("skipped", count, told.skipped))).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Results, Verdict, junit};

    fn good(text: &str) -> Results {
        junit::read(text.as_bytes()).unwrap()
    }

    #[test]
    fn counts_that_are_not_told_of_are_no_evidence() {
        for (attributes, inside) in [
            ("tests='3'", "<testcase name='a'/><testcase name='b'/>"),
            ("tests='2'", "<testsuite tests='2'><testcase name='a'/></testsuite>"),
            ("tests='2' skipped='1'", "<testcase name='a'/><testcase name='b'/>"),
            ("tests='9' disabled='0'", "<testcase name='a' status='run'/>"),
            ("tests='9'", "<testcase name='a' status='run' result='completed'/>"),
        ] {
            let results = good(&format!("<testsuite name='s' {attributes}>{inside}</testsuite>"));
            let Verdict::NoEvidence(why) = results.verdict() else { panic!("{attributes} {inside}") };
            assert!(why.contains("contradicts itself"), "{why}");
        }
        let text = "<testsuites tests='4'><testsuite name='s' tests='2'><testcase name='a'/></testsuite></testsuites>";
        let why = "it contradicts itself: `tests` of s in line 1 is 2, it tells of 1; 1 more of its counts are wrong";
        assert_eq!(good(text).verdict(), Verdict::NoEvidence(why.into()));
    }

    #[test]
    fn what_is_no_count_is_told_with_its_place() {
        for (name, count) in
            [("tests", "many"), ("skipped", "some"), ("failures", "-1"), ("errors", "one"), ("tests", "1,5")]
        {
            let text = format!("<testsuites>\n<testsuite name='s' {name}='{count}'/></testsuites>");
            let bad = junit::read(text.as_bytes()).unwrap_err();
            assert_eq!((bad.line, bad.why), (2, format!("`{count}` in `{name}` is no count")));
        }
    }

    #[test]
    fn each_tool_counts_in_its_way() {
        for (attributes, inside) in [
            ("", "<testcase name='a'/>"),
            ("tests='' skipped=''", "<testcase name='a'/>"),
            // At both levels, of all below or of what lies directly there, as Node does.
            ("tests='2'", "<testsuite tests='2'><testcase name='a'/><testcase name='b'/></testsuite>"),
            ("tests='1'", "<testsuite tests='2'><testcase name='a'/><testcase name='b'/></testsuite>"),
            ("tests='2'", "<testsuite><testcase name='a'/></testsuite><testsuite/>"),
            // jest-junit does not count what is still to be written, GoogleTest has what is disabled.
            ("tests='1'", "<testcase name='a'/><testcase name='todo'/>"),
            (
                "tests='2' disabled='1'",
                "<testcase name='a' status='run'/><testcase name='b' status='notrun'/>",
            ),
            ("tests='2' skipped='1'", "<testcase name='a'/><testcase name='b'><skipped/></testcase>"),
            // Catch2 and doctest count assertions.
            ("tests='40' skipped='0' hostname='tbd'", "<testcase name='a' status='run'/>"),
            ("tests='40' time='0'", "<testcase name='a' status='run'/>"),
            // Node counts a test that may fail.
            (
                "tests='2' failures='1' skipped='1'",
                "<testcase name='a'/><testcase name='b'><skipped type='todo'/><failure/></testcase>",
            ),
        ] {
            let results = good(&format!("<testsuite name='s' {attributes}>{inside}</testsuite>"));
            assert_eq!(results.verdict(), Verdict::Pass, "{attributes} {inside}: {results:?}");
        }
    }
}
