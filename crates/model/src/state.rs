//! What a target finds in the world, and what can be taken back.

use serde::{Deserialize, Serialize};

/// How hard an effect is to take back. Effects run in this order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Rank {
    /// Leaves no trace once undone: a draft and its assets.
    Reversible,
    /// Can be made good, but was seen: a pull request.
    Compensable,
    /// Stays: a published release, a package version.
    Irreversible,
    /// Moves what people follow: `latest`, a tap. Comes last.
    Pointer,
}

/// What `observe` found, compared with what the plan wants.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum State {
    /// Nothing there.
    Absent,
    /// Just as wanted.
    Same {
        /// What proves it: a digest, an id, an address.
        proof: String,
    },
    /// Something else is there, which `apply` can turn into what is wanted.
    Differs {
        /// What is different.
        how: String,
    },
    /// A person has to act first; nothing is wrong.
    Held {
        /// What is waited for.
        until: String,
    },
    /// Something is there that we must not or cannot change.
    Broken {
        /// What is wrong.
        why: String,
        /// What a person can do.
        fix: String,
    },
}

impl State {
    /// True if there is nothing left to do.
    #[must_use]
    pub fn is_same(&self) -> bool {
        matches!(self, Self::Same { .. })
    }

    /// The state in a word, as reports print it.
    #[must_use]
    pub fn word(&self) -> &'static str {
        match self {
            Self::Absent => "absent",
            Self::Same { .. } => "same",
            Self::Differs { .. } => "differs",
            Self::Held { .. } => "held",
            Self::Broken { .. } => "broken",
        }
    }
}

/// What became of an attempt to take an effect back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "undone", rename_all = "snake_case")]
pub enum Undone {
    /// It is gone.
    Done {
        /// What was removed.
        what: String,
    },
    /// There was nothing of ours.
    Nothing,
    /// It cannot be taken back.
    Impossible {
        /// Why.
        why: String,
        /// The best that is left to do.
        instead: String,
    },
}
