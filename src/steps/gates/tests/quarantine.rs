//! Tests that failed and are let pass, until a day or because they passed when they ran again.

use std::collections::BTreeSet;

use chrono::NaiveDate;

use super::judge::SHOWN;
use super::settings::{Quarantined, TestsSettings};
use crate::formats::tests::{Failure, Package, Results};
use crate::model::{Problem, Row};

/// The list's path in the configuration.
const LIST: &str = "gates.tests.quarantine";

/// Of a package with more failures none is looked at for the sake of those in it.
const MOST: usize = 1000;

/// What is wrong with the list, before anything runs.
pub fn invalid(list: &[Quarantined]) -> Vec<Problem> {
    let mut known = BTreeSet::new();
    let mut problems = Vec::new();
    for one in list {
        let fields = [("test", &one.test), ("reason", &one.reason), ("owner", &one.owner)];
        for (name, _) in fields.iter().filter(|(_, text)| text.trim().is_empty()) {
            problems.push(
                Problem::new(format!("an element of `{LIST}` has an empty `{name}`"))
                    .fix("say which test it is, why it may fail, and who mends it"),
            );
        }
        if !known.insert(&one.test) {
            problems.push(
                Problem::new(format!("`{}` stands twice in `{LIST}`", one.test)).fix("take one of them out"),
            );
        }
    }
    problems
}

/// Takes out of results what may be as it is.
pub struct Sorter<'a> {
    settings: &'a TestsSettings,
    today: NaiveDate,
    used: BTreeSet<&'a str>,
    /// Tests that failed and may.
    quarantined: Vec<(String, String)>,
    /// Tests that passed only when they ran again.
    flaky: Vec<(String, String)>,
    /// How many more of them there were.
    more_flaky: u64,
    problems: Vec<Problem>,
}

/// What came of it.
pub struct Sorted {
    /// What is shown.
    pub rows: Vec<Row>,
    /// Each fails the gate.
    pub problems: Vec<Problem>,
    /// How many tests failed and may.
    pub quarantined: usize,
    /// How many passed only when they ran again.
    pub flaky: u64,
}

impl<'a> Sorter<'a> {
    /// Begins.
    pub fn new(settings: &'a TestsSettings, today: NaiveDate) -> Self {
        let (used, quarantined, flaky) = <(BTreeSet<_>, Vec<_>, Vec<_>)>::default();
        Self { settings, today, used, quarantined, flaky, more_flaky: 0, problems: Vec::new() }
    }

    /// Takes the results of one report. `plain` tells which failures are those of a test alone, `seen` whether
    /// there was a test for an element of the list.
    pub fn sort(
        &mut self,
        results: &mut Results,
        plain: impl Fn(&Package, &Failure) -> bool,
        seen: impl Fn(&Results, &str) -> bool,
    ) {
        let list: Vec<&Quarantined> = self.settings.quarantine.iter().collect();
        self.used.extend(list.iter().map(|one| one.test.as_str()).filter(|test| seen(results, test)));
        for (suite, package) in &mut results.packages {
            let may: Vec<bool> = package
                .failures
                .iter()
                .map(|failure| plain(package, failure) && self.may(suite, package, failure))
                .collect();
            let mut may = may.into_iter();
            package.failures.retain(|failure| {
                let may = may.next().unwrap_or(false);
                if may {
                    self.quarantined.push((suite.clone(), failure.test.clone()));
                }
                !may
            });
            if package.more_flaky > 0 {
                self.more_flaky += package.more_flaky;
                if !self.settings.allow_flaky {
                    // Of what is not kept nobody knows whether it is listed.
                    let what = format!("each of {} more tests of {suite} {UNSTEADY}", package.more_flaky);
                    self.problems.push(Problem::new(what).fix("mend them, or set `gates.tests.allow_flaky`"));
                }
            }
            for failure in &package.flaky {
                let fits = self.fitting(suite, &failure.test);
                let may = fits.is_some_and(|one| one.expires >= self.today);
                self.used.extend(fits.map(|one| one.test.as_str()));
                self.flaky.push((suite.clone(), failure.test.clone()));
                if !may && !self.settings.allow_flaky {
                    self.problems.push(unsteady(suite, failure));
                }
            }
        }
    }

    /// The element for this test that holds longest.
    fn fitting(&self, suite: &str, test: &str) -> Option<&'a Quarantined> {
        let fits = |one: &&Quarantined| {
            let name = one.test.strip_prefix(suite).and_then(|rest| rest.strip_prefix(": "));
            let named = |name: &str| {
                test.strip_prefix(name).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
            };
            named(&one.test) || name.is_some_and(named)
        };
        self.settings.quarantine.iter().filter(fits).max_by_key(|one| one.expires)
    }

    fn may(&mut self, suite: &str, package: &Package, failure: &Failure) -> bool {
        if let Some(one) = self.fitting(suite, &failure.test) {
            self.used.insert(&one.test);
            return one.expires >= self.today;
        }
        if self.settings.quarantine.is_empty() || package.failures.len() > MOST {
            return false;
        }
        // A test of Go fails because one in it does; it may if it says nothing itself and all of those may.
        let inner = format!("{}/", failure.test);
        let mut within = package.failures.iter().filter(|other| other.test.starts_with(&inner)).peekable();
        let silent = failure.output.lines().all(|line| {
            line.trim().is_empty() || line.starts_with("=== ") || line.trim_start().starts_with("--- ")
        });
        let holds = |one: &Quarantined| one.expires >= self.today;
        silent
            && within.peek().is_some()
            && within.all(|other| self.fitting(suite, &other.test).is_some_and(holds))
    }

    /// The end: what was found, and what is wrong with the list itself.
    pub fn end(mut self) -> Sorted {
        for one in &self.settings.quarantine {
            if one.expires < self.today {
                self.problems.push(
                    Problem::new(format!("`{}` of `{LIST}` expired on {}", one.test, one.expires))
                        .because(format!("{} has it: {}", one.owner, one.reason))
                        .fix("mend the test and take the element out, or let its owner set a later day")
                        .of_setting(LIST),
                );
            } else if !self.used.contains(one.test.as_str()) {
                let problem = Problem::new(format!("`{}` of `{LIST}` fits no test that ran", one.test));
                let take_out = "take it out: an element that is forgotten would let the next one fail";
                let problem = match as_go_writes(&one.test) {
                    Some(name) => problem
                        .because("Go writes a blank in the name of a subtest as `_`")
                        .fix(format!("write `{name}`, if that is the one; else {take_out}")),
                    None => problem.fix(take_out),
                };
                self.problems.push(problem.of_setting(LIST));
            }
        }
        let allowed = if self.settings.allow_flaky { "allowed" } else { "0, or in quarantine" };
        let mut rows = Vec::new();
        if !self.flaky.is_empty() || self.more_flaky > 0 {
            let ok = !self.problems.iter().any(|problem| problem.what.ends_with(UNSTEADY));
            let row = self.row("flaky tests", "=", allowed, &self.flaky, ok);
            rows.push(match self.more_flaky {
                0 => row,
                more => Row { actual: format!("{}, and {more} more", row.actual), ..row },
            });
        }
        if !self.quarantined.is_empty() {
            let metric = "failed tests in quarantine";
            rows.push(self.row(metric, "is", "let pass", &self.quarantined, true));
        }
        Sorted {
            rows,
            problems: self.problems,
            quarantined: self.quarantined.len(),
            flaky: self.flaky.len() as u64 + self.more_flaky,
        }
    }

    fn row(
        &self,
        metric: &str,
        comparator: &str,
        threshold: &str,
        tests: &[(String, String)],
        ok: bool,
    ) -> Row {
        let named = |(suite, test): &(String, String)| match self.fitting(suite, test) {
            Some(one) => format!("{suite}: {test} ({}, until {})", one.owner, one.expires),
            None => format!("{suite}: {test}"),
        };
        let shown: Vec<String> = tests.iter().take(SHOWN).map(named).collect();
        Row {
            metric: metric.into(),
            comparator: comparator.into(),
            threshold: threshold.into(),
            actual: format!("{}: {}", tests.len(), shown.join(", ")),
            ok,
        }
    }
}

/// The name as Go's runner has it, where that is another: `TestA/a b` is `TestA/a_b` there.
fn as_go_writes(test: &str) -> Option<String> {
    let (package, name) = match test.split_once(": ") {
        Some((package, name)) if !package.contains(char::is_whitespace) => (format!("{package}: "), name),
        _ => (String::new(), test),
    };
    let (top, inner) = name.split_once('/')?;
    let written: String = inner.chars().map(|c| if c.is_whitespace() { '_' } else { c }).collect();
    (written != inner).then(|| format!("{package}{top}/{written}"))
}

/// How the problem of a flaky test ends.
const UNSTEADY: &str = "is flaky: it failed, and passed when it ran again";

fn unsteady(suite: &str, failure: &Failure) -> Problem {
    let problem = Problem::new(format!("{} of {suite} {UNSTEADY}", failure.test)).fix(
        "mend it, or list it in `gates.tests.quarantine` with a reason, an owner and a last day, or set \
         `gates.tests.allow_flaky`",
    );
    let words = failure.output.trim();
    if words.is_empty() { problem } else { problem.because(words) }
}

impl Sorted {
    /// What a summary says of it, behind the rest.
    pub fn words(&self) -> String {
        let flaky = if self.flaky > 0 { format!(", {} flaky", self.flaky) } else { String::new() };
        match self.quarantined {
            0 => flaky,
            count => format!("{flaky}, {count} failed in quarantine"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn failure(test: &str, output: &str) -> Failure {
        Failure { test: test.into(), output: output.into() }
    }

    fn listed(test: &str, expires: &str) -> Quarantined {
        let words = || "someone".to_owned();
        Quarantined { test: test.into(), reason: words(), owner: words(), expires: expires.parse().unwrap() }
    }

    /// What is left of these failures, and what is wrong.
    fn sorted(
        failures: &[Failure],
        flaky: &[Failure],
        list: &[Quarantined],
        allow_flaky: bool,
    ) -> (Vec<String>, Vec<String>) {
        let settings = TestsSettings { quarantine: list.to_vec(), allow_flaky, ..TestsSettings::default() };
        let package = Package { failures: failures.to_vec(), flaky: flaky.to_vec(), ..Package::default() };
        let mut results = Results { packages: [("m/s".to_owned(), package)].into(), ..Results::default() };
        let mut sorter = Sorter::new(&settings, "2026-05-05".parse().unwrap());
        sorter.sort(&mut results, |_, failure| !failure.test.is_empty(), |_, test| test == "seen");
        let left = results.failures().map(|(_, _, failure)| failure.test.clone()).collect();
        (left, sorter.end().problems.into_iter().map(|problem| problem.what).collect())
    }

    #[test]
    fn what_is_listed_may_fail_to_its_last_day() {
        let failures =
            [failure("TestA", "x"), failure("TestB", "x"), failure("TestC", "x"), failure("", "x")];
        let list = [
            listed("TestA", "2026-05-05"),
            listed("m/s: TestB", "2026-06-01"),
            listed("TestC", "2026-05-04"),
            listed("other: TestC", "2026-06-01"),
            listed("seen", "2026-06-01"),
        ];
        let (left, wrong) = sorted(&failures, &[], &list, false);
        assert_eq!(left, ["TestC", ""]);
        assert_eq!(
            wrong,
            [
                "`TestC` of `gates.tests.quarantine` expired on 2026-05-04",
                "`other: TestC` of `gates.tests.quarantine` fits no test that ran"
            ]
        );
    }

    #[test]
    fn a_test_around_others_may_fail_only_with_them() {
        let inner = failure("TestA/one", "    a_test.go:3: no\n");
        let silent = failure("TestA", "=== RUN   TestA\n--- FAIL: TestA (0.00s)\n");
        let list = [listed("TestA/one", "2026-06-01")];
        assert_eq!(sorted(&[inner.clone(), silent.clone()], &[], &list, false), (vec![], vec![]));
        let loud = failure("TestA", "    a_test.go:9: itself\n");
        assert_eq!(sorted(&[inner.clone(), loud], &[], &list, false).0, ["TestA"]);
        // What it said itself may be what is lost.
        let lost = failure("TestA", &format!("=== RUN   TestA\n{}", crate::formats::tests::LOST));
        assert_eq!(sorted(&[inner.clone(), lost], &[], &list, false).0, ["TestA"]);
        let other = failure("TestA/other", "x");
        assert_eq!(
            sorted(&[inner.clone(), other, silent.clone()], &[], &list, false).0,
            ["TestA/other", "TestA"]
        );
        assert_eq!(sorted(&[inner, silent], &[], &[listed("TestA", "2026-06-01")], false), (vec![], vec![]));
        assert_eq!(
            sorted(&[failure("TestAB", "x")], &[], &[listed("TestA", "2026-06-01")], false).0,
            ["TestAB"]
        );
    }

    #[test]
    fn flaky_tests_pass_where_that_was_agreed() {
        let flaky = [failure("TestA", "x")];
        let wrong = sorted(&[], &flaky, &[], false).1;
        assert_eq!(wrong, ["TestA of m/s is flaky: it failed, and passed when it ran again"]);
        assert!(sorted(&[], &flaky, &[], true).1.is_empty());
        assert!(sorted(&[], &flaky, &[listed("TestA", "2026-05-05")], false).1.is_empty());
        assert_eq!(sorted(&[], &flaky, &[listed("TestA", "2026-05-04")], false).1.len(), 2);
    }

    #[test]
    fn a_blank_in_a_subtests_name_is_explained() {
        for (given, meant) in [
            ("TestA/a b", Some("TestA/a_b")),
            ("m/s: TestA/a b c", Some("m/s: TestA/a_b_c")),
            ("m/s: TestA/a_b", None),
            ("Suite with words", None),
        ] {
            assert_eq!(as_go_writes(given).as_deref(), meant, "{given}");
        }
    }

    #[test]
    fn each_element_needs_its_words() {
        let mut bad = listed("TestA", "2026-05-05");
        bad.owner = " ".into();
        assert_eq!(invalid(&[bad, listed("TestA", "2026-05-05")]).len(), 2);
    }
}
