//! Is what the workflows run fixed by digest?

mod judge;
mod plan;
mod read;
mod settings;
#[cfg(test)]
mod trials;

pub use judge::pinned;
pub use plan::Pinning;
pub use read::is_pinned_file;
pub use settings::PinningSettings;
