//! What was observed once, before anything is planned.

use std::collections::{BTreeMap, BTreeSet};

use camino::Utf8PathBuf;
use chrono::{DateTime, Utc};
use semver::Version;
use serde::{Deserialize, Serialize};

use crate::digest::Digest;

/// The commit at HEAD.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Commit {
    /// The full id.
    pub id: String,
    /// The committer's time: the time of everything that is made.
    pub date: DateTime<Utc>,
    /// The digest of the source: the tree's id, and the changed files' bytes where it is dirty.
    pub tree: String,
    /// Paths that differ from the commit, as Git prints them, sorted.
    pub dirty: Vec<String>,
    /// True if the history was cut (`git clone --depth`).
    pub shallow: bool,
    /// The branch, unless HEAD is detached.
    pub branch: Option<String>,
}

/// A version tag of this project.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tag {
    /// The whole name, with the project's prefix: `v1.2.3`, `tools/x/v1.2.3`.
    pub name: String,
    /// The version in it.
    pub version: Version,
    /// The commit it points at, after peeling.
    pub commit: String,
    /// True for an annotated tag.
    pub annotated: bool,
}

/// A tool on this machine.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Tool {
    /// What it says of its version, one line.
    pub version: String,
    /// Its own settings, from wherever it takes them, by name.
    #[serde(default)]
    pub settings: BTreeMap<String, String>,
    /// The image that it runs in, with its digest, where it does not run on this machine.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub image: Option<String>,
}

impl Tool {
    /// What decides the bytes that it makes: the version, and the image around it.
    #[must_use]
    pub fn identity(&self) -> String {
        match &self.image {
            Some(image) => format!("{} in {image}", self.version),
            None => self.version.clone(),
        }
    }
}

/// Files that the commit does not hold and that decide what is made all the same.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Loose {
    /// Names what the hooks before the build would be run for: their commands, the source, the version.
    pub basis: Option<Digest>,
    /// What those hooks made when they last ran for `basis`, by path below the root. They decide nothing
    /// beyond what decides the hooks, as long as they are what the hooks left.
    pub made: BTreeMap<Utf8PathBuf, Digest>,
    /// Files that a build may read, by path below the root; no digest where the file has gone since a hook made it.
    pub build: BTreeMap<String, Option<Digest>>,
    /// Further files that only tests may read.
    pub tests: BTreeMap<String, Option<Digest>>,
}

/// A repository on the forge.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Slug {
    /// The user or organisation.
    pub owner: String,
    /// The repository's name.
    pub name: String,
}

impl std::fmt::Display for Slug {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}/{}", self.owner, self.name)
    }
}

/// A Go command: a `main` package.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct GoCommand {
    /// The binary's name.
    pub binary: String,
    /// The package's folder relative to the module, `.` for the root.
    pub package: String,
    /// Which of `version`, `commit`, `date`, `builtBy` and their like are variables of text in it: the linker can set those.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub stamps: BTreeSet<String>,
}

/// A Go module in the project's folder.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct GoModule {
    /// The module path of `go.mod`.
    pub path: String,
    /// The commands in it.
    pub commands: Vec<GoCommand>,
}

/// One way in which the project's Go code is compiled: it decides which files of a package count.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Default, Serialize)]
pub struct GoVariant {
    /// Variables for Go: GOOS, GOARCH, the processor's variant, CGO_ENABLED, and those of `build.go.env`.
    pub env: BTreeMap<String, String>,
    /// The build tags, sorted.
    pub tags: Vec<String>,
}

impl GoVariant {
    /// True where C code is compiled too.
    #[must_use]
    pub fn has_c(&self) -> bool {
        self.env.get("CGO_ENABLED").is_some_and(|on| on == "1")
    }

    /// The flag that gives Go the tags; none where there are none.
    #[must_use]
    pub fn tag_flag(&self) -> Option<String> {
        (!self.tags.is_empty()).then(|| format!("-tags={}", self.tags.join(",")))
    }
}

impl std::fmt::Display for GoVariant {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match (self.env.get("GOOS"), self.env.get("GOARCH")) {
            (Some(os), Some(arch)) => write!(f, "{os}/{arch}")?,
            _ => f.write_str("this machine")?,
        }
        if !self.tags.is_empty() {
            write!(f, " with {}", self.tags.join(","))?;
        }
        if self.has_c() { f.write_str(" and cgo") } else { Ok(()) }
    }
}

/// What the project was found to be.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Ecosystems {
    /// A `go.mod` at the project's folder.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub go: Option<GoModule>,
    /// Folders with a Dagger module, relative to the project's folder, `.` for itself.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub dagger: Vec<Utf8PathBuf>,
}

/// Everything that planning may know.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Facts {
    /// The project's name.
    pub project: String,
    /// The project's folder relative to the repository's root; empty for the root itself.
    pub dir: Utf8PathBuf,
    /// The repository's root.
    #[serde(skip)]
    pub root: Utf8PathBuf,
    /// HEAD.
    pub commit: Commit,
    /// The tag to release: found at HEAD, or named by the user.
    pub tag: String,
    /// True if that tag exists and points at HEAD.
    pub tag_at_head: bool,
    /// True if that tag is annotated.
    pub tag_annotated: bool,
    /// The version in the tag.
    pub version: Version,
    /// True if nothing leaves this machine.
    pub snapshot: bool,
    /// True if the world is the embedded one: what a real run refuses for order's sake is only told.
    #[serde(default)]
    pub rehearsal: bool,
    /// All version tags of this project that HEAD can reach, oldest version first.
    pub tags: Vec<Tag>,
    /// The highest version before this one.
    pub previous: Option<Tag>,
    /// The repository on the forge, if it is known.
    pub slug: Option<Slug>,
    /// The forge's web address without a slash at its end.
    pub forge_url: String,
    /// What the project was found to be.
    pub ecosystems: Ecosystems,
    /// Tools by name.
    pub tools: BTreeMap<String, Tool>,
    /// What decides and is in no commit.
    #[serde(default)]
    pub loose: Loose,
    /// The ways in which a release compiles the Go code, by `build.targets` and `build.go`, each once.
    #[serde(skip)]
    pub variants: Vec<GoVariant>,
    /// The environment that templates may see as `env`.
    #[serde(skip)]
    pub env: BTreeMap<String, String>,
    /// The names of the secrets in the environment; never their values.
    #[serde(skip)]
    pub secrets: std::collections::BTreeSet<String>,
    /// The operating system and processor of this machine, in Go's names.
    pub host: crate::artifact::Platform,
}

impl Facts {
    /// The project's folder on this machine.
    #[must_use]
    pub fn project_dir(&self) -> Utf8PathBuf {
        if self.dir.as_str().is_empty() { self.root.clone() } else { self.root.join(&self.dir) }
    }

    /// True for a version with a prerelease part: `1.2.3-rc.1`.
    #[must_use]
    pub fn is_prerelease(&self) -> bool {
        !self.version.pre.is_empty()
    }
}
