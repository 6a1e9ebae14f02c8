//! What was observed once, before anything is planned.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

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
    /// The digest of the source: the tree's id; where files differ or are left out, their bytes and names too.
    pub tree: String,
    /// Paths that differ from the commit, as Git prints them, sorted.
    pub dirty: Vec<String>,
    /// Those of them that Git's own status keeps quiet about, and why.
    #[serde(default)]
    pub hidden: BTreeMap<String, Hidden>,
    /// The digests of what differs, by entry of `dirty`.
    #[serde(skip)]
    pub bytes: BTreeMap<String, Digest>,
    /// Files of the commit that a sparse checkout leaves out, sorted.
    #[serde(default)]
    pub absent: Vec<String>,
    /// True if the history was cut (`git clone --depth`).
    pub shallow: bool,
    /// The branch, unless HEAD is detached.
    pub branch: Option<String>,
}

impl Commit {
    /// One of the paths that differ, with why Git's status doesn't tell of it.
    #[must_use]
    pub fn told(&self, entry: &str) -> String {
        match self.hidden.get(entry) {
            Some(hidden) => format!("{entry} (`git status` does not tell: {hidden})"),
            None => entry.to_owned(),
        }
    }

    /// What to do about the first of these paths that Git's status keeps quiet about; none where it tells of all.
    #[must_use]
    pub fn uncover<'a>(&self, entries: impl IntoIterator<Item = &'a String>) -> Option<String> {
        entries.into_iter().find_map(|entry| Some(self.hidden.get(entry)?.fix(entry.get(3..)?)))
    }
}

/// Why Git's status keeps quiet about a file that is not as in the commit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Hidden {
    /// `git update-index --assume-unchanged`.
    AssumeUnchanged,
    /// `git update-index --skip-worktree`.
    SkipWorktree,
    /// A list of names to ignore that is no part of the commit, as `FILE:LINE`.
    Excluded(String),
    /// It was given other bytes when it was checked out, by settings of this machine, or later.
    Converted,
}

impl fmt::Display for Hidden {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::AssumeUnchanged => out.write_str("marked by `git update-index --assume-unchanged`"),
            Self::SkipWorktree => out.write_str("marked by `git update-index --skip-worktree`"),
            Self::Excluded(by) => write!(out, "ignored by {by}, which is in no commit"),
            Self::Converted => out.write_str(
                "its bytes are not those of the commit, and this machine's settings for ends of lines or filters hide it",
            ),
        }
    }
}

impl Hidden {
    /// What to do about it.
    #[must_use]
    pub fn fix(&self, path: &str) -> String {
        let marked = |mark: &str| {
            format!("`git update-index --no-{mark} -- {path}`; then commit the change, or undo it")
        };
        match self {
            Self::AssumeUnchanged => marked("assume-unchanged"),
            Self::SkipWorktree => marked("skip-worktree"),
            Self::Excluded(_) => format!(
                "commit it (`git add --force -- {path}`), remove it, or name it in the repository's own `.gitignore`, \
                 and commit that"
            ),
            Self::Converted => "`git config core.autocrlf false` and `git config core.eol lf`, and take attributes out of \
                 .git/info/attributes and `core.attributesFile`; then have Git write every file anew, with nothing else \
                 changed: `git rm -r -q --cached . && git reset -q --hard`"
                .into(),
        }
    }
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
    /// The packages of the commands that are built so, from the project's folder: `./cmd/x`. None where nothing is
    /// built: a library is compiled by others.
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    pub packages: BTreeSet<String>,
}

/// The variables that choose the variant of a processor.
const PROCESSORS: [&str; 8] =
    ["GOAMD64", "GOARM", "GOARM64", "GO386", "GOMIPS", "GOMIPS64", "GOPPC64", "GORISCV64"];

/// What those are where nobody chooses, so that no name says it.
const USUAL: [&str; 6] = ["v1", "v8.0", "sse2", "hardfloat", "power8", "rva20u64"];

impl GoVariant {
    /// Whether it is for this machine's platform, whatever the variant of its processor; one that names none is.
    #[must_use]
    pub fn is_for(&self, platform: &crate::artifact::Platform) -> bool {
        let is = |name: &str, value: &String| self.env.get(name).is_none_or(|own| own == value);
        is("GOOS", &platform.os) && is("GOARCH", &platform.arch)
    }

    /// The variables that choose its platform.
    pub fn platform(&self) -> impl Iterator<Item = (&String, &String)> {
        let chooses = |name: &str| matches!(name, "GOOS" | "GOARCH") || PROCESSORS.contains(&name);
        self.env.iter().filter(move |(name, _)| chooses(name))
    }

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
        let chosen = PROCESSORS.iter().find_map(|name| self.env.get(*name));
        if let Some(chosen) = chosen.filter(|chosen| !USUAL.contains(&chosen.as_str())) {
            write!(
                f,
                "/{}{chosen}",
                if chosen.starts_with(|first: char| first.is_ascii_digit()) { "v" } else { "" }
            )?;
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
