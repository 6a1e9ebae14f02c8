//! Telling, on GitHub's API.

use http::Method;
use serde_json::json;

use super::RealForge;
use super::forge::in_path;
use super::review_wire::{WireAnnotation, WireCheck, WireChecks, WireComment, WireStatus, check_body};
use super::wire::User;
use crate::model::facts::Slug;
use crate::ports::forge::ForgeError;
use crate::ports::review::{Annotation, CheckRun, CheckWanted, Comment, CommitStatus, Review};

#[async_trait::async_trait]
impl Review for RealForge {
    async fn checks(&self, repo: &Slug, commit: &str, name: &str) -> Result<Vec<CheckRun>, ForgeError> {
        let what = format!("the check runs `{name}` of {commit} in {repo}");
        // Of each suite the latest alone would be given, and any app may open several.
        let path =
            format!("/repos/{repo}/commits/{commit}/check-runs?check_name={}&filter=all", in_path(name));
        let found = self.pages(&what, &path, |page: WireChecks| page.check_runs).await?;
        let mut found: Vec<CheckRun> = found.into_iter().map(WireCheck::into).collect();
        found.sort_by_key(|check| std::cmp::Reverse(check.id));
        Ok(found)
    }

    async fn annotations(&self, repo: &Slug, check: u64) -> Result<Vec<Annotation>, ForgeError> {
        let what = format!("the annotations of the check run {check} of {repo}");
        let path = format!("/repos/{repo}/check-runs/{check}/annotations");
        Ok(self.list::<WireAnnotation>(&what, &path).await?.into_iter().map(Into::into).collect())
    }

    async fn create_check(
        &self,
        repo: &Slug,
        wanted: &CheckWanted,
        annotations: &[Annotation],
    ) -> Result<CheckRun, ForgeError> {
        let what = format!("making the check run `{}` of {repo}", wanted.name);
        let body = check_body(wanted, annotations, true);
        let path = format!("/repos/{repo}/check-runs");
        let answer = self.write(&what, Method::POST, &path, &body, false).await?;
        self.read::<WireCheck>(&what, &answer).map(Into::into)
    }

    async fn update_check(
        &self,
        repo: &Slug,
        check: u64,
        wanted: &CheckWanted,
        annotations: &[Annotation],
    ) -> Result<CheckRun, ForgeError> {
        let what = format!("changing the check run {check} of {repo}");
        let body = check_body(wanted, annotations, false);
        let path = format!("/repos/{repo}/check-runs/{check}");
        // Annotations are added each time that they are sent.
        let repeatable = annotations.is_empty();
        let answer = self.write(&what, Method::PATCH, &path, &body, repeatable).await?;
        self.read::<WireCheck>(&what, &answer).map(Into::into)
    }

    async fn statuses(&self, repo: &Slug, commit: &str) -> Result<Vec<CommitStatus>, ForgeError> {
        let what = format!("the statuses of {commit} in {repo}");
        let path = format!("/repos/{repo}/commits/{commit}/statuses");
        Ok(self.list::<WireStatus>(&what, &path).await?.into_iter().map(Into::into).collect())
    }

    async fn set_status(
        &self,
        repo: &Slug,
        commit: &str,
        status: &CommitStatus,
        details: Option<&str>,
    ) -> Result<(), ForgeError> {
        let what = format!("setting the status `{}` of {repo}", status.context);
        let mut body = json!({
            "context": status.context, "state": status.state, "description": status.description,
        });
        if let Some(details) = details {
            body["target_url"] = details.into();
        }
        let path = format!("/repos/{repo}/statuses/{commit}");
        self.write(&what, Method::POST, &path, &body, false).await.map(drop)
    }

    async fn login(&self) -> Result<Option<String>, ForgeError> {
        match self.get::<User>("the holder of the token", "/user").await {
            // "Resource not accessible by integration": an app is no user.
            Err(ForgeError::Denied { status: 403, .. }) => Ok(None),
            other => Ok(Some(other?.login)),
        }
    }

    async fn comments(&self, repo: &Slug, pull: u64) -> Result<Vec<Comment>, ForgeError> {
        let what = format!("the comments of #{pull} of {repo}");
        let path = format!("/repos/{repo}/issues/{pull}/comments");
        let mut found: Vec<Comment> =
            self.list::<WireComment>(&what, &path).await?.into_iter().map(Into::into).collect();
        found.sort_by_key(|comment| comment.id);
        Ok(found)
    }

    async fn add_comment(&self, repo: &Slug, pull: u64, body: &str) -> Result<Comment, ForgeError> {
        let what = format!("commenting on #{pull} of {repo}");
        let path = format!("/repos/{repo}/issues/{pull}/comments");
        let answer = self.write(&what, Method::POST, &path, &json!({ "body": body }), false).await?;
        self.read::<WireComment>(&what, &answer).map(Into::into)
    }

    async fn change_comment(&self, repo: &Slug, comment: u64, body: &str) -> Result<Comment, ForgeError> {
        let what = format!("changing the comment {comment} of {repo}");
        let path = format!("/repos/{repo}/issues/comments/{comment}");
        let answer = self.write(&what, Method::PATCH, &path, &json!({ "body": body }), true).await?;
        self.read::<WireComment>(&what, &answer).map(Into::into)
    }

    async fn delete_comment(&self, repo: &Slug, comment: u64) -> Result<(), ForgeError> {
        let what = format!("deleting the comment {comment} of {repo}");
        self.remove(&what, &format!("/repos/{repo}/issues/comments/{comment}")).await
    }
}
