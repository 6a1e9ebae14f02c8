//! Paths that a configuration may name: inside the repository, nowhere else.

use std::borrow::Cow;

use camino::{Utf8Component, Utf8Path, Utf8PathBuf};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize};

/// A path relative to the repository's root that does not leave it; the root itself by default.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct RepoPath(Utf8PathBuf);

/// Whether a path below the repository's root is in a folder, or in the file, that Git calls `.git`; on
/// many disks upper and lower case are one.
#[must_use]
pub fn is_gits(path: &Utf8Path) -> bool {
    path.components().any(|part| part.as_str().eq_ignore_ascii_case(".git"))
}

/// Why a path is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the path `{0}` leaves the repository: it must be relative, without `..` at its beginning")]
pub struct Leaves(String);

impl RepoPath {
    /// Takes a relative path, resolving `.` and `..` in it.
    ///
    /// # Errors
    ///
    /// If the path is absolute or climbs out of the repository.
    pub fn new(text: &str) -> Result<Self, Leaves> {
        let mut parts: Vec<&str> = Vec::new();
        let slashes = text.replace('\\', "/");
        if slashes.get(1..2) == Some(":") || text.contains('\0') {
            return Err(Leaves(text.to_owned()));
        }
        for component in Utf8Path::new(&slashes).components() {
            match component {
                Utf8Component::Normal(part) => parts.push(part),
                Utf8Component::CurDir => {}
                Utf8Component::ParentDir if parts.pop().is_some() => {}
                _ => return Err(Leaves(text.to_owned())),
            }
        }
        Ok(Self(parts.join("/").into()))
    }

    /// The path; empty for the root.
    #[must_use]
    pub fn as_path(&self) -> &Utf8Path {
        &self.0
    }
}

impl<'de> Deserialize<'de> for RepoPath {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::new(&text).map_err(serde::de::Error::custom)
    }
}

impl JsonSchema for RepoPath {
    fn schema_name() -> Cow<'static, str> {
        "RepoPath".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "description": "A path inside the repository, relative to its root." })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keeps_what_stays_inside() {
        for (text, path) in [("a/./b", "a/b"), ("a/../b", "b"), (".", ""), ("cmd\\x", "cmd/x")] {
            assert_eq!(RepoPath::new(text).unwrap().as_path(), path);
        }
    }

    #[test]
    fn refuses_what_leaves() {
        for text in ["..", "/etc", "a/../../b", "C:\\x", "C:x", "a\0b", "../a"] {
            assert!(RepoPath::new(text).is_err(), "{text}");
        }
    }
}
