//! Which tests there were: enough to say of a name whether it is one of them.

use std::collections::{BTreeSet, HashSet};
use std::fmt;
use std::hash::{BuildHasher, BuildHasherDefault, Hasher, RandomState};
use std::sync::LazyLock;

use crate::formats::marks::AsItIs;

/// How many names are held; of more it is not known any longer which are none.
const MOST: usize = 200_000;

/// Names, each as a number: a report of a gigabyte has millions of them.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct Names {
    known: HashSet<u64, BuildHasherDefault<AsItIs>>,
    more: bool,
}

/// What is equal looks equal: the set itself has another order each time.
impl fmt::Debug for Names {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let known: BTreeSet<&u64> = self.known.iter().collect();
        out.debug_struct("Names").field("known", &known).field("more", &self.more).finish()
    }
}

/// What is said of a test: each is a number of its own, since any odd number keeps different ones apart.
const THERE: u64 = 0x9e37_79b9_7f4a_7c15;
const PASSED: u64 = 0xc2b2_ae3d_27d4_eb4f;

impl Names {
    /// Takes a test's name, with what it belongs to.
    pub fn note(&mut self, suite: &str, test: &str, passed: bool) {
        if self.known.len() + 3 > MOST {
            self.more = true;
            return;
        }
        let (test, within) = numbers(suite, test);
        self.known.insert(test);
        self.known.insert(within.wrapping_mul(THERE));
        if passed {
            self.known.insert(within.wrapping_mul(PASSED));
        }
    }

    /// Whether there was a test of this name; true where that is not known.
    #[must_use]
    pub fn has(&self, test: &str) -> bool {
        self.more || self.known.contains(&numbers("", test).0)
    }

    /// Whether there was a test of this name in this suite; true where that is not known.
    #[must_use]
    pub fn has_in(&self, suite: &str, test: &str) -> bool {
        self.more || self.known.contains(&numbers(suite, test).1.wrapping_mul(THERE))
    }

    /// Whether it is certain that this test passed.
    #[must_use]
    pub fn passed(&self, suite: &str, test: &str) -> bool {
        self.known.contains(&numbers(suite, test).1.wrapping_mul(PASSED))
    }

    /// Takes in other names.
    pub fn merge(&mut self, other: Self) {
        self.more |= other.more || self.known.len() + other.known.len() > MOST;
        if !self.more {
            self.known.extend(other.known);
        }
    }
}

/// The number of a test's name, and the one of it within its suite. Nobody outside can know which these are, so no
/// report can be made of names that fall on the same.
fn numbers(suite: &str, test: &str) -> (u64, u64) {
    static KEYS: LazyLock<RandomState> = LazyLock::new(RandomState::new);
    let mut hasher = KEYS.build_hasher();
    hasher.write(test.as_bytes());
    let test = hasher.finish();
    hasher.write_u8(0xff);
    hasher.write(suite.as_bytes());
    (test, hasher.finish())
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
        assert!(!names.has_in("sa", "") && !names.has_in("", "sa") && !names.has_in("a", "s"));
        (0..MOST).for_each(|one| names.note("s", &one.to_string(), true));
        assert!(names.known.len() <= MOST);
        assert!(
            names.has("c") && !names.passed("s", "c"),
            "what is not known is not unused, and has not passed"
        );
    }
}
