//! Which tests there were: enough to say of a name whether it is one of them.

use std::collections::HashSet;
use std::hash::{DefaultHasher, Hash, Hasher};

/// How many names are held; of more it is not known any longer which are none.
const MOST: usize = 200_000;

/// Names, each as a number: a report of a gigabyte has millions of them.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Names {
    known: HashSet<u64>,
    more: bool,
}

impl Names {
    /// Takes a test's name, with what it belongs to.
    pub fn note(&mut self, suite: &str, test: &str, passed: bool) {
        if self.known.len() + 3 > MOST {
            self.more = true;
            return;
        }
        self.known.insert(number(("test", test)));
        self.known.insert(number(("of", suite, test)));
        if passed {
            self.known.insert(number(("passed", suite, test)));
        }
    }

    /// Whether there was a test of this name; true where that is not known.
    #[must_use]
    pub fn has(&self, test: &str) -> bool {
        self.more || self.known.contains(&number(("test", test)))
    }

    /// Whether there was a test of this name in this suite; true where that is not known.
    #[must_use]
    pub fn has_in(&self, suite: &str, test: &str) -> bool {
        self.more || self.known.contains(&number(("of", suite, test)))
    }

    /// Whether it is certain that this test passed.
    #[must_use]
    pub fn passed(&self, suite: &str, test: &str) -> bool {
        self.known.contains(&number(("passed", suite, test)))
    }

    /// Takes in other names.
    pub fn merge(&mut self, other: Self) {
        self.more |= other.more || self.known.len() + other.known.len() > MOST;
        if !self.more {
            self.known.extend(other.known);
        }
    }
}

fn number(name: impl Hash) -> u64 {
    let mut hasher = DefaultHasher::new();
    name.hash(&mut hasher);
    hasher.finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn knows_what_there_was_and_not_more_than_it_holds() {
        let mut names = Names::default();
        names.note("s", "a", true);
        names.note("s", "b", false);
        assert!(names.has("a") && names.has("b") && !names.has("c") && !names.has("s"));
        assert!(names.has_in("s", "b") && !names.has_in("t", "b"));
        assert!(names.passed("s", "a") && !names.passed("s", "b") && !names.passed("t", "a"));
        (0..MOST).for_each(|one| names.note("s", &one.to_string(), true));
        assert!(names.known.len() <= MOST);
        assert!(
            names.has("c") && !names.passed("s", "c"),
            "what is not known is not unused, and has not passed"
        );
    }
}
