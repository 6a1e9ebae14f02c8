//! Do the tests reach enough of the code?

mod advise;
mod generated;
mod judge;
mod plan;
mod settings;
#[cfg(test)]
mod trials;

pub use plan::Coverage;
