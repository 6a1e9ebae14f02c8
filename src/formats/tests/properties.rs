//! What putting results together must keep, tried with made-up results.

use proptest::prelude::*;

use super::{Failure, Package, Results, Verdict, go, junit};
use crate::formats::CASES;

fn package() -> impl Strategy<Value = Package> {
    let failures = || prop::collection::vec(("[a-c]{0,2}", "[xy]{0,2}"), 0..3);
    (0_u64..5, 0_u64..5, failures(), failures(), any::<[bool; 2]>(), [0_u64..2, 0..2]).prop_map(
        |(passed, skipped, failures, flaky, [ended, unbuilt], [more_failed, more_flaky])| {
            let told = |all: Vec<(String, String)>| {
                let mut all: Vec<_> =
                    all.into_iter().map(|(test, output)| Failure { test, output }).collect();
                all.sort();
                all
            };
            Package {
                passed,
                skipped,
                failures: told(failures),
                flaky: told(flaky),
                ended,
                unbuilt,
                more_failed,
                more_flaky,
            }
        },
    )
}

fn results() -> impl Strategy<Value = Results> {
    prop::collection::btree_map("[pq]", package(), 0..3)
        .prop_map(|packages| Results { packages, ..Results::default() })
}

fn merged(parts: &[&Results]) -> Results {
    let mut all = Results::default();
    parts.iter().for_each(|part| all.merge((*part).clone()));
    all
}

/// The worse the larger.
fn rank(results: &Results) -> u8 {
    match results.verdict() {
        Verdict::Pass => 0,
        Verdict::NoEvidence(_) => 1,
        Verdict::Fail => 2,
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(CASES))]

    #[test]
    fn results_come_to_the_same_in_any_order(a in results(), b in results(), c in results()) {
        let ab = merged(&[&a, &b]);
        prop_assert_eq!(&ab, &merged(&[&b, &a]));
        prop_assert_eq!(merged(&[&ab, &c]), merged(&[&a, &merged(&[&b, &c])]));
        prop_assert!(ab.passed() == a.passed() + b.passed() && ab.skipped() == a.skipped() + b.skipped());
        prop_assert_eq!(ab.failures().count(), a.failures().count() + b.failures().count());
        prop_assert_eq!(ab.failed(), a.failed() + b.failed());
        // Nothing that failed is made good by others.
        if rank(&a) == 2 || rank(&b) == 2 {
            prop_assert_eq!(rank(&ab), 2);
        }
        let text = serde_json::to_string(&ab).unwrap();
        prop_assert_eq!(text, serde_json::to_string(&merged(&[&b, &a])).unwrap());
    }

    #[test]
    fn results_that_are_written_are_read_again(a in results()) {
        let text = serde_json::to_string(&a).unwrap();
        prop_assert_eq!(serde_json::from_str::<Results>(&text).unwrap(), a);
    }

    #[test]
    fn a_report_tells_as_many_as_were_run(tests in prop::collection::vec(0_u8..3, 1..20)) {
        let count = |kind: u8| tests.iter().filter(|one| **one == kind).count();
        let (passed, failed, skipped) = (count(0), count(1), count(2));
        let cases: String = tests.iter().enumerate().map(|(one, kind)| {
            let inside = ["", "<failure/>", "<skipped/>"][usize::from(*kind)];
            format!("<testcase name='T{one}'>{inside}</testcase>")
        }).collect();
        let suite = |tests: usize| format!(
            "<testsuites><testsuite name='s' tests='{tests}' failures='{failed}' skipped='{skipped}'>{cases}</testsuite></testsuites>"
        );
        let told = junit::read(suite(tests.len()).as_bytes()).unwrap();
        prop_assert_eq!((told.passed(), told.failures().count(), told.skipped()), (passed as u64, failed, skipped as u64));
        let short = junit::read(suite(tests.len() + 1).as_bytes()).unwrap();
        prop_assert!(rank(&short) > 0, "a test that is counted and not told of");
        let mut events = String::new();
        for (one, kind) in tests.iter().enumerate() {
            let action = ["pass", "fail", "skip"][usize::from(*kind)];
            events += &format!("{{\"Action\":\"run\",\"Package\":\"s\",\"Test\":\"T{one}\"}}\n");
            events += &format!("{{\"Action\":\"{action}\",\"Package\":\"s\",\"Test\":\"T{one}\"}}\n");
        }
        events += &format!("{{\"Action\":\"{}\",\"Package\":\"s\"}}\n", if failed > 0 { "fail" } else { "pass" });
        let go = go::read(events.as_bytes()).unwrap();
        prop_assert_eq!((go.passed(), go.failures().count(), go.skipped()), (passed as u64, failed, skipped as u64));
        prop_assert_eq!(rank(&go), rank(&told));
    }
}
