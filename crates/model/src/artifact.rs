//! What a maker makes.

use std::collections::BTreeMap;
use std::fmt;

use camino::Utf8PathBuf;
use serde::{Deserialize, Serialize};

use crate::digest::Digest;

/// The name of this release's notes: in the dist folder, and as an asset where they are too long for the
/// release's page.
pub const NOTES_NAME: &str = "release-notes.md";

/// What a file is for. The names are those of GoReleaser's `artifacts.json` where it has one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ArtifactKind {
    /// An executable as the compiler left it; not published by itself.
    Binary,
    /// An executable published under a name of its own.
    PlainBinary,
    /// A tar or zip with an executable in it.
    Archive,
    /// A software bill of materials.
    Sbom,
    /// The list of digests.
    Checksums,
    /// The release notes of this version.
    ReleaseNotes,
    /// The history of all versions.
    Changelog,
    /// Any other file to publish.
    File,
    /// What a tool reported, for checks to read; not published.
    Report,
}

impl ArtifactKind {
    /// True for what becomes an asset of the release.
    #[must_use]
    pub fn is_published(self) -> bool {
        matches!(self, Self::PlainBinary | Self::Archive | Self::Sbom | Self::Checksums | Self::File)
    }

    /// True for what has a line in the checksums file.
    #[must_use]
    pub fn is_checksummed(self) -> bool {
        self.is_published() && self != Self::Checksums
    }
}

/// An operating system and a processor, in Go's names.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Platform {
    /// GOOS.
    pub os: String,
    /// GOARCH.
    pub arch: String,
    /// The micro-architecture: GOARM, GOAMD64 and their like; empty for the default.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub variant: String,
}

impl fmt::Display for Platform {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.os, self.arch)?;
        if self.variant.is_empty() { Ok(()) } else { write!(f, "/{}", self.variant) }
    }
}

/// A file that was made, identified by its digest.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Artifact {
    /// The file's name as it is published.
    pub name: String,
    /// What it is for.
    pub kind: ArtifactKind,
    /// Where it lies, relative to the dist folder.
    pub path: Utf8PathBuf,
    /// The platform it runs on, if it is bound to one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub platform: Option<Platform>,
    /// Its length in bytes.
    pub size: u64,
    /// The digest of its bytes.
    pub digest: Digest,
    /// Facts for other tools: `Binary`, `Format`, `ID` and so on, in GoReleaser's names.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub extra: BTreeMap<String, serde_json::Value>,
}

/// The field of [`Artifact::extra`] that says `false` where an outcome must not be taken over.
pub const HOLDS: &str = "Holds";

/// The field of [`Artifact::extra`] that names programs without a variable for their version: `true` for a
/// binary, their names for an archive.
pub const UNSTAMPED: &str = "Unstamped";

impl Artifact {
    /// Whether a program in it, or it itself, has no variable for its version.
    #[must_use]
    pub fn is_unstamped(&self, program: &str) -> bool {
        match self.extra.get(UNSTAMPED) {
            Some(serde_json::Value::Array(names)) => names.iter().any(|name| name == program),
            Some(value) => *value == serde_json::Value::Bool(true),
            None => false,
        }
    }

    /// Whether a later run with the same key may take it over. The report of a test run that failed must
    /// not be: the next run may pass.
    #[must_use]
    pub fn holds(&self) -> bool {
        self.extra.get(HOLDS) != Some(&serde_json::Value::Bool(false))
    }
}
