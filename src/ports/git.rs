//! The repository, through the `git` command deaf to hooks and to what a person has set for their own eyes.

use crate::model::Problem;

/// Why Git did not do it.
#[derive(Debug, thiserror::Error)]
pub enum GitError {
    /// Git said no.
    #[error("git {verb}: {words}")]
    Refused {
        /// The subcommand.
        verb: String,
        /// Its exit code; none if it was ended by a signal or said something torn.
        code: Option<i32>,
        /// Its last lines on standard error.
        words: String,
    },
    /// Git could not be run.
    #[error(transparent)]
    Process(#[from] super::process::ProcessError),
}

impl From<GitError> for Problem {
    fn from(error: GitError) -> Self {
        match error {
            GitError::Process(error) => error.into(),
            refused @ GitError::Refused { .. } => Self::new(refused.to_string()),
        }
    }
}

/// Git in the repository's root.
#[async_trait::async_trait]
pub trait Git: Send + Sync {
    /// Runs `git ARGS…` and gives its standard output.
    ///
    /// # Errors
    ///
    /// If it exits with anything but 0 or cannot be run.
    async fn run(&self, args: &[&str]) -> Result<Vec<u8>, GitError> {
        self.fed(args, Vec::new()).await
    }

    /// As [`Git::run`], with what it reads on standard input.
    ///
    /// # Errors
    ///
    /// As [`Git::run`].
    async fn fed(&self, args: &[&str], input: Vec<u8>) -> Result<Vec<u8>, GitError>;

    /// As [`Git::run`], as text without its last line feed.
    ///
    /// # Errors
    ///
    /// As [`Git::run`].
    async fn text(&self, args: &[&str]) -> Result<String, GitError> {
        let bytes = self.run(args).await?;
        Ok(String::from_utf8_lossy(&bytes).trim_end_matches('\n').to_owned())
    }
}
