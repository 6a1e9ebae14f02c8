//! GitHub's side of the program: inputs, the run's context, what may be done in it, outputs.
//!
//! Everything here is pure over plain data; `cli/action.rs` reads the world and calls the commands.

pub mod checks;
pub mod context;
pub mod event;
pub mod file_commands;
pub mod given;
pub mod inputs;
pub mod order;
pub mod outcome;
pub mod outputs;
pub mod page;
pub mod values;

#[cfg(test)]
mod samples;
