//! The smallest thing to do to reach a threshold.

use crate::formats::coverage::{FileCoverage, Gap, Unit};

/// How many places are named.
const NAMED: usize = 5;

/// What covering would reach the threshold: one gap if one is enough (the smallest such), else the
/// largest ones. In both cases with the place to look at first.
pub struct Advice<'a> {
    /// The sentence.
    pub words: String,
    /// The file and line to begin with.
    pub first: Option<(&'a str, u32)>,
}

/// Advice on how `missing` more are covered, in files of one unit.
pub fn advise(files: &[FileCoverage], missing: u64) -> Advice<'_> {
    let unit = files.first().map_or(Unit::Lines, |file| file.unit);
    let mut gaps: Vec<(&str, &Gap)> =
        files.iter().flat_map(|file| file.gaps.iter().map(|gap| (file.name.as_str(), gap))).collect();
    // The largest first; names and lines keep the order the same where sizes are.
    gaps.sort_by(|a, b| b.1.size.cmp(&a.1.size).then(a.0.cmp(b.0)).then(a.1.from.cmp(&b.1.from)));
    if let Some((name, gap)) = gaps.iter().rfind(|(_, gap)| gap.size >= missing) {
        let words = format!("a test that reaches {} would do", place(name, gap, unit));
        return Advice { words, first: Some((name, gap.from)) };
    }
    if gaps.is_empty() {
        // Reports with totals alone do not say where.
        let worst = files.iter().max_by_key(|file| file.measure.missed());
        let words = worst.map_or_else(
            || "write more tests".into(),
            |file| format!("write tests for {}, where most is missing", file.name),
        );
        return Advice { words, first: None };
    }
    let mut reached = 0;
    let mut named = Vec::new();
    for (name, gap) in gaps.iter().take(NAMED) {
        if reached >= missing {
            break;
        }
        reached += gap.size;
        named.push(place(name, gap, unit));
    }
    let rest = if reached >= missing {
        "would do".to_owned()
    } else {
        format!("would bring {reached} of {missing}")
    };
    let words = format!("tests that reach {} {rest}", named.join(", "));
    Advice { words, first: gaps.first().map(|(name, gap)| (*name, gap.from)) }
}

fn place(name: &str, gap: &Gap, unit: Unit) -> String {
    let lines = if gap.from == gap.to { gap.from.to_string() } else { format!("{}-{}", gap.from, gap.to) };
    format!("the {} in {name}:{lines}", unit.count(gap.size))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::formats::coverage::Measure;

    fn file(name: &str, gaps: &[(u32, u32, u64)]) -> FileCoverage {
        let gaps = gaps.iter().map(|&(from, to, size)| Gap { from, to, size }).collect();
        FileCoverage {
            name: name.into(),
            unit: Unit::Statements,
            measure: Measure::default(),
            branches: Measure::default(),
            gaps,
        }
    }

    #[test]
    fn names_the_smallest_gap_that_is_enough() {
        let files = [file("a.go", &[(1, 9, 20), (40, 58, 12)]), file("b.go", &[(3, 4, 2)])];
        let advice = advise(&files, 11);
        assert_eq!(advice.words, "a test that reaches the 12 statements in a.go:40-58 would do");
        assert_eq!(advice.first, Some(("a.go", 40)));
        assert_eq!(advise(&files, 2).first, Some(("b.go", 3)));
    }

    #[test]
    fn else_the_largest_ones() {
        let files = [file("a.go", &[(1, 9, 5)]), file("b.go", &[(3, 4, 2), (6, 7, 1)])];
        let words = advise(&files, 7).words;
        assert_eq!(
            words,
            "tests that reach the 5 statements in a.go:1-9, the 2 statements in b.go:3-4 would do"
        );
        let many: Vec<_> = (1..=9).map(|n| file(&format!("{n}.go"), &[(1, 2, 3)])).collect();
        assert!(advise(&many, 20).words.ends_with("would bring 15 of 20"));
    }
}
