//! Coverage reports.

pub mod go;
mod profile;

pub use profile::{FileCoverage, Gap, Measure, Profile};

use super::Format;

/// The formats, each by one file; the first that fits is taken.
pub const FORMATS: &[Format<Profile>] = &[go::FORMAT];
