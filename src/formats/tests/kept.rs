//! What is kept of the words of tests: the end of each, and not more than is read.

use std::sync::LazyLock;

use memchr::memmem::Finder;

use super::results::Failure;

/// The most that is kept of one test's output, in bytes.
const KEPT: usize = 16 * 1024;

/// The most output kept of all failures together, in bytes.
const KEPT_IN_ALL: usize = 4 * 1024 * 1024;

/// The last line where output was left out: who decides from what a test printed has not seen all of it.
pub const LOST: &str = "(more output than is kept)\n";

/// The most lines that are kept of what is cut, and of each so many characters.
const TELLING: (usize, usize) = (8, 256);

/// What Go's race detector says in a line, looked for in all that tests print.
static RACES: LazyLock<[Finder<'static>; 2]> =
    LazyLock::new(|| ["WARNING: DATA RACE", "race detected during execution of test"].map(Finder::new));

/// Whether a line tells that more than a test failed: somebody panicked, was killed or raced.
#[must_use]
pub fn tells(line: &str) -> bool {
    let start = line.trim_start();
    ["panic: ", "fatal error: ", "signal: ", "exit status "].iter().any(|word| start.starts_with(word))
        || RACES.iter().any(|race| race.find(line.as_bytes()).is_some())
}

/// Adds to what is kept of one test, of which only the end stays, and the first lines that tell more.
pub(super) fn append(kept: &mut String, text: &str) {
    kept.push_str(text);
    if kept.len() > 2 * KEPT {
        let mut cut = kept.len() - KEPT;
        while !kept.is_char_boundary(cut) {
            cut += 1;
        }
        let mut told = String::new();
        for line in kept[..cut].lines().filter(|line| tells(line)).take(TELLING.0) {
            told.extend(line.trim_start().chars().take(TELLING.1));
            told.push('\n');
        }
        kept.replace_range(..cut, &told);
        // What is counted is its length.
        kept.shrink_to(2 * KEPT);
    }
}

/// The most failures that are told one by one, and how long all their names may be, in bytes.
const FAILURES: (usize, usize) = (10_000, 4 * 1024 * 1024);

/// How much is kept of all failures.
#[derive(Debug, Default)]
pub(super) struct Budget {
    output: usize,
    count: usize,
    names: usize,
}

impl Budget {
    /// The failure with its output, if there is still room for it; none if there is none for the failure itself.
    pub(super) fn keep(&mut self, test: String, output: String) -> Option<Failure> {
        let names = self.names.saturating_add(test.len());
        if self.count >= FAILURES.0 || names > FAILURES.1 {
            return None;
        }
        self.count += 1;
        self.names = names;
        if self.output.saturating_add(output.len()) > KEPT_IN_ALL {
            return Some(Failure { test, output: LOST.into() });
        }
        self.output += output.len();
        Some(Failure { test, output })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn endless_output_is_cut() {
        let mut kept = String::new();
        (0..10_000).for_each(|_| append(&mut kept, "äöü ten\n"));
        assert!(kept.len() <= 2 * KEPT && kept.ends_with("äöü ten\n"));
        let mut budget = Budget::default();
        let kept = |_| budget.keep("t".into(), kept.clone()).unwrap().output.len();
        let all: usize = (0..1000).map(kept).sum();
        assert!(all < KEPT_IN_ALL + 1000 * 30);
    }

    #[test]
    fn what_tells_more_outlives_the_cut() {
        let mut kept = String::new();
        append(&mut kept, "    panic: ouch\nWARNING: DATA RACE\n");
        (0..10_000).for_each(|_| append(&mut kept, "goroutine 7\n"));
        assert!(kept.starts_with("panic: ouch\nWARNING: DATA RACE\n") && kept.len() <= 2 * KEPT);
        append(&mut kept, &format!("panic: {}", "x".repeat(3 * KEPT)));
        assert!(kept.len() <= 2 * KEPT && kept.lines().nth(2).is_some_and(tells));
    }

    #[test]
    fn failures_without_end_are_not_kept() {
        let mut budget = Budget::default();
        let kept = (0..1_000_000).filter_map(|_| budget.keep("t".into(), String::new())).count();
        assert_eq!(kept, FAILURES.0);
        let mut budget = Budget::default();
        let kept = (0..1_000).filter_map(|_| budget.keep("t".repeat(1 << 20), String::new())).count();
        assert_eq!(kept, 4);
    }
}
