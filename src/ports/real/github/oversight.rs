//! Oversight, on GitHub's API.

use chrono::{DateTime, Utc};
use http::Method;
use serde::Deserialize;
use serde_json::json;

use super::RealForge;
use super::forge::in_path;
use super::wire::User;
use crate::model::facts::Slug;
use crate::ports::forge::ForgeError;
use crate::ports::oversight::{Environment, Issue, Oversight, People, Review, WorkflowRun};

#[derive(Deserialize)]
struct WireRun {
    head_sha: String,
    actor: Option<User>,
    triggering_actor: Option<User>,
    created_at: DateTime<Utc>,
}

#[derive(Deserialize)]
struct WireReview {
    environments: Vec<Named>,
    state: String,
    user: Option<User>,
    comment: Option<String>,
}

#[derive(Deserialize)]
struct Named {
    name: Option<String>,
}

#[derive(Deserialize)]
struct WireEnvironment {
    #[serde(default)]
    protection_rules: Vec<WireRule>,
}

/// One of several kinds; what is no `required_reviewers` has none of the two fields.
#[derive(Deserialize)]
struct WireRule {
    #[serde(rename = "type")]
    kind: String,
    #[serde(default)]
    prevent_self_review: bool,
    #[serde(default)]
    reviewers: Vec<serde::de::IgnoredAny>,
}

#[derive(Deserialize)]
struct WireCommit {
    sha: String,
    author: Option<User>,
    committer: Option<User>,
}

#[derive(Deserialize)]
struct WirePull {
    user: Option<User>,
}

#[derive(Deserialize)]
struct WireIssue {
    user: Option<User>,
    body: Option<String>,
    html_url: Option<String>,
    /// What is there for a pull request alone: to GitHub each is an issue too.
    pull_request: Option<serde::de::IgnoredAny>,
}

impl From<WireIssue> for Issue {
    fn from(wire: WireIssue) -> Self {
        Self {
            author: login(wire.user).unwrap_or_default(),
            body: wire.body.unwrap_or_default(),
            url: wire.html_url.unwrap_or_default(),
        }
    }
}

/// A name in one part of a path.
fn segment(text: &str) -> String {
    in_path(text).to_string().replace('/', "%2F")
}

/// A login, where there is one: an empty one is nobody's.
fn login(user: Option<User>) -> Option<String> {
    user.map(|user| user.login).filter(|login| !login.is_empty())
}

#[async_trait::async_trait]
impl Oversight for RealForge {
    async fn workflow_run(&self, repo: &Slug, run: u64) -> Result<WorkflowRun, ForgeError> {
        let what = format!("the workflow run {run} of {repo}");
        let wire: WireRun = self.get(&what, &format!("/repos/{repo}/actions/runs/{run}")).await?;
        let nobody =
            |who: &str| ForgeError::Nonsense { what: what.clone(), why: format!("it names no {who}") };
        Ok(WorkflowRun {
            head: wire.head_sha,
            actor: login(wire.actor).ok_or_else(|| nobody("actor"))?,
            triggering_actor: login(wire.triggering_actor).ok_or_else(|| nobody("triggering actor"))?,
            created: wire.created_at,
        })
    }

    async fn reviews(&self, repo: &Slug, run: u64) -> Result<Vec<Review>, ForgeError> {
        let what = format!("the approvals of the workflow run {run} of {repo}");
        let found: Vec<WireReview> =
            self.list(&what, &format!("/repos/{repo}/actions/runs/{run}/approvals")).await?;
        let review = |wire: WireReview| Review {
            environments: wire.environments.into_iter().filter_map(|one| one.name).collect(),
            state: wire.state,
            user: login(wire.user).unwrap_or_default(),
            comment: wire.comment.unwrap_or_default(),
        };
        Ok(found.into_iter().map(review).collect())
    }

    async fn environment(&self, repo: &Slug, name: &str) -> Result<Option<Environment>, ForgeError> {
        let what = format!("the environment {name} of {repo}");
        let path = format!("/repos/{repo}/environments/{}", segment(name));
        let found: Option<WireEnvironment> = self.find(&what, &path).await?;
        Ok(found.map(|wire| {
            let asked: Vec<WireRule> =
                wire.protection_rules.into_iter().filter(|rule| rule.kind == "required_reviewers").collect();
            Environment {
                reviewers: asked.iter().map(|rule| rule.reviewers.len()).sum(),
                prevents_self_review: asked.iter().any(|rule| rule.prevent_self_review),
            }
        }))
    }

    async fn people(&self, repo: &Slug, commit: &str) -> Result<People, ForgeError> {
        let what = format!("the commit {commit} of {repo}");
        let wire: WireCommit = self.get(&what, &format!("/repos/{repo}/commits/{}", segment(commit))).await?;
        if wire.sha != commit {
            return Err(ForgeError::Nonsense { what, why: format!("the forge told of {}", wire.sha) });
        }
        let what = format!("the pull requests of the commit {commit} of {repo}");
        let pulls = format!("/repos/{repo}/commits/{}/pulls", segment(commit));
        // A deleted account opened nothing that it could approve now.
        let pulls: Vec<WirePull> = self.list(&what, &pulls).await?;
        Ok(People {
            author: login(wire.author),
            committer: login(wire.committer),
            openers: pulls.into_iter().filter_map(|pull| login(pull.user)).collect(),
        })
    }

    async fn issues(&self, repo: &Slug, creator: &str) -> Result<Vec<Issue>, ForgeError> {
        let what = format!("the issues of {repo} by {creator}");
        let path = format!("/repos/{repo}/issues?state=all&creator={}", segment(creator));
        let found: Vec<WireIssue> = self.list(&what, &path).await?;
        Ok(found.into_iter().filter(|issue| issue.pull_request.is_none()).map(Into::into).collect())
    }

    async fn open_issue(&self, repo: &Slug, title: &str, body: &str) -> Result<Issue, ForgeError> {
        let what = format!("opening an issue in {repo}");
        let body = json!({ "title": title, "body": body });
        let answer = self.write(&what, Method::POST, &format!("/repos/{repo}/issues"), &body, false).await?;
        self.read::<WireIssue>(&what, &answer).map(Into::into)
    }
}
