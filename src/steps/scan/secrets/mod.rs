//! Does what will be published hold a secret?

mod image;
mod plan;
mod scan;
mod settings;
#[cfg(test)]
mod trials;

pub use plan::Secrets;
