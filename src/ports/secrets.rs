//! Secrets that a configuration names and an environment holds.

use crate::kit::secret::Secret;

/// The secret values of the environment.
pub trait Secrets: Send + Sync {
    /// The value of this variable; `None` where it is unset or empty. Whatever is handed out is cut
    /// out of all output from then on.
    fn get(&self, name: &str) -> Option<Secret>;

    /// The text without any secret known so far: for files that a room writes of what tools printed.
    fn clean(&self, text: &str) -> String;
}
