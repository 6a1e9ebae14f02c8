//! Every test that runs the program itself, through one harness.
#![expect(clippy::disallowed_methods, reason = "tests set up the world that the program runs in")]
#![expect(clippy::unwrap_used, reason = "helpers of tests fail by panicking, as tests do")]

mod act;
mod architecture;
mod bad_input;
mod chaos;
mod cli;
mod forge_client;
mod harness;
mod outside;
mod pin;
mod rehearse;
mod release;
mod reproducible;
mod resume;
mod stage;
mod workflows;
mod yaml;
