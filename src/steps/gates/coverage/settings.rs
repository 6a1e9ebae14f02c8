//! The section `gates.coverage`.

use std::borrow::Cow;

use globset::{GlobBuilder, GlobMatcher};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize};

use crate::kit::threshold::Percent;
use crate::steps::gates::settings::Named;

/// The settings of the room. What is measured are statements for Go, and lines for everything else. Where
/// `minimum`, `patch`, `max_drop`, `packages` or `gocoverdir` is written, nothing to measure is an error, as with
/// `enabled: true`; `enabled: auto` beside them takes that back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct CoverageSettings {
    /// What the whole project must reach.
    pub minimum: Percent,
    /// What the lines must reach that were changed: since the branch that a pull request is for, else since the
    /// version before. Where none of them counts, nothing is asked.
    pub patch: Option<Percent>,
    /// By how many percentage points the coverage may fall below the baseline: the nearest that
    /// `gates --record-baseline` recorded before a pull request began, before the last version where this is a
    /// release, else before this commit. Where none is recorded, `minimum` counts alone.
    pub max_drop: Option<Percent>,
    /// What single packages must reach, each of them by itself; the longest pattern that fits counts.
    pub packages: Vec<PackageRule>,
    /// Folders in which programs built with `go build -cover` left what they ran through (`GOCOVERDIR`), by their
    /// path from the repository's root; `functional=DIR` says what kind of tests ran them. They are judged together
    /// with what else is measured. A path may be a pattern, as in `gates.reports`.
    pub gocoverdir: Vec<Named>,
    /// Files that are not measured, by their path from the project's folder: `**/*.pb.go`.
    pub exclude: Vec<Pattern>,
    /// True where generated files (`// Code generated … DO NOT EDIT.`) are not measured.
    pub exclude_generated: bool,
}

impl Default for CoverageSettings {
    fn default() -> Self {
        Self {
            minimum: Percent::whole(85),
            patch: None,
            max_drop: None,
            packages: Vec::new(),
            gocoverdir: Vec::new(),
            exclude: Vec::new(),
            exclude_generated: false,
        }
    }
}

/// What the packages of a pattern must reach.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PackageRule {
    /// Folders from the project's: `core/**`.
    #[serde(rename = "match")]
    pub pattern: Pattern,
    /// What each of them must reach.
    pub minimum: Percent,
}

/// A pattern over paths: `*` stays in a folder, `**` does not.
#[derive(Debug, Clone)]
pub struct Pattern(GlobMatcher);

impl Pattern {
    /// The pattern as it was written.
    pub fn text(&self) -> &str {
        self.0.glob().glob()
    }

    /// Whether a file's path fits.
    pub fn fits_file(&self, path: &str) -> bool {
        self.0.is_match(path)
    }

    /// Whether a folder fits: `core/**` means `core` and all below it.
    pub fn fits_folder(&self, path: &str) -> bool {
        self.0.is_match(path) || self.0.is_match(format!("{path}/"))
    }
}

impl PartialEq for Pattern {
    fn eq(&self, other: &Self) -> bool {
        self.text() == other.text()
    }
}

impl Eq for Pattern {}

impl Serialize for Pattern {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.text())
    }
}

impl<'de> Deserialize<'de> for Pattern {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let glob = GlobBuilder::new(text.trim_start_matches("./")).literal_separator(true).build();
        glob.map(|glob| Self(glob.compile_matcher())).map_err(serde::de::Error::custom)
    }
}

impl JsonSchema for Pattern {
    fn schema_name() -> Cow<'static, str> {
        "Pattern".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "description": "A pattern over paths: `*` stays in a folder, `**` does not." })
    }
}
