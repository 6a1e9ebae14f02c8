//! The section `gates.lint`.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The settings of the room.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct LintSettings {
    /// Whether `go vet` must be content.
    pub vet: bool,
    /// Whether Go, Rust and Deno code must be formatted.
    pub format: bool,
    /// Whether clippy must be content, warnings included.
    pub clippy: bool,
    /// Whether `deno lint` and `deno check` must be content, where there is a deno.json.
    pub deno: bool,
    /// Whether ESLint must be content, warnings included, where the project has a configuration for it.
    pub eslint: bool,
    /// The program golangci-lint, by name or path; it runs where the project has a configuration for it.
    pub golangci_lint: String,
}

impl Default for LintSettings {
    fn default() -> Self {
        Self {
            vet: true,
            format: true,
            clippy: true,
            deno: true,
            eslint: true,
            golangci_lint: "golangci-lint".into(),
        }
    }
}
