//! The section `gates.licences`.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The settings of the room. Licences are named as SPDX does (https://spdx.org/licenses).
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct LicencesSettings {
    /// What is allowed; empty for all that is not denied.
    pub allow: Vec<String>,
    /// What is not, whatever is allowed.
    pub deny: Vec<String>,
    /// Packages that are judged by another licence than the one that is found, or that have none.
    pub exceptions: Vec<Exception>,
}

/// A package about which a person knows better.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Exception {
    /// Its name, with `@VERSION` for one version only.
    pub package: String,
    /// The licence that it has, as an SPDX expression; it must be allowed too. Left out, the package passes
    /// whatever its licence is.
    #[serde(default)]
    pub licence: Option<String>,
    /// Why, for those who come later.
    pub reason: String,
}
