//! The answer of a check.

use camino::Utf8PathBuf;
use serde::{Deserialize, Serialize};

use crate::digest::Digest;
use crate::found::Noted;
use crate::overridden::Override;
use crate::problem::Problem;

/// The five answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// Good, on evidence.
    Pass,
    /// Not good.
    Fail,
    /// No evidence: blocks like `Fail`.
    Error,
    /// Not asked, by policy.
    Skipped,
    /// Not good, and released all the same by a named person.
    Overridden,
}

impl Status {
    /// True if the release must stop.
    #[must_use]
    pub fn blocks(self) -> bool {
        matches!(self, Self::Fail | Self::Error)
    }

    /// The word in reports.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Pass => "pass",
            Self::Fail => "fail",
            Self::Error => "error",
            Self::Skipped => "skipped",
            Self::Overridden => "OVERRIDDEN",
        }
    }
}

/// One measured thing against its limit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Row {
    /// What was measured, with its unit: `statements covered`.
    pub metric: String,
    /// How it is compared: `>=`, `=`, `<=`.
    pub comparator: String,
    /// The limit as text: `85 %`.
    pub threshold: String,
    /// What was found: `91.2 % (114 of 125)`.
    pub actual: String,
    /// Whether this row is good.
    pub ok: bool,
}

/// What the verdict rests on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Proof {
    /// What it is: `coverage profile`, `GET /repos/o/r`.
    pub what: String,
    /// The file, relative to the dist folder, if it is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub file: Option<Utf8PathBuf>,
    /// The file's digest.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub digest: Option<Digest>,
    /// The tool and its version.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tool: Option<String>,
}

/// A check's answer: never a pass without proof.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Verdict {
    /// The answer.
    pub status: Status,
    /// One line a person reads first.
    pub summary: String,
    /// The measured rows.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub rows: Vec<Row>,
    /// What it rests on.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub evidence: Vec<Proof>,
    /// All that is wrong, each with its fix.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub problems: Vec<Problem>,
    /// All that was found, for other programs; it stands in a file beside the journal and never in it.
    #[serde(skip)]
    pub noted: Noted,
    /// By whom it was overridden, and why.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub overridden: Option<Box<Override>>,
}

impl Verdict {
    /// Good, resting on this proof.
    #[must_use]
    pub fn pass(summary: impl Into<String>, proof: Proof) -> Self {
        Self::of(Status::Pass, summary).proof(proof)
    }

    /// Not good.
    #[must_use]
    pub fn fail(summary: impl Into<String>) -> Self {
        Self::of(Status::Fail, summary)
    }

    /// No evidence.
    #[must_use]
    pub fn error(summary: impl Into<String>) -> Self {
        Self::of(Status::Error, summary)
    }

    /// Not asked.
    #[must_use]
    pub fn skipped(reason: impl Into<String>) -> Self {
        Self::of(Status::Skipped, reason)
    }

    fn of(status: Status, summary: impl Into<String>) -> Self {
        Self {
            status,
            summary: summary.into(),
            rows: Vec::new(),
            evidence: Vec::new(),
            problems: Vec::new(),
            noted: Noted::default(),
            overridden: None,
        }
    }

    /// Adds a measured row.
    #[must_use]
    pub fn row(mut self, row: Row) -> Self {
        self.rows.push(row);
        self
    }

    /// Adds proof.
    #[must_use]
    pub fn proof(mut self, proof: Proof) -> Self {
        self.evidence.push(proof);
        self
    }

    /// Adds a problem.
    #[must_use]
    pub fn problem(mut self, problem: Problem) -> Self {
        self.problems.push(problem);
        self
    }

    /// Adds all that was found, for other programs.
    #[must_use]
    pub fn noted(mut self, noted: Noted) -> Self {
        self.noted = noted;
        self
    }
}

impl Proof {
    /// Proof that is no file.
    #[must_use]
    pub fn seen(what: impl Into<String>) -> Self {
        Self { what: what.into(), file: None, digest: None, tool: None }
    }
}
