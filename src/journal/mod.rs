//! What happened, kept on disk: one event a line, so that a run which was killed can be taken up.

pub mod append;
pub mod format;
pub mod replay;

#[cfg(test)]
mod disk;

pub use append::{Journal, LONGEST};
pub use replay::replay;
