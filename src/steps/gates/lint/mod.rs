//! Is the code as its own tools want it?

mod go;
mod plan;
mod rust;
#[cfg(test)]
mod trials;

pub use plan::Lint;
