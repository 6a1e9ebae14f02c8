//! What tests came to, whatever format said so.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::kept::Budget;
use super::names::Names;
use super::slowest::Slowest;
use crate::formats::{Dated, Made};

/// A test, or a whole package, that was not good.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Failure {
    /// The test; empty where the package itself failed.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub test: String,
    /// The last lines of what it printed.
    pub output: String,
}

/// The results of a package: of a package of Go, a suite, a file, as the report divides them.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Package {
    /// Tests that passed, subtests counted too.
    pub passed: u64,
    /// Tests that were left out.
    pub skipped: u64,
    /// What was not good.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub failures: Vec<Failure>,
    /// How many more there were: of a report without end only so many are kept.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub more_failed: u64,
    /// Tests that failed first and passed when they ran again.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub flaky: Vec<Failure>,
    /// How many more of them there were.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub more_flaky: u64,
    /// True once its end was told; without it nothing is known of what did not run.
    pub ended: bool,
    /// True if it could not be built.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub unbuilt: bool,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands it on so")]
fn is_zero(count: &u64) -> bool {
    *count == 0
}

impl Package {
    /// How many tests failed, and the package itself.
    #[must_use]
    pub fn failed(&self) -> u64 {
        self.more_failed.saturating_add(self.failures.len() as u64)
    }

    /// Takes a failure; it counts also where there is no room for it.
    pub(super) fn fail(&mut self, budget: &mut Budget, test: String, output: String) {
        match budget.keep(test, output) {
            Some(failure) => self.failures.push(failure),
            None => self.more_failed += 1,
        }
    }

    /// As [`Package::fail`], of a test that passed when it ran again.
    pub(super) fn pass_in_the_end(&mut self, budget: &mut Budget, test: String, output: String) {
        self.passed += 1;
        match budget.keep(test, output) {
            Some(failure) => self.flaky.push(failure),
            None => self.more_flaky += 1,
        }
    }
}

/// The results of all packages by name. It holds no times: the same results give the same bytes.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Results {
    /// The packages.
    pub packages: BTreeMap<String, Package>,
    /// Where the report says two things that cannot both be: such a report proves nothing.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub contradictions: Vec<String>,
    /// When the report says that it was made.
    #[serde(skip)]
    pub made: Option<Made>,
    /// Which tests there were.
    #[serde(skip)]
    pub names: Names,
    /// The tests that took longest, the longest first.
    #[serde(skip)]
    pub slowest: Slowest,
}

impl Dated for Results {
    fn made(&self) -> Option<Made> {
        self.made
    }
}

/// What the results say, the worst first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// Something failed.
    Fail,
    /// Nothing is proved, and why.
    NoEvidence(String),
    /// All is good.
    Pass,
}

impl Results {
    /// All tests that passed.
    #[must_use]
    pub fn passed(&self) -> u64 {
        self.packages.values().map(|package| package.passed).sum()
    }

    /// All tests that were left out.
    #[must_use]
    pub fn skipped(&self) -> u64 {
        self.packages.values().map(|package| package.skipped).sum()
    }

    /// How many tests and packages failed, also those of which no more is known.
    #[must_use]
    pub fn failed(&self) -> u64 {
        self.packages.values().map(Package::failed).fold(0, u64::saturating_add)
    }

    /// Every failure that is kept, with its package.
    pub fn failures(&self) -> impl Iterator<Item = (&str, &Package, &Failure)> {
        self.packages.iter().flat_map(|(name, package)| {
            package.failures.iter().map(move |failure| (name.as_str(), package, failure))
        })
    }

    /// Every test that passed only when it ran again, with its package.
    pub fn flaky(&self) -> impl Iterator<Item = (&str, &Failure)> {
        self.packages
            .iter()
            .flat_map(|(name, package)| package.flaky.iter().map(move |test| (name.as_str(), test)))
    }

    /// Takes in the results of other tests, or of the same ones elsewhere: each counts.
    pub fn merge(&mut self, other: Self) {
        for (name, theirs) in other.packages {
            let ours =
                self.packages.entry(name).or_insert_with(|| Package { ended: true, ..Package::default() });
            ours.passed = ours.passed.saturating_add(theirs.passed);
            ours.skipped = ours.skipped.saturating_add(theirs.skipped);
            ours.more_failed = ours.more_failed.saturating_add(theirs.more_failed);
            ours.more_flaky = ours.more_flaky.saturating_add(theirs.more_flaky);
            ours.failures.extend(theirs.failures);
            ours.flaky.extend(theirs.flaky);
            // In which order reports are given changes nothing of what is said.
            ours.failures.sort();
            ours.flaky.sort();
            ours.ended &= theirs.ended;
            ours.unbuilt |= theirs.unbuilt;
        }
        self.contradictions.extend(other.contradictions);
        self.contradictions.sort();
        self.made = Made::and(self.made, other.made);
        self.names.merge(other.names);
        self.slowest.merge(other.slowest);
    }

    /// The worst of all packages and tests. Passing needs a test that passed and an end of every package.
    #[must_use]
    pub fn verdict(&self) -> Verdict {
        let unended: Vec<&str> = self
            .packages
            .iter()
            .filter(|(_, package)| !package.ended)
            .map(|(name, _)| name.as_str())
            .collect();
        if self.failed() > 0 {
            Verdict::Fail
        } else if !unended.is_empty() {
            Verdict::NoEvidence(format!("the report ends before {}", unended.join(", ")))
        } else if let Some(first) = self.contradictions.first() {
            let more = match self.contradictions.len() {
                1 => String::new(),
                count => format!("; {} more of its counts are wrong", count - 1),
            };
            Verdict::NoEvidence(format!("it contradicts itself: {first}{more}"))
        } else if self.passed() == 0 {
            Verdict::NoEvidence("no test ran".into())
        } else {
            Verdict::Pass
        }
    }
}
