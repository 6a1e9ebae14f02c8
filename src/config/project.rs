//! `project` and `projects`: what is released.

use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, Serialize};

use crate::kit::path::RepoPath;

/// The project that is released.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct ProjectSettings {
    /// The name used for archives and releases; without it, the module's or the repository's name.
    #[serde(deserialize_with = "file_name")]
    pub name: Option<String>,
    /// The folder that holds the project.
    pub dir: RepoPath,
}

/// One project of several in the same repository; its tags are `DIR/vX.Y.Z`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Member {
    /// The name used for archives and releases; without it, the folder's name.
    #[serde(default, deserialize_with = "file_name")]
    pub name: Option<String>,
    /// The folder that holds the project; no two projects share one.
    pub dir: RepoPath,
}

/// Takes a name that can be the beginning of a file's name: archives are called by it.
fn file_name<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    let name = Option::<String>::deserialize(deserializer)?;
    let good = |name: &str| {
        let no_file = |c: char| c.is_control() || r#"/\:*?"<>|"#.contains(c);
        !name.is_empty() && name.trim() == name && !name.starts_with(['.', '-']) && !name.contains(no_file)
    };
    match name {
        Some(name) if !good(&name) => Err(serde::de::Error::custom(format!(
            "`{}` cannot be a project's name: archives are called by it, so it holds no `/` and the like, and begins \
             with neither a dot nor a dash",
            name.escape_debug()
        ))),
        name => Ok(name),
    }
}

impl From<Member> for ProjectSettings {
    fn from(member: Member) -> Self {
        Self { name: member.name, dir: member.dir }
    }
}
