//! What merging and writing must keep, tried with made-up coverage.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::{FileCoverage, Measure, Profile, Span, cobertura, go, lcov, write};
use crate::formats::CASES;
use crate::kit::threshold::{Percent, shown};

/// Lines of three files, with branches.
fn lines() -> impl Strategy<Value = Profile> {
    let line = (0_usize..3, 1_u64..12, any::<bool>(), 0_u64..3, 0_u64..3, 0_u64..3);
    prop::collection::vec(line, 0..24).prop_map(|lines| {
        let mut profile = Profile::default();
        for (file, line, ran, arm, one, other) in lines {
            let id = profile.file(["a.py", "x/b \"<&>'.py", "ä/c.py"][file].as_bytes(), 0).unwrap();
            profile.line(id, line, ran, 0).unwrap();
            let measure = Measure { covered: one.min(other), total: one.max(other) };
            if measure.total > 0 {
                profile.branch(id, line, arm, measure, 0).unwrap();
            }
        }
        profile
    })
}

/// Blocks of two files; a block has as many statements as it says itself.
fn blocks() -> impl Strategy<Value = Profile> {
    let block = (0_usize..2, 1_u32..6, 1_u32..4, 0_u32..3, any::<bool>());
    prop::collection::vec(block, 0..24).prop_map(|blocks| {
        let mut profile = Profile::default();
        for (file, line, column, more, ran) in blocks {
            let span = Span { line, column, end_line: line + more, end_column: column + 1 };
            profile.add(["m/a.go", "m/b:c d.go"][file].as_bytes(), span, line + more, ran, 0).unwrap();
        }
        profile
    })
}

/// The lines of each file.
type Lines = BTreeMap<String, BTreeMap<u32, bool>>;

/// All that is told of a profile.
fn told(profile: &Profile) -> (Vec<FileCoverage>, Lines, Vec<u8>) {
    let names = profile.names().map(|name| (name.to_string(), profile.lines_of(&name))).collect();
    let mut text = Vec::new();
    profile.write(&mut text).unwrap();
    (profile.files(), names, text)
}

fn merged(parts: &[&Profile]) -> Profile {
    let mut all = Profile::default();
    parts.iter().for_each(|part| all.merge(part).unwrap());
    all
}

/// The bytes of everything that we write of a profile.
fn written(profile: &Profile) -> Vec<Vec<u8>> {
    let mut all = vec![Vec::new(), Vec::new(), Vec::new()];
    profile.write(&mut all[0]).unwrap();
    write::lcov(profile, &mut all[1]).unwrap();
    write::cobertura(profile, 0, &mut all[2]).unwrap();
    all
}

/// Whether one fraction is below another, found by their whole parts and then by what is left, upside down.
fn below((mut a, mut b): (u64, u64), (mut c, mut d): (u64, u64)) -> bool {
    loop {
        match (b == 0, d == 0) {
            // Of nothing is without end.
            (true, _) => return false,
            (false, true) => return true,
            (false, false) => {}
        }
        let (one, other) = (a / b, c / d);
        if one != other {
            return one < other;
        }
        // a/b < c/d exactly if what is left of it is, and that exactly if d/c' < b/a'.
        (a, b, c, d) = (d, c % d, b, a % b);
    }
}

fn holds(a: &Profile, b: &Profile, c: &Profile) {
    let ab = merged(&[a, b]);
    assert_eq!(told(&ab), told(&merged(&[b, a])), "commutative");
    assert_eq!(told(&merged(&[&ab, c])), told(&merged(&[a, &merged(&[b, c])])), "associative");
    assert_eq!(told(&merged(&[a, a])), told(&merged(&[a])), "idempotent");
    assert_eq!(told(&merged(&[&ab, b])), told(&ab), "absorbing");
    let (one, both) = (a.total(), ab.total());
    assert!(both.covered >= one.covered && both.total >= one.total, "monotone");
    assert!(both.covered <= both.total);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(CASES))]

    #[test]
    fn merging_lines_is_a_union(a in lines(), b in lines(), c in lines()) {
        holds(&a, &b, &c);
    }

    #[test]
    fn merging_blocks_is_a_union(a in blocks(), b in blocks(), c in blocks()) {
        holds(&a, &b, &c);
    }

    #[test]
    fn what_is_written_is_read_again(lines in lines(), blocks in blocks()) {
        let measure = |profile: &Profile| {
            let file = |file: FileCoverage| (file.name, file.measure, file.branches);
            profile.files().into_iter().map(file).collect::<Vec<_>>()
        };
        if lines.total().total > 0 {
            let mut text = Vec::new();
            write::lcov(&lines, &mut text).unwrap();
            prop_assert_eq!(measure(&lcov::read(&*text).unwrap()), measure(&lines));
            let mut text = Vec::new();
            write::cobertura(&lines, 0, &mut text).unwrap();
            prop_assert_eq!(measure(&cobertura::read(&*text).unwrap()), measure(&lines));
        }
        if blocks.total().total > 0 {
            let mut text = Vec::new();
            blocks.write(&mut text).unwrap();
            prop_assert_eq!(told(&go::read(&*text).unwrap()), told(&blocks));
            let mut text = Vec::new();
            write::lcov(&blocks, &mut text).unwrap();
            for name in blocks.names() {
                prop_assert_eq!(lcov::read(&*text).unwrap().lines_of(&name), blocks.lines_of(&name));
            }
        }
    }

    #[test]
    fn the_order_of_reports_changes_no_byte(mut parts in prop::collection::vec(lines(), 1..4), turn in 0_usize..4) {
        let all = |parts: &[Profile]| written(&merged(&parts.iter().collect::<Vec<_>>()));
        let one = all(&parts);
        let count = parts.len();
        parts.rotate_left(turn % count);
        prop_assert_eq!(&one, &all(&parts));
        parts.reverse();
        prop_assert_eq!(&one, &all(&parts));
    }

    #[test]
    fn a_threshold_is_a_fraction(
        wanted in 0_u64..=1_000_000, total in prop_oneof![1_u64..2_000, any::<u64>()], share in any::<u64>(), near in 0_u64..3,
    ) {
        let percent = Percent::parse(&format!("{}.{:04}", wanted / 10_000, wanted % 10_000)).unwrap();
        // Some anywhere, and some that are just enough or just not.
        let enough = u64::try_from((u128::from(wanted) * u128::from(total)).div_ceil(1_000_000)).unwrap();
        for part in [share % total, (enough + near).saturating_sub(1).min(total), total] {
            let reached = !below((part, total), (wanted, 1_000_000));
            prop_assert_eq!(percent.reached_by(part, total), reached, "{} of {} against {}", part, total, percent);
            prop_assert_eq!(percent.missing(part, total) == 0, reached);
            prop_assert_eq!(shown(part, total) == "100 %", part == total);
        }
    }

    #[test]
    fn no_bytes_make_a_reader_panic(bytes in prop::collection::vec(any::<u8>(), 0..200), at in 0_usize..8) {
        let _ = (super::FORMATS[at].read)(&mut &*bytes);
    }
}
