//! Do the tests pass?

#[cfg(test)]
mod flaky_trials;
mod given;
mod judge;
mod plan;
mod quarantine;
mod rerun;
mod run;
mod settings;
mod silent;
#[cfg(test)]
mod trials;

pub use plan::Tests;
