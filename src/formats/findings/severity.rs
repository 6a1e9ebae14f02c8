//! One scale for how bad a finding is.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How bad it is, the least first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Worth knowing.
    Low,
    /// Worth mending soon.
    Medium,
    /// Worth mending before a release.
    High,
    /// Worth mending now.
    Critical,
}

impl Severity {
    /// The rating of a CVSS base score (CVSS v3.1 §5, v4.0 §6), as GitHub rates `security-severity` too; a score of
    /// 0 or out of its range is none.
    #[must_use]
    pub fn of_score(score: f64) -> Option<Self> {
        match score {
            score if score > 0.0 && score < 4.0 => Some(Self::Low),
            score if (4.0..7.0).contains(&score) => Some(Self::Medium),
            score if (7.0..9.0).contains(&score) => Some(Self::High),
            score if (9.0..=10.0).contains(&score) => Some(Self::Critical),
            _ => None,
        }
    }

    /// The rating of a CVSS vector of any version; none for what is no vector, or has a score of 0.
    #[must_use]
    pub fn of_vector(vector: &str) -> Option<Self> {
        vector.parse::<cvss::Cvss>().ok().and_then(|cvss| Self::of_score(cvss.score()))
    }

    /// What tools write, in any case: `CRITICAL`, `moderate`, `error`.
    #[must_use]
    pub fn of_word(word: &str) -> Option<Self> {
        match word.to_ascii_lowercase().as_str() {
            "critical" => Some(Self::Critical),
            "high" | "error" => Some(Self::High),
            "medium" | "moderate" | "warning" => Some(Self::Medium),
            "low" | "note" | "info" => Some(Self::Low),
            _ => None,
        }
    }

    /// A score of this rating, in tenths, for programs that know scores alone.
    #[must_use]
    pub fn score(self) -> u8 {
        match self {
            Self::Low => 20,
            Self::Medium => 55,
            Self::High => 80,
            Self::Critical => 95,
        }
    }

    /// The word in reports.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
            Self::Critical => "critical",
        }
    }
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scores_have_ratings() {
        for (score, rating) in [
            (0.0, None),
            (0.1, Some(Severity::Low)),
            (3.9, Some(Severity::Low)),
            (4.0, Some(Severity::Medium)),
            (6.9, Some(Severity::Medium)),
            (7.0, Some(Severity::High)),
            (8.9, Some(Severity::High)),
            (9.0, Some(Severity::Critical)),
            (10.0, Some(Severity::Critical)),
            (10.1, None),
            (f64::NAN, None),
            (-1.0, None),
        ] {
            assert_eq!(Severity::of_score(score), rating, "{score}");
        }
        for rating in [Severity::Low, Severity::Medium, Severity::High, Severity::Critical] {
            assert_eq!(Severity::of_score(f64::from(rating.score()) / 10.0), Some(rating));
        }
    }
}
