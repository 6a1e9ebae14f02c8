//! Coverage reports.

pub mod go;
mod profile;

pub use profile::{FileCoverage, Gap, Measure, Profile};
