//! The pieces of work of a plan.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::artifact::{ArtifactKind, Platform};
use crate::digest::Digest;
use crate::state::Rank;
use crate::step::Step;

/// A task's name: `step/room` and, where a room has several, `step/room/part`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct TaskId(pub String);

impl fmt::Display for TaskId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

/// Which of the three kinds of room a task belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Kind {
    /// Answers with a verdict.
    Check,
    /// Answers with artifacts.
    Maker,
    /// Changes the world.
    Target {
        /// How hard that is to take back.
        rank: Rank,
    },
}

/// What of another task is used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Use {
    /// Only that it went before.
    Order,
    /// Names, sizes and digests of its artifacts.
    Digests,
    /// The artifacts' bytes.
    Bytes,
}

/// A task that must be done first, and what of it is used.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Need {
    /// The other task.
    pub task: TaskId,
    /// What of it is used.
    #[serde(rename = "use")]
    pub what: Use,
}

/// An artifact that a maker's task promises to make, known before it runs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Expected {
    /// The file's name as it is published.
    pub name: String,
    /// What it is for.
    #[serde(rename = "type")]
    pub kind: ArtifactKind,
    /// The platform it runs on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub platform: Option<Platform>,
    /// The build it belongs to (the binary's id), where there are several.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub id: String,
}

/// One piece of work.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Task {
    /// Its name.
    pub id: TaskId,
    /// The step it belongs to.
    pub step: Step,
    /// The room it comes from.
    pub room: String,
    /// Its kind.
    #[serde(flatten)]
    pub kind: Kind,
    /// What a person reads: `linux/amd64 greeter`.
    pub title: String,
    /// The digest of everything that decides its outcome.
    pub key: Digest,
    /// The same without what only the machine that does it can tell, as its compilers of C: what the same
    /// task of another machine's plan is known by. `None` where nothing of the machine is in the key.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shared: Option<Digest>,
    /// What must be done first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub needs: Vec<Need>,
    /// What it promises to make.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub makes: Vec<Expected>,
    /// True if its failure is told but stops nothing.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub soft: bool,
    /// True if an earlier outcome under the same key still holds on another machine.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub keeps: bool,
    /// True if only a machine of the platform that it makes something for can do it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub native: bool,
    /// True if it tells what the tasks that it needs came to: it runs as soon as they are over, however
    /// they ended.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub tells: bool,
    /// True if it decides whether gates that failed are overridden: what they came to waits for it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub overrides: bool,
}

impl Task {
    /// The key that every machine draws for it.
    #[must_use]
    pub fn shared_key(&self) -> Digest {
        self.shared.unwrap_or(self.key)
    }
}
