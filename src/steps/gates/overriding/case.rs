//! What the tasks of one override share: what was decided, for those who write it down.

use std::sync::{Mutex, PoisonError};

use super::audit::Said;
use crate::model::{Digest, Override};

/// What was asked for and what was answered.
#[derive(Debug, Clone)]
pub struct Attempt {
    /// The words for the audit log.
    pub said: Said,
    /// The override, where it was accepted.
    pub accepted: Option<Override>,
    /// The head of the log that an acceptance must follow: its evidence names it.
    pub after: Digest,
}

/// The desk that they share.
#[derive(Default)]
pub struct Case {
    attempt: Mutex<Option<Attempt>>,
    written: Mutex<bool>,
}

impl Case {
    /// Puts down what was decided.
    pub fn decide(&self, attempt: Attempt) {
        *self.attempt.lock().unwrap_or_else(PoisonError::into_inner) = Some(attempt);
    }

    /// What was decided; none where nothing had to be.
    pub fn decided(&self) -> Option<Attempt> {
        self.attempt.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// It stands in the log.
    pub fn write(&self) {
        *self.written.lock().unwrap_or_else(PoisonError::into_inner) = true;
    }

    /// Whether it stands in the log.
    pub fn is_written(&self) -> bool {
        *self.written.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
