//! What was released, from what, and what proves it: `release-evidence.json`.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::artifact::Artifact;
use crate::digest::Digest;
use crate::task::TaskId;
use crate::verdict::Verdict;

/// The version of the evidence's form.
pub const EVIDENCE_FORMAT: u32 = 1;

/// The name of the asset and of the file in the dist folder.
pub const EVIDENCE_NAME: &str = "release-evidence.json";

/// A maker's outcome.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Made {
    /// The task's key.
    pub key: Digest,
    /// What it made.
    pub artifacts: Vec<Artifact>,
}

/// A check's outcome.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Judged {
    /// The task's key.
    pub key: Digest,
    /// The answer.
    pub verdict: Verdict,
}

/// How long a task took in this run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Timing {
    /// The task.
    pub task: TaskId,
    /// How long it took; 0 where it was taken over.
    pub millis: u64,
    /// What became of it, in a word.
    pub outcome: String,
}

/// The run that wrote the file on this machine. Not part of the published asset, whose bytes depend
/// on the commit and the settings alone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RunInfo {
    /// Names the run.
    pub run: String,
    /// release-action's own version.
    pub tool: String,
    /// Every task with its time.
    pub timings: Vec<Timing>,
}

/// The evidence of a release.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Evidence {
    /// The form's version, [`EVIDENCE_FORMAT`].
    pub format: u32,
    /// The project.
    pub project: String,
    /// The tag.
    pub tag: String,
    /// The version.
    pub version: String,
    /// The commit.
    pub commit: String,
    /// The digest of the keys of everything that is kept.
    pub plan: Digest,
    /// Makers' outcomes by task.
    pub made: BTreeMap<TaskId, Made>,
    /// Checks' outcomes by task.
    pub judged: BTreeMap<TaskId, Judged>,
    /// The run, in the dist folder's copy only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub run: Option<RunInfo>,
}

impl Evidence {
    /// The file's bytes, with a line feed at the end.
    ///
    /// # Errors
    ///
    /// If a value cannot be written as JSON.
    pub fn to_json(&self) -> Result<String, serde_json::Error> {
        serde_json::to_string_pretty(self).map(|text| text + "\n")
    }

    /// Every artifact that was made.
    pub fn artifacts(&self) -> impl Iterator<Item = &Artifact> {
        self.made.values().flat_map(|made| &made.artifacts)
    }
}
