//! Every test that runs the program itself, through one harness.
#![expect(clippy::disallowed_methods, reason = "tests set up the world that the program runs in")]
#![expect(clippy::unwrap_used, reason = "helpers of tests fail by panicking, as tests do")]

mod act;
mod action;
mod action_contract;
mod architecture;
mod bad_input;
mod canaries;
mod cancel;
mod chaos;
mod check;
mod cli;
mod container;
mod doubles;
mod drafts;
mod forge_client;
mod given;
mod hand;
mod harness;
mod injection;
mod jobs;
mod keys;
mod merge;
mod outside;
mod parts;
mod parts_act;
mod pin;
mod refusals;
mod rehearse;
mod release;
mod reproducible;
mod resume;
mod run_artifacts;
mod runner;
mod runner_port;
mod sibling;
mod stage;
mod webhook;
mod workflows;
mod yaml;
