//! `build.environment` and `build.docker`.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::memory::Memory;

/// Where the toolchain comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Environment {
    /// This machine, if the tool is on the PATH; else Docker, if an engine answers.
    #[default]
    Auto,
    /// This machine.
    Native,
    /// The ecosystem's official image, started through the Docker engine's socket.
    Docker,
}

/// The container, where the toolchain runs in one. It sees the repository's folder and nothing else of
/// the machine, gets no secret, and runs as the owner of that folder.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Docker {
    /// The image. By default the official one in the version that the project asks for, for Go
    /// `golang:VERSION-bookworm` by the `toolchain` or `go` line of `go.mod`. A digest pins it:
    /// `golang:1.26-bookworm@sha256:…`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub image: Option<String>,
    /// How many processors it may use, parts of one too; all if not set.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0.01, max = 1024.0))]
    pub cpus: Option<f64>,
    /// How much memory it may use, as `4g` or `512m`; all if not set.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub memory: Option<Memory>,
    /// The engine's network to use, as `host` or `none`; its default one if not set.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub network: Option<String>,
    /// Whether downloaded modules and compiled packages are kept for the next run, in a volume of the
    /// engine. A repository has its own volumes, and pull requests have others than releases.
    pub cache: bool,
}

impl Default for Docker {
    fn default() -> Self {
        Self { image: None, cpus: None, memory: None, network: None, cache: true }
    }
}

/// Both of them, as they stand in the section `build`.
#[derive(Debug, Clone, PartialEq, Default, Deserialize)]
#[serde(default)]
pub struct Wanted {
    /// Where the toolchain comes from.
    pub environment: Environment,
    /// The container.
    pub docker: Docker,
}
