//! What runners say of a whole run at its end, in comments of TAP and of JUnit's XML.

/// Whether these words of Node's runner tell of the run that something failed which no test tells of: an error behind
/// a test's end, or too little coverage (`lib/internal/test_runner`). It ends with 1 then.
pub(super) fn is_of_run(words: &str) -> bool {
    words.starts_with("Error: ")
        && ["would have caused the test to fail, but instead triggered an", "does not meet threshold of"]
            .iter()
            .any(|mark| words.contains(mark))
}

/// How many tests failed, of a comment of a runner that counts them: `fail 1` as Node, tape and Mocha have
/// it, and the words of Test::More, of Git's test-lib and of kselftest.
pub(super) fn counted(words: &str) -> Option<u64> {
    let words: Vec<&str> = words.split_whitespace().collect();
    match words[..] {
        ["fail" | "fail:" | "failed" | "cancelled", count] | ["failed", count, "among", ..] => {
            count.parse().ok()
        }
        ["Looks", "like", "you", "failed", count, ..] => count.parse().ok(),
        ["Looks", "like", "you", "planned", ..] | ["Looks", "like", "your", "test", "exited", ..] => Some(1),
        ["Totals:", ref counts @ ..] => {
            let bad = counts.iter().filter_map(|count| {
                count.strip_prefix("fail:").or_else(|| count.strip_prefix("error:"))?.parse::<u64>().ok()
            });
            Some(bad.fold(0, u64::saturating_add))
        }
        _ => None,
    }
}

/// What is wrong with a report whose last words count so many that failed, if none is told of.
pub(super) fn unheard(counted: u64, failed: u64) -> Option<String> {
    (counted > 0 && failed == 0)
        .then(|| format!("its last words count {counted} that failed, and none is told of"))
}

#[cfg(test)]
mod tests {
    use super::super::{Results, Verdict, junit, tap};

    /// What Node 20 wrote of a test whose timer threw behind its end; it ended with 1.
    const LATE: &str = "Error: Test \"x\" at a.test.mjs:2:1 generated asynchronous activity after the test ended. This activity created the error \"Error: late\" and would have caused the test to fail, but instead triggered an uncaughtException event.";

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
        for words in [LATE, "Error: 50.00% line coverage does not meet threshold of 90%."] {
            for results in [tap(words), junit(words)] {
                assert_eq!(results.verdict(), Verdict::Fail, "{words}");
                let told = results.failures().next().unwrap().2.output.clone();
                assert_eq!(told, format!("{words}\n"));
            }
        }
        for words in
            ["Error: as a test said", "Warning: Test \"x\" generated", "fail 0", "cancelled 0", "tests 7"]
        {
            for results in [tap(words), junit(words)] {
                assert_eq!(results.verdict(), Verdict::Pass, "{words}");
            }
        }
    }

    #[test]
    fn sums_that_count_more_than_is_told_prove_nothing() {
        for words in ["fail 1", "cancelled 2"] {
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
