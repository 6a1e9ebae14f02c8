//! What the gates came to, told on the forge: a check run or a status, a comment in the pull request, and what they
//! found in code scanning.
//!
//! Each way of telling is a target of its own that reads one [`outcome`], so that all of them say the same.

mod check;
mod comment;
mod denied;
mod outcome;
mod page;
mod plan;
mod remarks;
mod scanning;
mod settings;
mod subject;

pub use plan::Publish;
