//! A line of the log, and what of it is said by whoever writes it.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

/// The version of a line's form.
pub const FORMAT: u32 = 1;

/// What became of an attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// The gates were overridden.
    Accepted,
    /// They were not.
    Refused,
}

/// What an attempt was.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Said {
    /// Names the attempt to override, for whoever looks whether it stands there.
    pub id: String,
    /// When, by the forge's clock where it was asked, else by this machine's.
    pub at: DateTime<Utc>,
    /// What became of it.
    pub outcome: Outcome,
    /// `owner/name`.
    pub repository: String,
    /// The project's folder; empty for the root.
    pub project: String,
    /// The tag.
    pub tag: String,
    /// The commit.
    pub commit: String,
    /// The workflow run; none outside of a workflow.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub run: Option<u64>,
    /// The attempt of the run, as the runner says it.
    pub attempt: String,
    /// Who began it, as the runner says it.
    pub actor: String,
    /// The gates that were asked for.
    pub gates: Vec<String>,
    /// Why.
    pub reason: String,
    /// Where it is followed up.
    pub ticket: String,
    /// Until when it was asked for.
    pub expires: DateTime<Utc>,
    /// What had to be approved; empty where no run could have been approved.
    pub nonce: String,
    /// Who approved it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub approver: Option<String>,
    /// In which words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub comment: Option<String>,
    /// Why it was refused.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub refused: Vec<String>,
}

impl Said {
    /// Whether both are the same use of one approval: the same run, commit and gates.
    #[must_use]
    pub fn is_same_use(&self, other: &Self) -> bool {
        let use_of = |said: &Self| {
            let gates: std::collections::BTreeSet<String> = said.gates.iter().cloned().collect();
            (
                said.nonce.clone(),
                said.repository.to_ascii_lowercase(),
                said.project.clone(),
                said.tag.clone(),
                said.commit.clone(),
                said.run,
                gates,
            )
        };
        use_of(self) == use_of(other)
    }
}

/// A line, without its own digest.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// The form, [`FORMAT`].
    pub v: u32,
    /// Counts the lines from 0.
    pub seq: u64,
    /// What was said.
    #[serde(flatten)]
    pub said: Said,
    /// The digest of the line before; zeros for the first.
    pub prev_sha256: String,
}
