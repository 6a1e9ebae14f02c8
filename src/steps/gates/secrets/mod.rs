//! Is there a secret in the history?

mod history;
mod plan;
#[cfg(test)]
mod trials;

pub use plan::Secrets;
