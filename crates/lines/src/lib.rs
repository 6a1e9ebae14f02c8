//! Which lines of our own sources the tests run.
//!
//! `rustc -C instrument-coverage` counts in the program and lays a map of the counters into it; LLVM's runtime adds
//! the counts of each process to a raw profile. LLVM's own readers are a component of the toolchain that not every
//! machine can have, and one of their version; this reads both and writes LCOV, with LLVM's rule of what a line's
//! count is. Only lines of what is shipped count: those that the libraries hold without their tests.
//!
//! Sources: LLVM's `CoverageMappingFormat.rst`, `InstrProfileData.inc` and `CoverageMapping.cpp`, version 22.

#![expect(
    clippy::disallowed_methods,
    reason = "the fences keep the program's rooms from the world; this is a tool of its own"
)]

mod bytes;
mod count;
mod lines;
mod mapping;
mod object_file;
mod profile;
mod run;

pub use run::{Report, measure};
