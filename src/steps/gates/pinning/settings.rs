//! The section `gates.pinning`.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The settings of the room.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct PinningSettings {
    /// Actions that may be named by a tag or a branch, as `owner/name` or a whole `owner/*`: those whose owner is
    /// trusted as far as oneself. Likewise images of Docker Hub; official ones are `library/name`.
    pub allow: Vec<String>,
    /// Whether lock files must be in the commit and in step with their manifests: of Go, Cargo and npm, of the last
    /// one also those of packages below the project's folder that belong to no workspace.
    pub lock_files: bool,
}

impl Default for PinningSettings {
    fn default() -> Self {
        Self { allow: Vec::new(), lock_files: true }
    }
}

impl PinningSettings {
    /// The entry that lets this action pass.
    pub fn allowing(&self, action: &str) -> Option<&str> {
        let fits = |entry: &&String| match entry.strip_suffix("/*") {
            Some(owner) => action.split('/').next().is_some_and(|own| own.eq_ignore_ascii_case(owner)),
            None => {
                let whole = action.split('/').take(2).collect::<Vec<_>>().join("/");
                whole.eq_ignore_ascii_case(entry)
            }
        };
        self.allow.iter().find(fits).map(String::as_str)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn owners_and_repositories_are_allowed() {
        let settings = PinningSettings {
            allow: vec!["actions/*".into(), "Acme/deploy".into()],
            ..PinningSettings::default()
        };
        for (action, allowed) in [
            ("actions/checkout", true),
            ("Actions/cache/save", true),
            ("acme/deploy/sub/folder", true),
            ("acme/other", false),
            ("actions-evil/checkout", false),
            ("acme", false),
        ] {
            assert_eq!(settings.allowing(action).is_some(), allowed, "{action}");
        }
    }
}
