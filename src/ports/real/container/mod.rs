//! The Docker engine behind a socket of this machine.

mod engine;
mod exec;
mod leftovers;
mod own;
mod sibling;

pub use engine::RealContainers;
