//! What a project is made with: detection, versions and targets, one ecosystem a file or folder.

pub mod dagger;
pub mod dependencies;
pub mod go;
pub mod toolchain;
pub mod tree;
