//! What is kept of the words of tests: the end of each, and not more than is read.

/// The most that is kept of one test's output, in bytes.
const KEPT: usize = 16 * 1024;

/// The most output kept of all failures together, in bytes.
const KEPT_IN_ALL: usize = 4 * 1024 * 1024;

/// Adds to what is kept of one test, of which only the end stays.
pub(super) fn append(kept: &mut String, text: &str) {
    kept.push_str(text);
    if kept.len() > 2 * KEPT {
        let mut cut = kept.len() - KEPT;
        while !kept.is_char_boundary(cut) {
            cut += 1;
        }
        kept.drain(..cut);
    }
}

/// How much is kept of all.
#[derive(Debug, Default)]
pub(super) struct Budget(usize);

impl Budget {
    /// The output, if there is still room for it.
    pub(super) fn keep(&mut self, output: String) -> String {
        if self.0.saturating_add(output.len()) > KEPT_IN_ALL {
            return "(more output than is kept)\n".into();
        }
        self.0 += output.len();
        output
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
        let all: usize = (0..1000).map(|_| budget.keep(kept.clone()).len()).sum();
        assert!(all < KEPT_IN_ALL + 1000 * 30);
    }
}
