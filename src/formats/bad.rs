//! A report that proves nothing.

use crate::model::Problem;

/// Why a report is no evidence.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{why}")]
pub struct BadReport {
    /// The line, from 1; 0 where the whole report is meant.
    pub line: u64,
    /// What is wrong.
    pub why: String,
}

impl BadReport {
    /// Something is wrong with this line.
    #[must_use]
    pub fn at(line: u64, why: impl Into<String>) -> Self {
        Self { line, why: why.into() }
    }

    /// The problem to show, with the report's name.
    #[must_use]
    pub fn problem(&self, report: &str) -> Problem {
        let line = u32::try_from(self.line).ok().filter(|line| *line > 0); // Beyond four billion lines no editor helps.
        Problem::new(format!("{report} is no evidence")).because(&self.why).at(report, line, None)
    }
}
