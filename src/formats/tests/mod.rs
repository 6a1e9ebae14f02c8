//! Results of tests.

pub mod go;
mod results;

pub use results::{Failure, Package, Results, Verdict};
