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

/// A test that runs, or a package itself, without a name.
#[derive(Debug)]
struct One {
    package: String,
    test: String,
    words: Words,
}

impl One {
    fn is(&self, package: &str, test: &str) -> bool {
        self.test == test && self.package == package
    }
}

/// What runs now.
#[derive(Debug, Default)]
pub(super) struct Running {
    /// What was told of last: most events are of what the one before was of, which is found without a search.
    last: Option<One>,
    /// Of each package its other tests, and itself without a name.
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
        let decides = || test.is_empty() || text.lines().any(tells);
        let full = self.words > BYTES && (self.words > BYTES + RESERVED || !decides());
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
        let one = match self.last.take() {
            Some(last) if last.is(package, test) => last,
            other => {
                self.put_back(other);
                let words = match self.taken(package, test) {
                    Some(words) => words,
                    None => self.new_words(package, test)?,
                };
                One { package: package.to_owned(), test: test.to_owned(), words }
            }
        };
        Ok(&mut self.last.insert(one).words)
    }

    fn new_words(&mut self, package: &str, test: &str) -> Result<Words, String> {
        self.count += 1;
        self.names += package.len() + test.len();
        if self.count > MOST || self.names > BYTES {
            return Err(format!("more than {MOST} tests run at once, or their names are too long"));
        }
        Ok(Words::default())
    }

    fn put_back(&mut self, one: Option<One>) {
        if let Some(One { package, test, words }) = one {
            self.packages.entry(package).or_default().insert(test, words);
        }
    }

    fn taken(&mut self, package: &str, test: &str) -> Option<Words> {
        if let Some(last) = self.last.take_if(|last| last.is(package, test)) {
            return Some(last.words);
        }
        let tests = self.packages.get_mut(package)?;
        let words = tests.remove(test);
        if tests.is_empty() {
            self.packages.remove(package);
        }
        words
    }

    /// It ends: what it printed.
    pub(super) fn end(&mut self, package: &str, test: &str) -> String {
        let Some(words) = self.taken(package, test) else { return String::new() };
        self.forget(package, test, &words.text);
        words.told()
    }

    /// The package ends: what still ran in it.
    pub(super) fn end_all(&mut self, package: &str) -> BTreeMap<String, String> {
        let last = self.last.take();
        self.put_back(last);
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_ends_makes_room() {
        let mut running = Running::default();
        for round in 0..3 {
            (0..1_000).for_each(|test| running.print("p", &test.to_string(), &"x".repeat(9_000)).unwrap());
            let others: usize = running.packages["p"].values().map(|words| words.text.len()).sum();
            let held = others + running.last.as_ref().unwrap().words.text.len();
            assert!(held == running.words && (BYTES..BYTES + 9_001).contains(&held), "{round}: {held}");
            running.begin("p", "0").unwrap();
            assert_eq!(running.end("p", "0"), "");
            assert_eq!(running.end("p", "1").len(), 9_000);
            assert_eq!((running.end("p", "1"), running.end("q", "2")), Default::default());
            assert_eq!(running.end_all("p").len(), 998);
            assert_eq!((running.count, running.names, running.words), (0, 0, 0));
            running.print("built", "", "x").unwrap();
            assert_eq!(running.end("built", ""), "x");
            assert!(running.packages.is_empty() && running.last.is_none());
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

    #[test]
    fn what_was_told_of_last_ends_with_its_package_alone() {
        for last in ["p", "q"] {
            let mut running = Running::default();
            for package in ["q", "p", last] {
                running.print(package, "T", package).unwrap();
                running.print(package, "U", package).unwrap();
            }
            let twice = |package: &str| if package == last { package.repeat(2) } else { package.to_owned() };
            let ended = running.end_all("p");
            assert_eq!(ended, BTreeMap::from(["T", "U"].map(|test| (test.to_owned(), twice("p")))));
            assert_eq!((running.end("q", "U"), running.end("q", "T")), (twice("q"), twice("q")));
            assert_eq!((running.count, running.names, running.words), (0, 0, 0));
        }
    }

    #[test]
    fn what_is_cut_off_is_not_held_either() {
        let mut running = Running::default();
        running.print("p", "T", &"x".repeat(1_000_000)).unwrap();
        assert!(running.last.unwrap().words.text.capacity() < 100_000);
    }
}
