//! Do the commits say what they are?

mod judge;
mod plan;
mod settings;
#[cfg(test)]
mod trials;

pub use plan::Commits;
