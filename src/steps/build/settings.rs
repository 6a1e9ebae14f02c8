//! What stands in `build` beside its rooms.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::hook::Hook;
use crate::ecosystem::go::Target;
use crate::ecosystem::toolchain::{Docker, Environment};
use crate::kit::runners::Runners;
use crate::kit::span::Span;

/// The settings of the step.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct BuildSettings {
    /// The platforms to build for: `GOOS/GOARCH`, or with a variant `linux/amd64/v3`, `linux/arm/7`.
    pub targets: Vec<Target>,
    /// What the binaries are made good at.
    pub optimise: Optimise,
    /// How long one `go build`, or one hook, may take before it is ended with all processes below it.
    pub timeout: Span,
    /// Which runner of a workflow builds for which platform, where `plan --matrix` would choose another:
    /// `"darwin/*": macos-14`. A label, or a list of labels.
    pub runners: Runners,
    /// Commands that run before and after the builds.
    pub hooks: Hooks,
    /// Where the toolchain comes from: for the builds, their hooks and the tests of `gates.tests`.
    pub environment: Environment,
    /// The container, where the toolchain runs in one.
    pub docker: Docker,
}

impl Default for BuildSettings {
    fn default() -> Self {
        let names =
            ["linux/amd64", "linux/arm64", "darwin/amd64", "darwin/arm64", "windows/amd64", "windows/arm64"];
        let known =
            |name: &str| name.parse().expect("a test holds the default targets against the known ones");
        Self {
            targets: names.into_iter().map(known).collect(),
            optimise: Optimise::default(),
            timeout: Span::seconds(60 * 60),
            runners: Runners::default(),
            hooks: Hooks::default(),
            environment: Environment::default(),
            docker: Docker::default(),
        }
    }
}

/// What the binaries are made good at. All levels are reproducible: `-trimpath`, no build id, no time of
/// the build. Figures: Go 1.26, a command of sorting, JSON, regular expressions and compression.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Optimise {
    /// For debuggers: `-gcflags=all=-N -l`, symbols and debug information kept, no profile.
    Debug,
    /// As `release`, and the compiler inlines more eagerly (`-gcflags=all=-l=4`): 3 % faster, 16 % larger.
    Speed,
    /// As `release`, without inlining (`-gcflags=all=-l`) and without a profile: 2 % smaller, half as fast.
    Size,
    /// `-s -w`: no symbol table, no debug information; the compiler's own optimisation, with the profile
    /// `default.pgo` of the package if it has one.
    #[default]
    Release,
}

/// Commands that run around the builds, without a shell.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Hooks {
    /// Run once, in this order, before the first binary that has to be built. They are part of every
    /// binary's key.
    pub before: Vec<Hook>,
    /// Run in this order for every binary that was built, which may be changed in place: the variable
    /// `RELEASE_ACTION_BINARY` holds its path. `os`, `arch` and `target` are known to their templates.
    pub after: Vec<Hook>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_default_is_six_targets() {
        let text = serde_json::to_string(&BuildSettings::default()).unwrap();
        assert_eq!(
            text,
            r#"{"targets":["linux/amd64","linux/arm64","darwin/amd64","darwin/arm64","windows/amd64","windows/arm64"],"optimise":"release","timeout":"1h","runners":{},"hooks":{"before":[],"after":[]},"environment":"auto","docker":{"cache":true}}"#
        );
    }

    #[test]
    fn a_wrong_target_is_refused_while_reading() {
        let error =
            serde_json::from_str::<BuildSettings>(r#"{"targets":["linux/amd46"]}"#).unwrap_err().to_string();
        assert!(error.contains("`linux/amd46` is no target (did you mean `linux/amd64`?)"), "{error}");
    }
}
