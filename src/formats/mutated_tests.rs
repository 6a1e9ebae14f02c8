//! Every reader against every beginning of real reports, and against real reports with other bytes in them: none
//! panics, and none holds more than a report can.

use std::io::Cursor;

use proptest::prelude::*;

use super::{CASES, coverage, findings, tests};

/// Reports that the real tools wrote.
const REPORTS: [&[u8]; 9] = [
    include_bytes!("../../tests/corpus/reports/go.out"),
    include_bytes!("../../tests/corpus/reports/node.info"),
    include_bytes!("../../tests/corpus/reports/node.junit"),
    include_bytes!("../../tests/corpus/reports/node.tap"),
    include_bytes!("../../tests/corpus/reports/py.info"),
    include_bytes!("../../tests/corpus/reports/py.json"),
    include_bytes!("../../tests/corpus/reports/py.xml"),
    include_bytes!("../../tests/corpus/reports/pytest.xml"),
    include_bytes!("../../tests/corpus/reports/said.txt"),
];

/// How many beginnings of one report are tried, spread over it.
const CUTS: usize = 128;

/// Reads it as each format.
fn read_all(bytes: &[u8]) {
    for format in coverage::FORMATS {
        if let Ok(profile) = (format.read)(&mut Cursor::new(bytes)) {
            let total = profile.total();
            assert!(total.total > 0 && total.covered <= total.total, "{}", format.name);
        }
    }
    for format in tests::FORMATS {
        if let Ok(results) = (format.read)(&mut Cursor::new(bytes)) {
            assert!(results.slowest.iter().count() <= 10, "{}", format.name);
        }
    }
    for format in findings::FORMATS {
        let _ = (format.read)(&mut Cursor::new(bytes));
    }
}

#[test]
fn no_beginning_of_a_report_makes_a_reader_panic() {
    for report in REPORTS {
        for cut in 0..=CUTS {
            read_all(&report[..report.len() * cut / CUTS]);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(CASES))]

    #[test]
    fn no_other_bytes_make_a_reader_panic(
        report in 0..REPORTS.len(),
        from in any::<prop::sample::Index>(),
        changes in prop::collection::vec(
            (any::<prop::sample::Index>(), prop_oneof![any::<u8>(), prop::sample::select(b"\"<>&'{}[],:-/=09\n".to_vec())]),
            1..8,
        ),
    ) {
        // A part is read sooner than the whole, and its own formats are those that look inside.
        let report = REPORTS[report];
        let from = if report.len() > 2_000 { from.index(report.len() / 1_000) * 500 } else { 0 };
        let mut bytes = report[..(from + 2_000).min(report.len())].to_vec();
        for (at, byte) in changes {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        read_all(&bytes);
    }
}
