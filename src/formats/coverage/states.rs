//! Lines that ran, did not run, or ran in part.

use std::collections::BTreeMap;

use super::file::File;
use super::measure::LineState;

impl File {
    /// A line that ran is only partly covered where one of its branches was not taken, or where a block that
    /// lies wholly on it did not run: `if bad { return }`.
    pub(super) fn states(&self) -> BTreeMap<u32, LineState> {
        let state = |covered: bool| if covered { LineState::Covered } else { LineState::Missed };
        let mut states: BTreeMap<u32, LineState> =
            self.by_line().into_iter().map(|(line, covered)| (line, state(covered))).collect();
        for (line, measure) in self.branches_by_line() {
            if let Some(known @ LineState::Covered) = states.get_mut(&line)
                && measure.covered < measure.total
            {
                *known = LineState::Partly;
            }
        }
        for (span, statements, ran) in self.sorted_blocks() {
            if statements > 0
                && span.line == span.end_line
                && let Some(known) = states.get_mut(&span.line)
                && *known != state(ran)
            {
                *known = LineState::Partly;
            }
        }
        states
    }
}

#[cfg(test)]
mod tests {
    use crate::formats::coverage::{LineState, go, lcov};

    #[test]
    fn a_line_of_go_is_partly_covered_by_blocks_of_its_own() {
        // Line 3 runs up to a body of one line that does not, line 4 begins a body that goes on below.
        let text =
            "mode: set\nm/a.go:3.1,3.9 1 1\nm/a.go:3.9,3.20 1 0\nm/a.go:4.1,4.10 1 1\nm/a.go:4.10,6.2 1 0\n";
        let states: Vec<_> = go::read(text.as_bytes()).unwrap().states_of("m/a.go").into_iter().collect();
        let (covered, partly, missed) = (LineState::Covered, LineState::Partly, LineState::Missed);
        assert_eq!(states, [(3, partly), (4, covered), (5, missed)]);
    }

    #[test]
    fn a_line_with_a_branch_that_was_not_taken_is_partly_covered() {
        let text = "TN:\nSF:a\nBRDA:1,0,0,1\nBRDA:1,0,1,0\nBRDA:2,0,0,1\nBRDA:3,0,0,-\nDA:1,1\nDA:2,1\nDA:3,0\nend_of_record\n";
        let states: Vec<_> = lcov::read(text.as_bytes()).unwrap().states_of("a").into_iter().collect();
        let (covered, partly, missed) = (LineState::Covered, LineState::Partly, LineState::Missed);
        assert_eq!(states, [(1, partly), (2, covered), (3, missed)]);
    }
}
