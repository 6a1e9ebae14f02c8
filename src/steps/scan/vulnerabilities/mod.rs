//! Is anything known to be wrong with what the programs were built from?

mod judge;
mod plan;
mod scan;
mod settings;
#[cfg(test)]
mod trials;

pub use plan::Vulnerabilities;
