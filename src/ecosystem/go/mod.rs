//! Go: modules, commands, targets, versions.

mod alike;
mod commands;
mod detect;
mod gomod;
pub mod loose;
pub mod stamps;
mod target;
#[cfg(test)]
mod tests;
mod tool;

pub use alike::{Alike, EVERYTHING, Scope, alike, compiles, shipped, tests_of};
pub use commands::binary_name;
pub use detect::detect;
pub use gomod::{folders, module_path, requires, wanted};
pub use target::{KNOWN, Target, UnknownTarget};
pub use tool::{GoTool, flags_in_env, run, tool};
