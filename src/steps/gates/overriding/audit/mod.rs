//! The audit log: one line for each attempt, accepted or refused, each with the digest of the line before it.
//!
//! It is the file `audit.jsonl` on a branch of its own, which only grows: it is never pushed by force, and a
//! ruleset can forbid that to everybody else.

mod chain;
mod entry;
mod log;

pub use chain::{Broken, GENESIS, line_of, verify};
pub use entry::{Entry, Outcome, Said};
pub use log::{BRANCH, FILE, Log, MOST, append, read};
