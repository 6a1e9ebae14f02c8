//! What runs now, with what it printed.

use std::collections::{BTreeMap, HashMap};

use super::kept::append;

/// The most tests that may run at once.
const MOST: usize = 100_000;

/// How long all their names may be, and how much of what they print is kept, in bytes.
const BYTES: usize = 8 * 1024 * 1024;

/// Of each package its tests, and itself without a name.
#[derive(Debug, Default)]
pub(super) struct Running {
    packages: HashMap<String, BTreeMap<String, String>>,
    count: usize,
    names: usize,
    words: usize,
}

impl Running {
    /// A test begins, or begins again.
    ///
    /// # Errors
    ///
    /// If more run than any tool lets run.
    pub(super) fn begin(&mut self, package: &str, test: &str) -> Result<(), String> {
        let words = self.held(package, test)?;
        let before = std::mem::take(words).len();
        self.words -= before;
        Ok(())
    }

    /// It prints; what is more than is kept is left out.
    ///
    /// # Errors
    ///
    /// As [`Running::begin`].
    pub(super) fn print(&mut self, package: &str, test: &str, text: &str) -> Result<(), String> {
        let full = self.words > BYTES;
        let words = self.held(package, test)?;
        let before = words.len();
        if !full {
            append(words, text);
        }
        let after = words.len();
        self.words = self.words - before + after;
        Ok(())
    }

    fn held(&mut self, package: &str, test: &str) -> Result<&mut String, String> {
        if !self.packages.get(package).is_some_and(|tests| tests.contains_key(test)) {
            self.count += 1;
            self.names += package.len() + test.len();
            if self.count > MOST || self.names > BYTES {
                return Err(format!("more than {MOST} tests run at once, or their names are too long"));
            }
        }
        let tests = self.packages.entry(package.to_owned()).or_default();
        Ok(tests.entry(test.to_owned()).or_default())
    }

    /// It ends: what it printed.
    pub(super) fn end(&mut self, package: &str, test: &str) -> String {
        let Some(words) = self.packages.get_mut(package).and_then(|tests| tests.remove(test)) else {
            return String::new();
        };
        self.forget(package, test, &words);
        words
    }

    /// The package ends: what still ran in it.
    pub(super) fn end_all(&mut self, package: &str) -> BTreeMap<String, String> {
        let tests = self.packages.remove(package).unwrap_or_default();
        tests.iter().for_each(|(test, words)| self.forget(package, test, words));
        tests
    }

    fn forget(&mut self, package: &str, test: &str, words: &str) {
        self.count -= 1;
        self.names -= package.len() + test.len();
        self.words -= words.len();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_ends_makes_room() {
        let mut running = Running::default();
        for round in 0..3 {
            (0..1_000).for_each(|test| running.print("p", &test.to_string(), &"x".repeat(9_000)).unwrap());
            let held: usize = running.packages["p"].values().map(String::len).sum();
            assert!(held == running.words && (BYTES..BYTES + 9_001).contains(&held), "{round}: {held}");
            running.begin("p", "0").unwrap();
            assert_eq!(running.end("p", "0"), "");
            assert_eq!(running.end("p", "1").len(), 9_000);
            assert_eq!((running.end("p", "1"), running.end("q", "2")), Default::default());
            assert_eq!(running.end_all("p").len(), 998);
            assert_eq!((running.count, running.names, running.words), (0, 0, 0));
        }
        let too_many = (0..).find(|test: &usize| running.begin("p", &test.to_string()).is_err());
        assert_eq!(too_many, Some(MOST));
        assert!(Running::default().begin("p", &"x".repeat(BYTES)).is_err());
    }
}
