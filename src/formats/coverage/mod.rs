//! Coverage reports.

mod claims;
mod clover;
mod cobertura;
mod cobertura_line;
mod cobertura_rate;
mod coverage_py;
mod file;
pub mod go;
mod istanbul;
mod jacoco;
mod lcov;
mod llvm;
mod llvm_lines;
mod llvm_quick;
mod measure;
mod profile;
#[cfg(test)]
mod properties;
mod states;
pub mod write;

pub use measure::{FileCoverage, Gap, LineState, Measure, Unit};
pub use profile::{Block, Profile, Span};

use super::Format;

/// The formats, each by one file; the first that fits is taken.
pub const FORMATS: &[Format<Profile>] = &[
    go::FORMAT,
    lcov::FORMAT,
    // Both have `coverage` as their outermost element; Clover is the one that says when it was made.
    clover::FORMAT,
    cobertura::FORMAT,
    jacoco::FORMAT,
    coverage_py::FORMAT,
    llvm::FORMAT,
    istanbul::FORMAT,
];
