//! What became known while a command ran, for the outputs: also of one that failed half-way.

use std::sync::{Arc, Mutex, PoisonError};

use camino::Utf8PathBuf;

use crate::model::{Artifact, Facts, Plan, Record};

/// A run that came to its end, good or bad.
#[derive(Debug, Clone, Default)]
pub struct Ran {
    /// Everything that happened.
    pub records: Vec<Record>,
    /// Everything that was made or taken over.
    pub artifacts: Vec<Artifact>,
    /// Whether a run had begun in this dist folder before.
    pub began_before: bool,
}

/// What is known so far.
#[derive(Debug, Clone, Default)]
pub struct Seen {
    /// The dist folder.
    pub dist: Utf8PathBuf,
    /// The facts.
    pub facts: Option<Facts>,
    /// Whether the release is a prerelease, by settings and version.
    pub prerelease: bool,
    /// The plan.
    pub plan: Option<Plan>,
    /// The matrix of builds, as JSON.
    pub matrix: Option<String>,
    /// The run.
    pub ran: Option<Ran>,
}

/// A place to note it, shared by everybody who learns something.
#[derive(Debug, Clone, Default)]
pub struct Outcome(Arc<Mutex<Seen>>);

impl Outcome {
    /// Notes something.
    pub fn note(&self, learn: impl FnOnce(&mut Seen)) {
        learn(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner));
    }

    /// What is known by now.
    #[must_use]
    pub fn seen(&self) -> Seen {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// Whether a release is a prerelease: `choice` is the setting `release.github.prerelease`.
#[must_use]
pub fn is_prerelease(choice: Option<&str>, facts: &Facts) -> bool {
    match choice {
        Some("always") => true,
        Some("never") => false,
        _ => facts.is_prerelease(),
    }
}
