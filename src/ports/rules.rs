//! What the forge demands of a branch: classic branch protection and rulesets. Both are read and written
//! as the JSON that they are, since what we do not know must stay as it is.

use serde_json::Value;

use super::forge::ForgeError;
use crate::model::facts::Slug;

/// Classic protection of a branch.
#[derive(Debug, Clone, PartialEq)]
pub enum Protection {
    /// There is none.
    Open,
    /// As the forge shows it.
    There(Value),
    /// The token may not see it: who is no administrator is told 403, or 404 without more.
    Hidden {
        /// The forge's words, with the status.
        why: String,
    },
}

/// Rules.
#[async_trait::async_trait]
pub trait Rules: Send + Sync {
    /// The classic protection of a branch.
    ///
    /// # Errors
    ///
    /// As every call of the forge.
    async fn protection(&self, repo: &Slug, branch: &str) -> Result<Protection, ForgeError>;

    /// Replaces the whole protection of a branch.
    ///
    /// # Errors
    ///
    /// As every call of the forge.
    async fn protect(&self, repo: &Slug, branch: &str, body: &Value) -> Result<(), ForgeError>;

    /// Changes the required checks of a branch that has some, and nothing else of its protection.
    ///
    /// # Errors
    ///
    /// As every call of the forge.
    async fn require_checks(&self, repo: &Slug, branch: &str, body: &Value) -> Result<(), ForgeError>;

    /// Every ruleset that counts in a repository, whole; those of its organisation too.
    ///
    /// # Errors
    ///
    /// As every call of the forge.
    async fn rulesets(&self, repo: &Slug) -> Result<Vec<Value>, ForgeError>;

    /// Makes a ruleset.
    ///
    /// # Errors
    ///
    /// As every call of the forge.
    async fn create_ruleset(&self, repo: &Slug, body: &Value) -> Result<(), ForgeError>;

    /// Replaces a ruleset.
    ///
    /// # Errors
    ///
    /// As every call of the forge.
    async fn update_ruleset(&self, repo: &Slug, id: u64, body: &Value) -> Result<(), ForgeError>;
}
