//! How often each region was reached.

use crate::mapping::{Counter, Mapped};

/// A function's counters, and what its expressions came to so far.
pub struct Reached<'a> {
    mapped: &'a Mapped,
    counters: &'a [u64],
    known: Vec<Option<i128>>,
}

impl<'a> Reached<'a> {
    /// Of a function with these counters; none where it never ran.
    pub fn new(mapped: &'a Mapped, counters: &'a [u64]) -> Self {
        Self { mapped, counters, known: vec![None; mapped.expressions.len()] }
    }

    /// How often. Threads count without waiting for each other, so a difference may come out below nothing.
    pub fn of(&mut self, counter: Counter) -> u64 {
        u64::try_from(self.value(counter).max(0)).unwrap_or(u64::MAX)
    }

    fn value(&mut self, counter: Counter) -> i128 {
        let (index, sign) = match counter {
            Counter::Zero => return 0,
            Counter::Of(index) => return self.counters.get(index).copied().map_or(0, i128::from),
            Counter::Minus(index) => (index, -1),
            Counter::Plus(index) => (index, 1),
        };
        let Some((left, right)) = self.mapped.expressions.get(index).copied() else { return 0 };
        if let Some(known) = self.known[index] {
            return known;
        }
        // What names itself comes to an end.
        self.known[index] = Some(0);
        let value = self.value(left) + sign * self.value(right);
        self.known[index] = Some(value);
        value
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sums_differences_and_circles_come_to_an_end() {
        let expressions = vec![
            (Counter::Of(0), Counter::Of(1)),
            (Counter::Minus(0), Counter::Of(2)),
            (Counter::Plus(2), Counter::Of(0)),
        ];
        let mapped = Mapped { function: (0, 0), files: Vec::new(), expressions, regions: Vec::new() };
        let mut reached = Reached::new(&mapped, &[5, 3, 10]);
        assert_eq!(reached.of(Counter::Minus(0)), 2);
        assert_eq!(reached.of(Counter::Plus(1)), 12);
        assert_eq!(reached.of(Counter::Plus(2)), 5);
        assert_eq!(Reached::new(&mapped, &[3, 5]).of(Counter::Minus(0)), 0, "never below nothing");
        assert_eq!(Reached::new(&mapped, &[]).of(Counter::Plus(1)), 0, "it never ran");
    }
}
