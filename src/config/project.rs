//! `project` and `projects`: what is released.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::kit::path::RepoPath;

/// The project that is released.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct ProjectSettings {
    /// The name used for archives and releases; without it, the module's or the repository's name.
    pub name: Option<String>,
    /// The folder that holds the project.
    pub dir: RepoPath,
}

/// One project of several in the same repository; its tags are `DIR/vX.Y.Z`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Member {
    /// The name used for archives and releases; without it, the folder's name.
    #[serde(default)]
    pub name: Option<String>,
    /// The folder that holds the project; no two projects share one.
    pub dir: RepoPath,
}

impl From<Member> for ProjectSettings {
    fn from(member: Member) -> Self {
        Self { name: member.name, dir: member.dir }
    }
}
