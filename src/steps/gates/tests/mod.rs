//! Do the tests pass?

mod given;
mod judge;
mod plan;
mod run;
mod settings;
#[cfg(test)]
mod trials;

pub use plan::Tests;
