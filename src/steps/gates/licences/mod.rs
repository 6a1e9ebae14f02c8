//! May the project use what it depends on?

mod judge;
mod plan;
mod settings;
#[cfg(test)]
mod trials;

pub use plan::Licences;
