//! Refs at the remote that gates keep something on: looked at and fetched, without touching those of this clone.

use crate::ports::Git;
use crate::ports::git::GitError;

/// The remote.
pub const REMOTE: &str = "origin";

/// Whether there is a remote to ask.
///
/// # Errors
///
/// If Git cannot tell.
pub async fn has_remote(git: &dyn Git) -> Result<bool, GitError> {
    Ok(git.text(&["remote"]).await?.lines().any(|name| name == REMOTE))
}

/// The object that a ref of the remote leads to; none where there is no such ref.
///
/// # Errors
///
/// If the remote cannot be asked.
pub async fn tip(git: &dyn Git, name: &str) -> Result<Option<String>, GitError> {
    let told = git.text(&["ls-remote", REMOTE, name]).await?;
    // The name is looked for at the end of all names.
    let ours = told.lines().find_map(|line| line.strip_suffix(name)?.strip_suffix('\t'));
    Ok(ours.map(str::to_owned))
}

/// Brings an object that a ref of the remote leads to, unless it is here. No ref of this clone is touched, and what
/// is shallow stays so.
///
/// # Errors
///
/// If it cannot be had.
pub async fn fetch(git: &dyn Git, object: &str, name: &str) -> Result<(), GitError> {
    let commit = format!("{object}^{{commit}}");
    if git.run(&["cat-file", "-e", &commit]).await.is_ok() {
        return Ok(());
    }
    let args = [
        "fetch",
        "--quiet",
        "--no-tags",
        "--no-write-fetch-head",
        "--no-recurse-submodules",
        "--no-prune",
        "--refmap=",
        REMOTE,
        name,
    ];
    git.run(&args).await.map(|_| ())
}
