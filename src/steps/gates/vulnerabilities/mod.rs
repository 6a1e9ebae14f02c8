//! Is anything known to be wrong with the code that is used?

mod judge;
mod merge;
mod plan;
mod run;
mod settings;
#[cfg(test)]
mod trials;

pub use plan::Vulnerabilities;
