//! What runs now, with what it printed.

use std::collections::{BTreeMap, HashMap};

use super::kept::{LOST, append, tells};

/// The most tests that may run at once.
const MOST: usize = 100_000;

/// How long all their names may be, and how much of what they print is kept, in bytes.
const BYTES: usize = 8 * 1024 * 1024;

/// How much more is kept of what packages print themselves and of lines that tell of a panic, a signal or a race: a
/// test that floods the log may not hide how another one ended.
const RESERVED: usize = 8 * 1024 * 1024;

/// What one printed.
#[derive(Debug, Default)]
struct Words {
    text: String,
    /// Whether there was no room for some of it.
    lost: bool,
}

impl Words {
    /// The text; where some of it is lost, it says so at its end.
    fn told(mut self) -> String {
        if self.lost {
            self.text.push_str(LOST);
        }
        self.text
    }
}

/// Of each package its tests, and itself without a name.
#[derive(Debug, Default)]
pub(super) struct Running {
    packages: HashMap<String, BTreeMap<String, Words>>,
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
        let before = std::mem::take(words).text.len();
        self.words -= before;
        Ok(())
    }

    /// It prints; what is more than is kept is left out, and that is noted.
    ///
    /// # Errors
    ///
    /// As [`Running::begin`].
    pub(super) fn print(&mut self, package: &str, test: &str, text: &str) -> Result<(), String> {
        let decides = test.is_empty() || text.lines().any(tells);
        let full = self.words > if decides { BYTES + RESERVED } else { BYTES };
        let words = self.held(package, test)?;
        let before = words.text.len();
        if full {
            words.lost = true;
        } else {
            append(&mut words.text, text);
        }
        let after = words.text.len();
        self.words = self.words - before + after;
        Ok(())
    }

    fn held(&mut self, package: &str, test: &str) -> Result<&mut Words, String> {
        if !self.packages.get(package).is_some_and(|tests| tests.contains_key(test)) {
            self.count += 1;
            self.names += package.len() + test.len();
            if self.count > MOST || self.names > BYTES {
                return Err(too_many());
            }
            let tests = self.packages.entry(package.to_owned()).or_default();
            tests.insert(test.to_owned(), Words::default());
        }
        self.packages.get_mut(package).and_then(|tests| tests.get_mut(test)).ok_or_else(too_many)
    }

    /// It ends: what it printed.
    pub(super) fn end(&mut self, package: &str, test: &str) -> String {
        let Some(tests) = self.packages.get_mut(package) else { return String::new() };
        let Some(words) = tests.remove(test) else { return String::new() };
        if tests.is_empty() {
            self.packages.remove(package);
        }
        self.forget(package, test, &words.text);
        words.told()
    }

    /// The package ends: what still ran in it.
    pub(super) fn end_all(&mut self, package: &str) -> BTreeMap<String, String> {
        let tests = self.packages.remove(package).unwrap_or_default();
        tests.iter().for_each(|(test, words)| self.forget(package, test, &words.text));
        tests.into_iter().map(|(test, words)| (test, words.told())).collect()
    }

    fn forget(&mut self, package: &str, test: &str, words: &str) {
        self.count -= 1;
        self.names -= package.len() + test.len();
        self.words -= words.len();
    }
}

fn too_many() -> String {
    format!("more than {MOST} tests run at once, or their names are too long")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_ends_makes_room() {
        let mut running = Running::default();
        for round in 0..3 {
            (0..1_000).for_each(|test| running.print("p", &test.to_string(), &"x".repeat(9_000)).unwrap());
            let held: usize = running.packages["p"].values().map(|words| words.text.len()).sum();
            assert!(held == running.words && (BYTES..BYTES + 9_001).contains(&held), "{round}: {held}");
            running.begin("p", "0").unwrap();
            assert_eq!(running.end("p", "0"), "");
            assert_eq!(running.end("p", "1").len(), 9_000);
            assert_eq!((running.end("p", "1"), running.end("q", "2")), Default::default());
            assert_eq!(running.end_all("p").len(), 998);
            assert_eq!((running.count, running.names, running.words), (0, 0, 0));
            running.print("built", "", "x").unwrap();
            assert_eq!(running.end("built", ""), "x");
            assert!(running.packages.is_empty());
        }
        let too_many = (0..).find(|test: &usize| running.begin("p", &test.to_string()).is_err());
        assert_eq!(too_many, Some(MOST));
        assert!(Running::default().begin("p", &"x".repeat(BYTES)).is_err());
    }

    #[test]
    fn what_is_lost_is_told_and_what_decides_has_room_of_its_own() {
        let mut running = Running::default();
        (0..1_000).for_each(|test| running.print("a", &test.to_string(), &"x".repeat(9_000)).unwrap());
        running.print("b", "T", "    b_test.go:3: no\n").unwrap();
        running.print("b", "T", "panic: ouch\n").unwrap();
        running.print("b", "T", "    testing.go:1: race detected during execution of test\n").unwrap();
        running.print("b", "", "exit status 2\n").unwrap();
        assert_eq!(running.end("b", ""), "exit status 2\n");
        let told = running.end("b", "T");
        assert!(told.starts_with("panic: ouch\n") && told.contains("race detected"), "{told}");
        assert!(told.ends_with(LOST) && !told.contains("b_test.go"), "{told}");
        // Begun again it has lost nothing; what no longer fits into the rest says so.
        running.print("b", "T", "x").unwrap();
        running.begin("b", "T").unwrap();
        assert_eq!(running.end("b", "T"), "");
        (0..1_000).for_each(|at| running.print(&at.to_string(), "", &"y".repeat(9_000)).unwrap());
        running.print("c", "", "exit status 2\n").unwrap();
        assert_eq!(running.end("c", ""), LOST);
    }
}
