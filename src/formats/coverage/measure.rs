//! What is told of coverage: how much, where not, and of what.

use serde::{Deserialize, Serialize};

/// How much is covered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Measure {
    /// What ran.
    pub covered: u64,
    /// All there is.
    pub total: u64,
}

impl Measure {
    /// What did not run.
    #[must_use]
    pub fn missed(self) -> u64 {
        self.total.saturating_sub(self.covered)
    }
}

impl std::ops::AddAssign for Measure {
    fn add_assign(&mut self, other: Self) {
        self.covered = self.covered.saturating_add(other.covered);
        self.total = self.total.saturating_add(other.total);
    }
}

/// What is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Unit {
    /// Statements, as Go counts them.
    Statements,
    /// Lines.
    Lines,
}

impl Unit {
    /// Several of them, in words.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Statements => "statements",
            Self::Lines => "lines",
        }
    }

    /// So many of them, in words: `1 line`.
    #[must_use]
    pub fn count(self, count: u64) -> String {
        let word = if count == 1 { self.word().trim_end_matches('s') } else { self.word() };
        format!("{count} {word}")
    }
}

/// What is known of a line that counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LineState {
    /// It ran.
    Covered,
    /// It ran, and not all that is on it: a branch, or a block of its own, did not.
    Partly,
    /// It did not run.
    Missed,
}

/// A run of lines in which nothing is covered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Gap {
    /// The first line.
    pub from: u32,
    /// The last line.
    pub to: u32,
    /// The statements or lines in it that count.
    pub size: u64,
}

/// The coverage of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileCoverage {
    /// Its name as the report has it; for Go the import path and the file.
    pub name: String,
    /// What is counted.
    pub unit: Unit,
    /// How much is covered.
    pub measure: Measure,
    /// How many branches are, where the report tells.
    pub branches: Measure,
    /// What is not, from top to bottom; empty where the report has totals only.
    pub gaps: Vec<Gap>,
}
