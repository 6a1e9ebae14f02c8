//! A report that proves nothing.

use crate::model::Problem;

/// Why a report is no evidence.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{why}")]
pub struct BadReport {
    /// The line, from 1; 0 where the whole report is meant.
    pub line: u64,
    /// The column in it, in bytes from 1; 0 where the whole line is meant.
    pub column: u64,
    /// What is wrong.
    pub why: String,
}

impl BadReport {
    /// Something is wrong with this line.
    #[must_use]
    pub fn at(line: u64, why: impl Into<String>) -> Self {
        Self { line, column: 0, why: why.into() }
    }

    /// Something is wrong with what begins here.
    #[must_use]
    pub fn place(line: u64, column: u64, why: impl Into<String>) -> Self {
        Self { line, column, why: why.into() }
    }

    /// The problem to show, with the report's name.
    #[must_use]
    pub fn problem(&self, report: &str) -> Problem {
        // Beyond four billion of them no editor helps.
        let told = |number: u64| u32::try_from(number).ok().filter(|number| *number > 0);
        let line = told(self.line);
        let column = line.and_then(|_| told(self.column));
        Problem::new(format!("{report} is no evidence")).because(&self.why).at(report, line, column)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_told_as_far_as_it_is_known() {
        let place = |bad: BadReport| {
            let place = bad.problem("r.xml").place.unwrap();
            (place.line, place.column)
        };
        assert_eq!(place(BadReport::at(0, "x")), (None, None));
        assert_eq!(place(BadReport::at(7, "x")), (Some(7), None));
        assert_eq!(place(BadReport::place(7, 3, "x")), (Some(7), Some(3)));
        assert_eq!(place(BadReport::place(1, u64::MAX, "x")), (Some(1), None));
    }
}
