//! The gates that make sense in seconds, on what is staged and not on what lies in the work tree: for Git's hooks.
//!
//! No room: it is part of no release and of no plan. What it can't look at it says, and lets pass: the gates
//! look again.

mod format;
mod lint;
mod lock;
mod manifest;
mod message;
mod npm;
mod pins;
mod secrets;
mod snapshot;

use crate::model::Problem;

pub use message::{Message, judge};
pub use snapshot::{GitAt, Staged};

/// What a check came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Found {
    /// It is good, in a few words.
    Good(String),
    /// Nothing was looked at, for this reason.
    Skipped(String),
    /// It is not good.
    Bad(Vec<Problem>),
}

/// A check: its name, and what it came to or why it could not look.
pub type Checked = (&'static str, Result<Found, Problem>);

/// What of the configuration decides.
#[derive(Debug, Clone, Default)]
pub struct Wanted {
    /// What is let pass of secrets.
    pub ignore: Vec<crate::steps::ignore::Ignore>,
    /// Whether workflows must be pinned, and what need not be.
    pub pinning: Option<super::PinningSettings>,
    /// Whether format is looked at.
    pub format: bool,
    /// Whether linters look.
    pub lint: bool,
}

/// The names of the checks, in the order in which they are told.
pub const CHECKS: [&str; 5] = ["secrets", "pinning", "lock files", "format", "lint"];

/// Runs one check.
pub async fn check(name: &'static str, staged: &Staged, wanted: &Wanted) -> Checked {
    let found = match name {
        "secrets" => secrets::check(staged, &wanted.ignore).await,
        "pinning" => pins::check(staged, wanted.pinning.as_ref()).await,
        "lock files" => lock::check(staged).await,
        "format" if wanted.format => format::check(staged).await,
        "lint" if wanted.lint => lint::check(staged).await,
        _ => Ok(Found::Skipped("the configuration switches it off".into())),
    };
    (name, found)
}
