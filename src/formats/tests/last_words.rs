//! What runners say of a whole run at its end, in comments of TAP and of JUnit's XML.

/// What Node's runner says when something failed that no test tells of: how it begins, and what is in it
/// (`lib/internal/test_runner/harness.js`). Of an activity behind a test's end older ones only warned, and ended with 0.
const OF_RUN: [(&str, &str); 5] = [
    ("Error: ", "generated asynchronous activity after the test ended. This activity created the error"),
    ("Error: ", "does not meet threshold of"),
    ("Warning: Code coverage could not be enabled.", ""),
    ("Warning: Could not report code coverage.", ""),
    ("Warning: Could not clean up code coverage.", ""),
];

/// Whether these words tell of the whole run that it failed, though no test did: Node's runner ends with 1 then.
pub(super) fn is_of_run(words: &str) -> bool {
    OF_RUN.iter().any(|(begin, mark)| words.starts_with(begin) && words.contains(mark))
}

/// How many tests failed, of a comment of a runner that counts them: `fail 1` as Node, tape and Mocha have
/// it, and the words of Test::More, of Git's test-lib and of kselftest.
fn counted(words: &str) -> Option<u64> {
    let words: Vec<&str> = words.split_whitespace().collect();
    match words[..] {
        ["fail" | "fail:" | "failed" | "failed:" | "cancelled", count]
        | ["failed", count, "among" | "of" | "test" | "tests", ..]
        | ["Tests", "failed:", count]
        | [count, "failing"] => count.parse().ok(),
        ["Looks", "like", "you", "failed", count, ..] => count.parse().ok(),
        ["Totals:", ref counts @ ..] => {
            let bad = counts.iter().filter_map(|count| {
                count.strip_prefix("fail:").or_else(|| count.strip_prefix("error:"))?.parse::<u64>().ok()
            });
            Some(bad.fold(0, u64::saturating_add))
        }
        _ => None,
    }
}

/// Whether Test::More says that a run broke off or ended otherwise than by its tests.
fn broke(words: &str) -> bool {
    ["Looks like you planned", "Looks like your test exited", "Looks like your test died"]
        .iter()
        .any(|begin| words.trim_start().starts_with(begin))
}

/// Whether these words count the tests that passed, and there was none (Node, tape).
fn none_passed(words: &str) -> bool {
    words.split_whitespace().eq(["pass", "0"])
}

/// The last words of a run.
#[derive(Debug, Default)]
pub(super) struct LastWords {
    /// How many failed by them.
    failed: u64,
    /// They say that the run broke off.
    broke: bool,
    /// By them none passed.
    none_passed: bool,
}

impl LastWords {
    /// Takes a comment.
    pub(super) fn take(&mut self, words: &str) {
        self.failed = self.failed.saturating_add(counted(words).unwrap_or_default());
        self.broke |= broke(words);
        self.none_passed |= none_passed(words);
    }

    /// What is wrong with a report of which so many passed and failed.
    pub(super) fn unheard(&self, passed: u64, failed: u64) -> Option<String> {
        if self.failed > 0 && failed == 0 {
            Some(format!("its last words count {} that failed, and none is told of", self.failed))
        } else if self.broke && failed == 0 {
            Some("its last words say that the run broke off, and no test failed".into())
        } else if self.none_passed && passed > 0 {
            Some(
                "its last words say that no test passed: what it tells of are suites, or still to be written"
                    .into(),
            )
        } else {
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Results, Verdict, junit, tap};

    /// What Node 20 wrote of a test whose timer threw behind its end; it ended with 1.
    const LATE: &str = "Error: Test \"x\" at a.test.mjs:2:1 generated asynchronous activity after the test ended. This activity created the error \"Error: late\" and would have caused the test to fail, but instead triggered an uncaughtException event.";

    /// And of a timer of no test.
    const OF_NONE: &str = "Error: A resource generated asynchronous activity after the test ended. This activity created the error \"Error: late\" which triggered an uncaughtException event, caught by the test runner.";

    fn tap(words: &str) -> Results {
        let text = format!("TAP version 13\nok 1 - x\n1..1\n# {words}\n");
        tap::read(text.as_bytes()).unwrap()
    }

    fn junit(words: &str) -> Results {
        let text = format!(
            "<?xml version=\"1.0\"?>\n<testsuites>\n<testcase name=\"x\" time=\"0.1\" classname=\"test\"/>\n<!-- {words} -->\n</testsuites>\n"
        );
        junit::read(text.as_bytes()).unwrap()
    }

    #[test]
    fn a_run_that_failed_though_no_test_did_fails() {
        for words in [
            LATE,
            OF_NONE,
            "Error: 50.00% line coverage does not meet threshold of 90%.",
            "Warning: Code coverage could not be enabled. Error: Access to this API has been restricted",
            "Warning: Could not report code coverage. TypeError: x",
            "Warning: Could not clean up code coverage. Error: EACCES",
        ] {
            for results in [tap(words), junit(words)] {
                assert_eq!(results.verdict(), Verdict::Fail, "{words}");
                let told = results.failures().next().unwrap().2.output.clone();
                assert_eq!(told, format!("{words}\n"));
            }
        }
        let warned = LATE.replace("Error: Test", "Warning: Test");
        for words in ["Error: as a test said", &warned, "fail 0", "cancelled 0", "tests 7"] {
            for results in [tap(words), junit(words)] {
                assert_eq!(results.verdict(), Verdict::Pass, "{words}");
            }
        }
    }

    #[test]
    fn what_is_said_before_a_test_is_no_sum_of_all() {
        let text = "<testsuites><!-- fail 3 --><testcase name=\"x\" classname=\"test\"/><!-- fail 0 --></testsuites>";
        assert_eq!(junit::read(text.as_bytes()).unwrap().verdict(), Verdict::Pass);
        let text = text.replace("fail 0", "fail 1");
        assert!(matches!(junit::read(text.as_bytes()).unwrap().verdict(), Verdict::NoEvidence(_)));
    }

    #[test]
    fn sums_that_count_more_than_is_told_prove_nothing() {
        for words in [
            "fail 1",
            "cancelled 2",
            "failed 1 of 7 tests",
            "1 failing",
            "Looks like your test died just after 1.",
            "pass 0",
        ] {
            for results in [tap(words), junit(words)] {
                assert!(
                    matches!(results.verdict(), Verdict::NoEvidence(_)),
                    "{words}: {:?}",
                    results.verdict()
                );
            }
        }
    }
}
