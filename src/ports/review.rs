//! What is told on the forge about a commit and in a pull request: check runs, statuses, comments.

use serde::{Deserialize, Serialize};

use super::forge::ForgeError;
use crate::model::facts::Slug;

/// How bad what an annotation tells is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    /// It blocks.
    Failure,
    /// It is worth a look.
    Warning,
    /// It is told.
    Notice,
}

/// A remark at a place of the commit's files.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Annotation {
    /// The file, relative to the repository's root.
    pub path: String,
    /// The first line, counted from 1.
    pub start_line: u32,
    /// The last line.
    pub end_line: u32,
    /// How bad it is.
    #[serde(rename = "annotation_level")]
    pub level: Level,
    /// Its title, at most 255 characters.
    pub title: String,
    /// Its words, at most 64 KB.
    pub message: String,
}

/// A check run as the forge shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CheckRun {
    /// The numeric id.
    pub id: u64,
    /// What whoever made it calls it.
    pub external_id: String,
    /// `completed`, or on its way there.
    pub status: String,
    /// `success`, `failure` and others, once it is completed.
    pub conclusion: String,
    /// The title of its page.
    pub title: String,
    /// The summary on its page.
    pub summary: String,
    /// How many annotations it has.
    pub annotations: u64,
    /// Its page.
    pub url: String,
}

/// What a check run has to say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CheckWanted {
    /// Its name, which a rule may require.
    pub name: String,
    /// The commit.
    pub commit: String,
    /// By what it is known again.
    pub external_id: String,
    /// True for `success`, false for `failure`: there is nothing between them.
    pub success: bool,
    /// The title of its page.
    pub title: String,
    /// The summary on its page, at most 65,535 characters.
    pub summary: String,
    /// Where more is to be read.
    pub details: Option<String>,
}

/// Annotations that one call may bring at most (GitHub, "Create a check run").
pub const ANNOTATIONS_A_CALL: usize = 50;

/// A commit status.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CommitStatus {
    /// Its name; upper and lower case are the same.
    pub context: String,
    /// `success`, `failure` and others.
    pub state: String,
    /// A line, at most 140 characters.
    pub description: String,
}

/// A comment of a pull request or an issue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Comment {
    /// The numeric id.
    pub id: u64,
    /// The login of who wrote it.
    pub author: String,
    /// Its Markdown.
    pub body: String,
    /// Its page.
    pub url: String,
}

/// Telling. No call here is made again after a lost answer, unless it changes nothing the second time:
/// whoever asked looks first.
#[async_trait::async_trait]
pub trait Review: Send + Sync {
    /// The check runs of this name on a commit, of whatever suite, newest first.
    ///
    /// # Errors
    ///
    /// As every call of the forge.
    async fn checks(&self, repo: &Slug, commit: &str, name: &str) -> Result<Vec<CheckRun>, ForgeError>;

    /// The annotations of a check run.
    ///
    /// # Errors
    ///
    /// As every call of the forge.
    async fn annotations(&self, repo: &Slug, check: u64) -> Result<Vec<Annotation>, ForgeError>;

    /// Makes a check run, with at most [`ANNOTATIONS_A_CALL`] annotations.
    ///
    /// # Errors
    ///
    /// As every call of the forge; 403 where the token is of no app or may not write checks.
    async fn create_check(
        &self,
        repo: &Slug,
        wanted: &CheckWanted,
        annotations: &[Annotation],
    ) -> Result<CheckRun, ForgeError>;

    /// Changes a check run, and adds at most [`ANNOTATIONS_A_CALL`] annotations to those that it has.
    ///
    /// # Errors
    ///
    /// As every call of the forge; 403 also where it is another app's.
    async fn update_check(
        &self,
        repo: &Slug,
        check: u64,
        wanted: &CheckWanted,
        annotations: &[Annotation],
    ) -> Result<CheckRun, ForgeError>;

    /// The statuses of a commit, newest first.
    ///
    /// # Errors
    ///
    /// As every call of the forge.
    async fn statuses(&self, repo: &Slug, commit: &str) -> Result<Vec<CommitStatus>, ForgeError>;

    /// Adds a status; the last one of a context counts.
    ///
    /// # Errors
    ///
    /// As every call of the forge.
    async fn set_status(
        &self,
        repo: &Slug,
        commit: &str,
        status: &CommitStatus,
        details: Option<&str>,
    ) -> Result<(), ForgeError>;

    /// The login of who holds the token; `None` where the forge does not tell that to an app.
    ///
    /// # Errors
    ///
    /// As every call of the forge.
    async fn login(&self) -> Result<Option<String>, ForgeError>;

    /// All comments of a pull request, oldest first; those beside its lines are none.
    ///
    /// # Errors
    ///
    /// As every call of the forge.
    async fn comments(&self, repo: &Slug, pull: u64) -> Result<Vec<Comment>, ForgeError>;

    /// Writes a comment.
    ///
    /// # Errors
    ///
    /// As every call of the forge.
    async fn add_comment(&self, repo: &Slug, pull: u64, body: &str) -> Result<Comment, ForgeError>;

    /// Changes a comment.
    ///
    /// # Errors
    ///
    /// As every call of the forge.
    async fn change_comment(&self, repo: &Slug, comment: u64, body: &str) -> Result<Comment, ForgeError>;

    /// Deletes a comment.
    ///
    /// # Errors
    ///
    /// As every call of the forge.
    async fn delete_comment(&self, repo: &Slug, comment: u64) -> Result<(), ForgeError>;
}
