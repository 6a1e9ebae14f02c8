//! Is what the workflows run fixed by digest, and what the project depends on written down?

mod gosum;
mod judge;
mod locks;
mod node;
mod npm;
mod plan;
mod read;
mod settings;
#[cfg(test)]
mod trials;
#[cfg(test)]
mod trials_locks;

pub use judge::pinned;
pub use plan::Pinning;
pub use read::is_pinned_file;
pub use settings::PinningSettings;
