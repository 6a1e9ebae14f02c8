//! The tests that took longest.

use std::cmp::Reverse;

/// How many are kept.
const MOST: usize = 10;

/// A test with its time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Timed {
    /// What it belongs to.
    pub suite: String,
    /// Its name.
    pub test: String,
    /// How long it took, in milliseconds.
    pub millis: u64,
}

/// The slowest tests, the slowest first; of equally slow ones by name.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Slowest(Vec<Timed>);

impl Slowest {
    /// Takes a test. What took no time that can be told is left out.
    pub fn note(&mut self, suite: &str, test: &str, seconds: f64) {
        // Beyond the range it is the range's end; what is no number is 0.
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "a cast of f64 saturates"
        )]
        let millis = (seconds * 1000.0).round() as u64;
        // Most tests come behind those that are known, and nothing is copied for them.
        let behind = |last: &Timed| last.rank() <= (Reverse(millis), suite, test);
        if millis == 0 || (self.0.len() == MOST && self.0.last().is_some_and(behind)) {
            return;
        }
        self.add(Timed { suite: suite.to_owned(), test: test.to_owned(), millis });
    }

    fn add(&mut self, timed: Timed) {
        let place = self.0.partition_point(|other| other.rank() < timed.rank());
        self.0.insert(place, timed);
        self.0.truncate(MOST);
    }

    /// Takes in others.
    pub fn merge(&mut self, other: Self) {
        other.0.into_iter().for_each(|timed| self.add(timed));
    }

    /// The slowest first.
    pub fn iter(&self) -> impl Iterator<Item = &Timed> {
        self.0.iter()
    }
}

impl Timed {
    /// What comes first is less.
    fn rank(&self) -> (Reverse<u64>, &str, &str) {
        (Reverse(self.millis), &self.suite, &self.test)
    }

    /// In words: `m/sub: TestTwo 1.25 s`.
    #[must_use]
    pub fn words(&self) -> String {
        format!("{}: {} {}.{:02} s", self.suite, self.test, self.millis / 1000, self.millis % 1000 / 10)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_slowest_are_kept_in_any_order() {
        let (mut up, mut down) = (Slowest::default(), Slowest::default());
        (0..100_u32).for_each(|one| up.note("s", &format!("t{one}"), f64::from(one / 2) / 8.0));
        (0..100_u32).rev().for_each(|one| down.note("s", &format!("t{one}"), f64::from(one / 2) / 8.0));
        assert_eq!(up, down);
        let words: Vec<String> = up.iter().map(Timed::words).collect();
        assert_eq!(words.len(), MOST);
        assert_eq!(words[..3], ["s: t98 6.12 s", "s: t99 6.12 s", "s: t96 6.00 s"]);
        for seconds in [f64::NAN, -1.0, 0.0, 0.0004] {
            let mut none = Slowest::default();
            none.note("s", "t", seconds);
            assert_eq!(none, Slowest::default());
        }
        up.note("s", "endless", f64::INFINITY);
        assert_eq!(up.iter().next().unwrap().millis, u64::MAX);
    }
}
