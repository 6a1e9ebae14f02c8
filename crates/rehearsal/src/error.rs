//! What can keep the forge from starting or from taking in a repository.

use camino::Utf8PathBuf;

/// Why the forge could not do what its owner (not a client) asked of it.
#[derive(Debug, thiserror::Error)]
pub enum ForgeError {
    /// The loopback port could not be had.
    #[error(
        "the embedded forge can't listen on 127.0.0.1:{port}: {source}; choose another port or 0 for any"
    )]
    Listen {
        /// The port asked for.
        port: u16,
        /// What the system said.
        source: std::io::Error,
    },
    /// The state folder could not be made, read or written.
    #[error(
        "the embedded forge can't use its state at {path}: {source}; check that the folder is writable and was made by a forge"
    )]
    State {
        /// File or folder concerned.
        path: Utf8PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// The name is none that GitHub would give to a repository.
    #[error("`{owner}/{name}` can't be a repository: letters, digits, `-`, and in the name also `.` and `_`")]
    Name {
        /// Owner as given.
        owner: String,
        /// Name as given.
        name: String,
    },
    /// A `git` child failed.
    #[error(transparent)]
    Git(#[from] crate::git::GitError),
}

impl ForgeError {
    /// Wraps an input/output error with the path it happened at.
    pub(crate) fn state(path: &camino::Utf8Path, source: std::io::Error) -> Self {
        Self::State { path: path.to_owned(), source }
    }
}
