//! Branch protection and rulesets, on GitHub's API.

use http::Method;
use serde::Deserialize;
use serde_json::Value;

use super::RealForge;
use super::forge::in_path;
use crate::model::facts::Slug;
use crate::ports::forge::ForgeError;
use crate::ports::rules::{Protection, Rules};

/// What the forge says of a branch that nothing protects, with 404 as for everything that it hides.
const OPEN: &str = "Branch not protected";

/// A ruleset in the list, which does not show its rules.
#[derive(Deserialize)]
struct Listed {
    id: u64,
}

/// A branch is one part of a path, whatever is in its name.
fn branch_path(repo: &Slug, branch: &str) -> String {
    format!("/repos/{repo}/branches/{}/protection", in_path(branch).to_string().replace('/', "%2F"))
}

#[async_trait::async_trait]
impl Rules for RealForge {
    async fn protection(&self, repo: &Slug, branch: &str) -> Result<Protection, ForgeError> {
        let what = format!("the protection of {branch} of {repo}");
        match self.get::<Value>(&what, &branch_path(repo, branch)).await {
            Ok(found) => Ok(Protection::There(found)),
            Err(ForgeError::NotFound { message, .. }) if message.starts_with(OPEN) => Ok(Protection::Open),
            Err(ForgeError::NotFound { message, .. }) => {
                Ok(Protection::Hidden { why: format!("{message} (HTTP 404)") })
            }
            Err(ForgeError::Denied { status: 403, message, .. }) => {
                Ok(Protection::Hidden { why: format!("{message} (HTTP 403)") })
            }
            Err(error) => Err(error),
        }
    }

    async fn protect(&self, repo: &Slug, branch: &str, body: &Value) -> Result<(), ForgeError> {
        let what = format!("protecting {branch} of {repo}");
        self.write(&what, Method::PUT, &branch_path(repo, branch), body, true).await.map(drop)
    }

    async fn require_checks(&self, repo: &Slug, branch: &str, body: &Value) -> Result<(), ForgeError> {
        let what = format!("requiring checks of {branch} of {repo}");
        let path = format!("{}/required_status_checks", branch_path(repo, branch));
        self.write(&what, Method::PATCH, &path, body, true).await.map(drop)
    }

    async fn rulesets(&self, repo: &Slug) -> Result<Vec<Value>, ForgeError> {
        let what = format!("the rulesets of {repo}");
        let path = format!("/repos/{repo}/rulesets");
        // A server or a plan without rulesets has no such page.
        let listed: Vec<Listed> = match self.list(&what, &path).await {
            Err(ForgeError::NotFound { .. }) => return Ok(Vec::new()),
            other => other?,
        };
        let mut whole = Vec::new();
        for Listed { id } in listed {
            // One that has just been deleted is none.
            whole.extend(self.find::<Value>(&what, &format!("{path}/{id}")).await?);
        }
        Ok(whole)
    }

    async fn create_ruleset(&self, repo: &Slug, body: &Value) -> Result<(), ForgeError> {
        let what = format!("making a ruleset of {repo}");
        self.write(&what, Method::POST, &format!("/repos/{repo}/rulesets"), body, false).await.map(drop)
    }

    async fn update_ruleset(&self, repo: &Slug, id: u64, body: &Value) -> Result<(), ForgeError> {
        let what = format!("changing the ruleset {id} of {repo}");
        self.write(&what, Method::PUT, &format!("/repos/{repo}/rulesets/{id}"), body, true).await.map(drop)
    }
}
