//! `project` and `projects`: what is released.

use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, Serialize};

use crate::kit::path::RepoPath;
use crate::kit::ref_name;

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
    #[serde(deserialize_with = "folder_of_tags")]
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

/// Takes a folder whose name Git takes at the beginning of a tag's: a release that no tag can carry is found out
/// before anything is made for it.
fn folder_of_tags<'de, D: Deserializer<'de>>(deserializer: D) -> Result<RepoPath, D::Error> {
    let dir = RepoPath::deserialize(deserializer)?;
    let folder = dir.as_path().as_str();
    // The root's tags have nothing before their version.
    match ref_name::refused(&format!("{folder}/v1.0.0")).filter(|_| !folder.is_empty()) {
        Some(why) => Err(serde::de::Error::custom(format!(
            "`{}` cannot be the folder of a project beside others: its tags would be called `{}/v1.0.0`, and Git takes \
             no such name, since {why}; rename the folder",
            folder.escape_debug(),
            folder.escape_debug()
        ))),
        None => Ok(dir),
    }
}

impl From<Member> for ProjectSettings {
    fn from(member: Member) -> Self {
        Self { name: member.name, dir: member.dir }
    }
}
