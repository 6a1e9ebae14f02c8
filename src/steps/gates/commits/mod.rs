//! Do the commits say what they are?

mod judge;
mod plan;
mod remedy;
mod settings;
#[cfg(test)]
mod trials;

pub use plan::Commits;
