//! Bare repositories, read and written by `git` itself.

mod command;
mod objects;
mod refs;
mod smart;
mod write;

pub(crate) use command::{Git, GitError};
pub(crate) use objects::{Commit, Entry, Person};
pub(crate) use smart::serve;
pub(crate) use write::{NewCommit, signature};
