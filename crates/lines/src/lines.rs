//! From regions to lines, by LLVM's rule (`LineCoverageStats`).

use std::collections::BTreeMap;

use crate::mapping::At;

/// A part of a file: its first place, the place behind it, whether it is a gap.
pub type Part = (At, At, bool);

/// The parts of a file, each once, with how often it was reached by all that was made of it.
pub type Parts = BTreeMap<Part, u64>;

/// How often each line was reached: the most that a part which begins on it was, or the innermost one that holds its
/// beginning. A line in no part is none of code.
pub fn lines(parts: &Parts) -> BTreeMap<u64, u64> {
    // Outer ones before inner ones.
    let mut sorted: Vec<(&Part, u64)> = parts.iter().map(|(part, count)| (part, *count)).collect();
    sorted.sort_by(|((start, end, _), _), ((other, other_end, _), _)| {
        start.cmp(other).then(other_end.cmp(end))
    });
    let mut counts = BTreeMap::new();
    let mut around: Vec<(At, u64)> = Vec::new();
    let mut next = 0;
    let mut line = sorted.first().map_or(0, |((start, ..), _)| start.0);
    while next < sorted.len() || !around.is_empty() {
        // One that ended in the first column of this line, or before it, holds nothing of it.
        around.retain(|(end, _)| *end > (line, 1));
        let mut count = around.last().map(|(_, count)| *count);
        while let Some(((start, end, gap), reached)) =
            sorted.get(next).copied().filter(|(part, _)| part.0.0 == line)
        {
            if !gap {
                count = Some(count.map_or(reached, |count| count.max(reached)));
            }
            if end > start {
                around.push((*end, reached));
            }
            next += 1;
        }
        if let Some(count) = count {
            counts.insert(line, count);
        }
        line = match (around.is_empty(), sorted.get(next)) {
            (true, Some(((start, ..), _))) => start.0.max(line + 1),
            _ => line + 1,
        };
    }
    counts
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(parts: &[(At, At, bool, u64)]) -> Vec<(u64, u64)> {
        let parts = parts.iter().map(|(start, end, gap, count)| ((*start, *end, *gap), *count)).collect();
        lines(&parts).into_iter().collect()
    }

    #[test]
    fn a_line_has_the_count_of_what_begins_on_it_or_holds_its_beginning() {
        // fn f() {            1
        //     if a {          2
        //         b();        3
        //     }               4
        //     c();            5
        // }                   6
        let function = ((1, 1), (2, 9), false, 7);
        let then = ((2, 10), (4, 6), false, 0);
        let after = ((4, 5), (6, 2), false, 7);
        assert_eq!(of(&[function, then, after]), [(1, 7), (2, 7), (3, 0), (4, 7), (5, 7), (6, 7)]);
    }

    #[test]
    fn what_is_inside_counts_and_then_again_what_is_outside() {
        let outer = ((1, 1), (9, 2), false, 4);
        let inner = ((3, 5), (5, 6), false, 0);
        assert_eq!(
            of(&[outer, inner]),
            [(1, 4), (2, 4), (3, 4), (4, 0), (5, 0), (6, 4), (7, 4), (8, 4), (9, 4)]
        );
    }

    #[test]
    fn a_gap_says_nothing_of_the_line_that_it_begins_on() {
        assert_eq!(of(&[((1, 1), (1, 9), false, 3), ((1, 9), (2, 4), true, 0)]), [(1, 3), (2, 0)]);
        assert_eq!(of(&[]), []);
        assert_eq!(of(&[((2, 1), (2, 5), false, 1), ((8, 1), (8, 5), false, 0)]), [(2, 1), (8, 0)]);
    }
}
