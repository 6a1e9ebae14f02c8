//! Where the project's toolchain runs: on this machine, or in a container beside us.

mod env;
mod memory;
mod process;
mod settings;
#[cfg(test)]
mod tests;

pub use memory::Memory;
pub use process::{Around, Toolchain};
pub use settings::{Docker, Environment, Wanted};
