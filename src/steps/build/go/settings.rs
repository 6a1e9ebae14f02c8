//! The section `build.go`.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::ecosystem::go::Target;
use crate::kit::path::RepoPath;
use crate::kit::template::Template;

/// The settings of the room. What stands here holds for every command that does not say otherwise.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct GoSettings {
    /// The commands to release; those found in the module if it is left out.
    pub commands: Vec<CommandSettings>,
    /// Arguments for the linker, beside those that `build.optimise` gives. Default:
    /// `-X main.version={{ version }} -X main.commit={{ commit }} -X main.date={{ commit_date }}
    /// -X main.builtBy=release-action`.
    pub ldflags: Option<Vec<Template>>,
    /// Further flags for `go build`, each a word beginning with `-`.
    pub flags: Vec<Template>,
    /// Build tags.
    pub tags: Vec<String>,
    /// Variables for `go build`.
    pub env: BTreeMap<String, Template>,
    /// True where C code is compiled too; other platforms than this one then want a cross compiler in `CC`.
    pub cgo: bool,
    /// Arguments for the compiler, for the project's own packages unless they begin with a pattern (`all=`).
    pub gcflags: Vec<Template>,
    /// Arguments for the assembler.
    pub asmflags: Vec<Template>,
}

/// One command. What is left out is taken from the room.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct CommandSettings {
    /// The binary's name without an ending; the last folder of the package if it is left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub binary: Option<String>,
    /// The folder of the `main` package, relative to the project's folder; that folder itself if left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub package: Option<RepoPath>,
    /// As in the room.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ldflags: Option<Vec<Template>>,
    /// As in the room.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub flags: Option<Vec<Template>>,
    /// As in the room.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tags: Option<Vec<String>>,
    /// Joined with the room's; these win.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub env: BTreeMap<String, Template>,
    /// As in the room.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cgo: Option<bool>,
    /// As in the room.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub gcflags: Option<Vec<Template>>,
    /// As in the room.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub asmflags: Option<Vec<Template>>,
    /// Platforms for this command alone, in place of `build.targets`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub targets: Option<Vec<Target>>,
}
