//! What the gates came to, told on the forge: a check run or a status, and a comment in the pull request.
//!
//! Each way of telling is a target of its own that reads one [`outcome`], so that all of them say the same.

mod check;
mod comment;
mod denied;
mod outcome;
mod page;
mod plan;
mod remarks;
mod settings;
mod subject;

pub use plan::Publish;
