//! Go commands, cross-compiled.

mod compiler;
mod diagnose;
mod make;
mod plan;
mod recipe;
mod settings;
#[cfg(test)]
mod tests;

pub use plan::Go;
