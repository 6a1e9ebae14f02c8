//! Files that jobs of one workflow run hand to each other.

use camino::{Utf8Path, Utf8PathBuf};

use crate::model::{Digest, Problem};

use super::files::FileError;
use super::http::HttpError;

/// An artifact of the run that is there whole.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RunArtifact {
    /// Its name; one of each in a run.
    pub name: String,
    /// The service's number; later ones are higher.
    pub id: u64,
    /// The digest of its bytes, where the service knows it.
    pub digest: Option<Digest>,
    /// The run and the job that it belongs to, as the service calls them.
    pub owner: (String, String),
}

/// What a file of an artifact is made from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Content {
    /// A file; it keeps whether it is executable.
    File(Utf8PathBuf),
    /// These bytes.
    Bytes(Vec<u8>),
}

/// A file of an artifact.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Item {
    /// Its path in the artifact, `/` between the parts.
    pub name: String,
    /// Its bytes.
    pub content: Content,
}

/// Why an artifact could not be put, listed or had.
#[derive(Debug, thiserror::Error)]
pub enum RunArtifactError {
    /// The run has an artifact of this name.
    #[error("the run has an artifact `{0}` already")]
    Exists(String),
    /// The service said no.
    #[error("the run's artifact service refused to {what}: {why}")]
    Refused {
        /// What was asked for.
        what: String,
        /// Its words.
        why: String,
    },
    /// What came is not what was asked for.
    #[error("{what} is broken: {why}")]
    Broken {
        /// What came.
        what: String,
        /// What is wrong with it.
        why: String,
    },
    /// No answer, or none that is of use.
    #[error("the run's artifact service does not answer")]
    Http(#[from] HttpError),
    /// A file of ours.
    #[error(transparent)]
    File(#[from] FileError),
}

impl From<RunArtifactError> for Problem {
    fn from(error: RunArtifactError) -> Self {
        let passing = matches!(
            error,
            RunArtifactError::Broken { .. } | RunArtifactError::Http(HttpError::Network { .. })
        );
        let mut problem = Self::new(error.to_string());
        if let RunArtifactError::Http(cause) = &error {
            problem = problem.because(cause.to_string());
        }
        Self { passing, ..problem }
    }
}

/// The artifact service of the workflow run that this job belongs to. An artifact is a set of files; it
/// is there whole or not at all.
#[async_trait::async_trait]
pub trait RunArtifacts: Send + Sync {
    /// Names the run, as the service does.
    fn run(&self) -> &str;

    /// All artifacts of the run, those of earlier attempts too.
    ///
    /// # Errors
    ///
    /// If the service cannot be asked.
    async fn list(&self) -> Result<Vec<RunArtifact>, RunArtifactError>;

    /// Puts files under a name. With `replace`, an artifact that has the name gives way; without, it is an
    /// error of its own.
    ///
    /// # Errors
    ///
    /// If the name is taken, a file cannot be read, or the service fails.
    async fn put(&self, name: &str, items: Vec<Item>, replace: bool) -> Result<(), RunArtifactError>;

    /// Gets the files of an artifact into a folder, which is made. Nothing is believed of what comes: the
    /// digest is compared, and no path leads out of the folder.
    ///
    /// # Errors
    ///
    /// If it cannot be had, or what comes is broken.
    async fn get(&self, artifact: &RunArtifact, to: &Utf8Path) -> Result<(), RunArtifactError>;
}
