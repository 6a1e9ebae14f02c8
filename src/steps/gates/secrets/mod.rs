//! Is there a secret in the history?

mod history;
mod own;
mod passed_over;
mod plan;
#[cfg(test)]
mod trials;

pub use plan::Secrets;
