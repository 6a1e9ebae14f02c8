//! Results of tests.

mod claims;
pub mod go;
mod junit;
mod kept;
mod results;
mod tap;

pub use results::{Failure, Package, Results, Verdict};

use super::Format;

/// The formats, each by one file; the first that fits is taken.
pub const FORMATS: &[Format<Results>] = &[go::FORMAT, junit::FORMAT, tap::FORMAT];
