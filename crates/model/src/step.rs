//! The steps of a release, in their order.

use std::fmt;
use std::str::FromStr;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// One stretch of the street. The order of the variants is the order of the steps.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Step {
    /// Is everything there to begin with?
    Preflight,
    /// Is the commit good enough?
    Gates,
    /// Binaries from sources.
    Build,
    /// Archives, checksums, bills of materials.
    Package,
    /// Is what was made good enough?
    Scan,
    /// The words of the release.
    Changelog,
    /// The release on the forge.
    Release,
    /// Registries and package managers.
    Publish,
    /// As a stranger would download it.
    Verify,
    /// Telling people and programs.
    Notify,
}

impl Step {
    /// All steps in order.
    pub const ALL: [Self; 10] = [
        Self::Preflight,
        Self::Gates,
        Self::Build,
        Self::Package,
        Self::Scan,
        Self::Changelog,
        Self::Release,
        Self::Publish,
        Self::Verify,
        Self::Notify,
    ];

    /// The name used on the command line, in the configuration and in task ids.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Preflight => "preflight",
            Self::Gates => "gates",
            Self::Build => "build",
            Self::Package => "package",
            Self::Scan => "scan",
            Self::Changelog => "changelog",
            Self::Release => "release",
            Self::Publish => "publish",
            Self::Verify => "verify",
            Self::Notify => "notify",
        }
    }
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// A name that is no step.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{0}` is no step; the steps are: preflight gates build package scan changelog release publish verify notify"
)]
pub struct NotAStep(String);

impl FromStr for Step {
    type Err = NotAStep;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL.into_iter().find(|step| step.name() == text).ok_or_else(|| NotAStep(text.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read_back_and_in_order() {
        assert!(Step::ALL.is_sorted());
        for step in Step::ALL {
            assert_eq!(step.name().parse::<Step>(), Ok(step));
        }
        assert!("Build".parse::<Step>().is_err());
    }
}
