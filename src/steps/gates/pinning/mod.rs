//! Is what the workflows run fixed by digest?

mod judge;
mod plan;
mod read;
mod settings;
#[cfg(test)]
mod trials;

pub use plan::Pinning;
