//! Results of tests.

mod claims;
pub mod go;
mod go_event;
mod go_quick;
#[cfg(test)]
mod go_tests;
mod junit;
mod junit_case;
#[cfg(test)]
mod junit_tests;
mod kept;
mod last_words;
mod names;
#[cfg(test)]
mod properties;
mod results;
mod running;
mod slowest;
mod tap;
mod tap_line;
mod tap_numbers;
#[cfg(test)]
mod tap_tests;

pub use kept::{LOST, tells};
pub use names::Names;
pub use results::{Failure, Package, Results, Verdict};
pub use slowest::{Slowest, Timed};

use super::Format;

/// The formats, each by one file; the first that fits is taken.
pub const FORMATS: &[Format<Results>] = &[go::FORMAT, junit::FORMAT, tap::FORMAT];
