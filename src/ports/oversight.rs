//! Who did what, and who agreed, as the forge alone can tell: runs of workflows and their reviews, what an
//! environment waits for, the people of a commit, and issues that ask for a review.

use chrono::{DateTime, Utc};

use super::forge::ForgeError;
use crate::model::facts::Slug;

/// A run of a workflow.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WorkflowRun {
    /// The commit that it runs at.
    pub head: String,
    /// The login of who began it.
    pub actor: String,
    /// The login of who began its latest attempt.
    pub triggering_actor: String,
    /// When it began first, by the forge's clock.
    pub created: DateTime<Utc>,
}

/// What somebody said to jobs of a run that waited.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Review {
    /// The names of the environments that it was said for.
    pub environments: Vec<String>,
    /// `approved`, `rejected` or `pending`.
    pub state: String,
    /// The login of who said it.
    pub user: String,
    /// The comment.
    pub comment: String,
}

/// What an environment demands before a job begins.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Environment {
    /// How many people and teams may approve; 0 where nothing waits for anybody.
    pub reviewers: usize,
    /// Whether who began a run may not approve its jobs.
    pub prevents_self_review: bool,
}

/// The people of a commit: logins, where the forge knows an account for the mail address.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct People {
    /// Who wrote it.
    pub author: Option<String>,
    /// Who committed it.
    pub committer: Option<String>,
    /// Who opened a pull request that it came by: of a merge, neither author nor committer.
    pub openers: Vec<String>,
}

/// An issue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Issue {
    /// The login of who opened it.
    pub author: String,
    /// Its Markdown.
    pub body: String,
    /// Its page.
    pub url: String,
}

/// Oversight.
#[async_trait::async_trait]
pub trait Oversight: Send + Sync {
    /// A run of a workflow.
    ///
    /// # Errors
    ///
    /// As every call of the forge.
    async fn workflow_run(&self, repo: &Slug, run: u64) -> Result<WorkflowRun, ForgeError>;

    /// What was said to the jobs of a run, over all its attempts.
    ///
    /// # Errors
    ///
    /// As every call of the forge.
    async fn reviews(&self, repo: &Slug, run: u64) -> Result<Vec<Review>, ForgeError>;

    /// An environment; none where there is no such one.
    ///
    /// # Errors
    ///
    /// As every call of the forge.
    async fn environment(&self, repo: &Slug, name: &str) -> Result<Option<Environment>, ForgeError>;

    /// The people of a commit. Two calls: the commit, and the pull requests that it came by.
    ///
    /// # Errors
    ///
    /// As every call of the forge.
    async fn people(&self, repo: &Slug, commit: &str) -> Result<People, ForgeError>;

    /// The issues that a login opened, open and closed, newest first.
    ///
    /// # Errors
    ///
    /// As every call of the forge.
    async fn issues(&self, repo: &Slug, creator: &str) -> Result<Vec<Issue>, ForgeError>;

    /// Opens an issue. Not made again after a lost answer: whoever asked looks first.
    ///
    /// # Errors
    ///
    /// As every call of the forge.
    async fn open_issue(&self, repo: &Slug, title: &str, body: &str) -> Result<Issue, ForgeError>;
}
