//! Do the commits say what they are?

mod judge;
mod plan;
mod remedy;
mod settings;
#[cfg(test)]
mod trials;

pub use judge::fault;
pub use plan::Commits;
pub use settings::CommitsSettings;
