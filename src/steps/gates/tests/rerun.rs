//! Runs again what failed: a test that passes then is flaky, and is said to be.

use std::collections::{BTreeMap, BTreeSet};

use super::run::Run;
use crate::formats::tests::{Failure, LOST, Package, Results, tells};
use crate::model::{Problem, Stream};
use crate::steps::room::Site;

/// Where more tests fail, none of them is flaky: something is broken.
const MOST: usize = 20;

/// Whether a failure is that of a test alone: its package was built, ran to its end, and nobody panicked, was killed
/// or raced. Only such a one says nothing of the others, and one of which output is lost may be none.
pub fn plain(package: &Package, failure: &Failure) -> bool {
    // One that is left out may be that of the package itself.
    let by_itself = package.more_failed > 0 || package.failures.iter().any(|other| other.test.is_empty());
    let torn = failure.output.ends_with("it did not end\n")
        || failure.output.ends_with(LOST)
        || failure.output.lines().any(tells);
    package.ended && !package.unbuilt && !by_itself && !failure.test.is_empty() && !torn
}

/// The tests to run again, by package; none where running again says nothing.
fn again(results: &Results) -> BTreeMap<String, BTreeSet<String>> {
    let mut tests: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for (name, package, failure) in results.failures() {
        let top = top(&failure.test);
        // Only names of Go are safe in a pattern.
        let named = !top.is_empty() && top.chars().all(|c| c.is_alphanumeric() || c == '_');
        if !plain(package, failure) || !named || name.starts_with('-') {
            return BTreeMap::new();
        }
        tests.entry(name.to_owned()).or_default().insert(top.to_owned());
    }
    let count: usize = tests.values().map(BTreeSet::len).sum();
    if count > MOST { BTreeMap::new() } else { tests }
}

/// The test that `go test -run` knows: subtests run with it.
fn top(test: &str) -> &str {
    test.split('/').next().unwrap_or(test)
}

/// Makes a test's failures good: they were flaky.
fn make_good(package: &mut Package, test: &str) {
    let (good, bad): (Vec<Failure>, Vec<Failure>) =
        std::mem::take(&mut package.failures).into_iter().partition(|failure| top(&failure.test) == test);
    package.failures = bad;
    package.passed += good.len() as u64;
    // A test around others failed because they did.
    let names: Vec<String> = good.iter().map(|failure| format!("{}/", failure.test)).collect();
    let inner = good.iter().map(|failure| failure.test.clone()).collect::<Vec<_>>();
    let around: BTreeSet<usize> =
        (0..names.len()).filter(|&one| inner.iter().any(|test| test.starts_with(&names[one]))).collect();
    let flaky = good.into_iter().enumerate().filter(|(one, _)| !around.contains(one));
    package.flaky.extend(flaky.map(|(_, failure)| failure));
    package.flaky.sort_by(|one, other| one.test.cmp(&other.test));
}

impl Run {
    /// Runs again what failed, as often as is set, and notes in the results what passed then. Gives the exit code
    /// that is left: 0 if nothing failed any longer.
    ///
    /// # Errors
    ///
    /// If `go test` cannot be started.
    pub async fn again(&self, site: &Site, results: &mut Results, exit: i32) -> Result<i32, Problem> {
        let mut exit = exit;
        for round in 1..=self.reruns {
            // 1 says that tests failed, anything else that something else did.
            let tests = if exit == 1 { again(results) } else { BTreeMap::new() };
            if tests.is_empty() {
                break;
            }
            for (package, tests) in tests {
                let names: Vec<&str> = tests.iter().map(String::as_str).collect();
                let words =
                    format!("run {round} of {} again in {package}: {}", self.reruns, names.join(", "));
                site.output(Stream::Out, &words);
                self.package_again(site, results, &package, &names).await?;
            }
            if results.failed() == 0 {
                exit = 0;
            }
        }
        Ok(exit)
    }

    async fn package_again(
        &self,
        site: &Site,
        results: &mut Results,
        name: &str,
        tests: &[&str],
    ) -> Result<(), Problem> {
        let (flags, _) = self.args.split_at(self.args.len() - self.packages.len());
        let pattern = format!("^({})$", tests.join("|"));
        // A result of another time is no second try.
        let more = ["-count=1".to_owned(), "-run".to_owned(), pattern, name.to_owned()];
        let (ended, read) = self.hear(site, flags.iter().cloned().chain(more)).await?;
        // What says nothing makes nothing good, nor does a run that was killed.
        let Ok(read) = read else { return Ok(()) };
        let Some(again) = read.packages.get(name).filter(|_| matches!(ended.code, Some(0 | 1))) else {
            return Ok(());
        };
        if !again.ended
            || again.unbuilt
            || again.more_failed > 0
            || again.failures.iter().any(|failure| !plain(again, failure))
        {
            return Ok(());
        }
        for test in tests {
            let failed = again.failures.iter().any(|failure| top(&failure.test) == *test);
            if !failed
                && read.names.passed(name, test)
                && let Some(package) = results.packages.get_mut(name)
            {
                make_good(package, test);
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn failure(test: &str, output: &str) -> Failure {
        Failure { test: test.into(), output: output.into() }
    }

    fn results(failures: &[Failure]) -> Results {
        let package = Package { failures: failures.to_vec(), ended: true, ..Package::default() };
        Results { packages: [("m".to_owned(), package)].into(), ..Results::default() }
    }

    #[test]
    fn only_tests_that_failed_by_themselves_run_again() {
        let plain = failure("TestA/sub", "    a_test.go:3: no\n");
        assert_eq!(again(&results(&[plain.clone(), failure("TestA", "")]))["m"], ["TestA".to_owned()].into());
        for bad in [
            failure("", "exit status 3\n"),
            failure("TestB", "panic: ouch\n\ngoroutine 7"),
            failure("TestB", "panic: test timed out after 1s\n"),
            failure("TestB", "fatal error: all goroutines are asleep - deadlock!\n"),
            failure("TestB", "==================\nWARNING: DATA RACE\n"),
            failure("TestB", "    testing.go:1: race detected during execution of test\n"),
            failure("TestB", "it did not end\n"),
            failure("TestB", &format!("    a_test.go:3: no\n{LOST}")),
            failure("Test.*", "x"),
        ] {
            assert!(again(&results(&[plain.clone(), bad.clone()])).is_empty(), "{bad:?}");
        }
        let mut unbuilt = results(std::slice::from_ref(&plain));
        unbuilt.packages.get_mut("m").unwrap().unbuilt = true;
        assert!(again(&unbuilt).is_empty());
        let many: Vec<Failure> = (0..=MOST).map(|one| failure(&format!("Test{one}"), "x")).collect();
        assert!(again(&results(&many)).is_empty() && !again(&results(&many[1..])).is_empty());
    }

    #[test]
    fn what_was_made_good_is_the_innermost_test() {
        let mut results =
            results(&[failure("TestA/one", "x"), failure("TestA", "y"), failure("TestAB", "z")]);
        let package = results.packages.get_mut("m").unwrap();
        make_good(package, "TestA");
        assert_eq!(package.failures, [failure("TestAB", "z")]);
        assert_eq!(package.flaky, [failure("TestA/one", "x")]);
        assert_eq!(package.passed, 2);
    }

    #[test]
    fn a_flood_elsewhere_hides_no_panic() {
        let mut lines = Vec::new();
        for test in 0..1_000 {
            let output = "x".repeat(9_000);
            lines
                .push(format!(r#"{{"Action":"output","Package":"m","Test":"T{test}","Output":"{output}"}}"#));
        }
        for (test, output) in
            [("U", "    u_test.go:3: no\\n"), ("U", "panic: ouch\\n"), ("", "exit status 2\\n")]
        {
            lines.push(format!(r#"{{"Action":"output","Package":"n","Test":"{test}","Output":"{output}"}}"#));
        }
        lines.push(r#"{"Action":"fail","Package":"n","Test":"U"}"#.into());
        lines.push(r#"{"Action":"fail","Package":"n"}"#.into());
        let results = crate::formats::tests::go::read(lines.join("\n").as_bytes()).unwrap();
        let package = &results.packages["n"];
        assert_eq!(package.failures[0], failure("U", &format!("panic: ouch\n{LOST}")));
        assert_eq!(package.failures[1], failure("", "exit status 2\n"));
        assert!(!plain(package, &package.failures[0]));
    }
}
