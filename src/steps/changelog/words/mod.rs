//! From the history to words.

pub mod chapters;
pub mod clean;
pub mod compose;
pub mod render;
pub mod style;
pub mod walk;
