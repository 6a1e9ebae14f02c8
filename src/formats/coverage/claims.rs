//! What a report says that its lines come to, held against the lines that it tells of.

use super::file::Lines;
use super::measure::Measure;
use crate::formats::BadReport;

/// Refuses a sum that no way of counting the lines comes to; `whose` is what says it, and the first of `readings`
/// is how we count.
///
/// A sum of more lines than are told of, all of the others covered, is let pass: some tools leave out what need
/// not be looked at, and it makes nobody's coverage better.
///
/// # Errors
///
/// If the sum fits none of the readings.
pub(super) fn agree(claimed: Measure, readings: &[Measure], whose: &str, at: u64) -> Result<(), BadReport> {
    let told = readings.first().copied().unwrap_or_default();
    let left_out = claimed.total >= told.total && claimed.missed() == told.missed();
    if claimed.covered <= claimed.total && (left_out || readings.contains(&claimed)) {
        return Ok(());
    }
    let why = format!(
        "{whose} says that {} of {} lines are covered, its lines say {} of {}: it contradicts itself",
        claimed.covered, claimed.total, told.covered, told.total
    );
    Err(BadReport::at(at, why))
}

/// Counts a line.
pub(super) fn one(ran: bool) -> Measure {
    Measure { covered: u64::from(ran), total: 1 }
}

/// Lines counted in two ways: each time they are told, and once by their number.
#[derive(Debug, Default)]
pub(super) struct Tally {
    /// Each time.
    pub(super) told: Measure,
    /// By number: 1 for a line that was missed, 2 for one that ran.
    states: Vec<u8>,
    /// Which of them are not 0: to begin anew costs as much as was told, whatever the numbers of the lines.
    used: Vec<u32>,
    merged: Measure,
}

impl Tally {
    /// Takes a line.
    #[inline]
    pub(super) fn add(&mut self, line: u64, ran: bool) {
        self.told += one(ran);
        // A line beyond is refused where it is kept.
        let Some(number) = u32::try_from(line).ok().filter(|_| line <= Lines::MOST) else { return };
        let index = number as usize;
        if index >= self.states.len() {
            self.states.resize(index + 1, 0);
        }
        let state = &mut self.states[index];
        if *state == 0 {
            self.merged.total += 1;
            self.used.push(number);
        }
        self.merged.covered += u64::from(ran && *state < 2);
        *state = (*state).max(1 + u8::from(ran));
    }

    /// Both ways of counting.
    pub(super) fn readings(&self) -> [Measure; 2] {
        [self.merged, self.told]
    }

    /// Begins anew, and keeps the memory.
    pub(super) fn clear(&mut self) {
        self.told = Measure::default();
        self.merged = Measure::default();
        for line in self.used.drain(..) {
            self.states[line as usize] = 0;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn measure(covered: u64, total: u64) -> Measure {
        Measure { covered, total }
    }

    #[test]
    fn a_sum_fits_one_reading_or_names_more_that_is_covered() {
        let readings = [measure(3, 5), measure(4, 7)];
        for (covered, total, fits) in [
            (3, 5, true),
            (4, 7, true),
            (5, 7, true),
            (13, 15, true),
            (5, 8, false),
            (3, 6, false),
            (2, 5, false),
            (4, 5, false),
            (0, 0, false),
            (1, 2, false),
            (50, 100, false),
            (9, 8, false),
        ] {
            assert_eq!(agree(measure(covered, total), &readings, "x", 7).is_ok(), fits, "{covered}/{total}");
        }
        let bad = agree(measure(3, 6), &readings, "the record", 7).unwrap_err();
        assert_eq!(bad.line, 7);
        assert_eq!(
            bad.why,
            "the record says that 3 of 6 lines are covered, its lines say 3 of 5: it contradicts itself"
        );
    }

    #[test]
    fn lines_told_twice_are_counted_both_ways() {
        let mut tally = Tally::default();
        for (line, ran) in [(1, false), (2, true), (1, true), (1, false), (u64::MAX, true)] {
            tally.add(line, ran);
        }
        assert_eq!(tally.readings(), [measure(2, 2), measure(3, 5)]);
        tally.clear();
        tally.add(3, false);
        assert_eq!(tally.readings(), [measure(0, 1), measure(0, 1)]);
    }
}
