//! The whole of what will be done, as data.

use serde::{Deserialize, Serialize};

use crate::digest::Digest;
use crate::task::{Task, TaskId};

/// The version of the plan's form.
pub const PLAN_FORMAT: u32 = 1;

/// Everything that would be built, uploaded, published and announced. The same facts and settings
/// give the same bytes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Plan {
    /// The form's version, [`PLAN_FORMAT`].
    pub format: u32,
    /// The project's name.
    pub project: String,
    /// The version without a leading `v`.
    pub version: String,
    /// The tag that is released.
    pub tag: String,
    /// The commit, 40 or 64 hex digits.
    pub commit: String,
    /// True if nothing leaves this machine.
    pub snapshot: bool,
    /// The tasks in the order of the street.
    pub tasks: Vec<Task>,
}

impl Plan {
    /// The plan as it is written to `plan.json`, with a line feed at its end.
    ///
    /// # Errors
    ///
    /// If a value cannot be written as JSON.
    pub fn to_json(&self) -> Result<String, serde_json::Error> {
        serde_json::to_string_pretty(self).map(|text| text + "\n")
    }

    /// The digest of the written plan.
    ///
    /// # Errors
    ///
    /// As [`Plan::to_json`].
    pub fn digest(&self) -> Result<Digest, serde_json::Error> {
        self.to_json().map(|text| Digest::of(text.as_bytes()))
    }

    /// The task of this name.
    #[must_use]
    pub fn task(&self, id: &TaskId) -> Option<&Task> {
        self.tasks.iter().find(|task| &task.id == id)
    }
}
