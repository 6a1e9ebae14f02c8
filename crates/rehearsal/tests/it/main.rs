//! The forge, spoken to as its clients do.

#![expect(clippy::disallowed_methods, reason = "tests set up the world that clients work in")]
#![expect(clippy::unwrap_used, reason = "helpers of tests fail by panicking, as tests do")]

mod assets;
mod auth;
mod code_scanning;
mod concurrent;
mod daggerverse;
mod faults;
mod git;
mod harness;
mod hostile;
mod issues;
mod objects;
mod recorded;
mod releases;
mod restart;
mod rules;
mod run_artifacts;
mod schema;
mod webhook;
