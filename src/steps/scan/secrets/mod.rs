//! Does what will be published hold a secret?

mod container;
mod image;
mod plan;
mod scan;
mod settings;
#[cfg(test)]
mod trials;
mod walk;

pub use plan::Secrets;
pub use walk::{Found, Unread, Walk, Walked};
