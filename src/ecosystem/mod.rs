//! What a project is made with: detection, versions and targets, one ecosystem a file or folder.

mod converted;
pub mod dagger;
pub mod dependencies;
pub mod go;
pub mod hidden;
pub mod sources;
pub mod toolchain;
pub mod tree;
mod unlisted;
