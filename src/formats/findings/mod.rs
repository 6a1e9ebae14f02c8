//! Findings of scanners and linters.

mod finding;
mod severity;

pub use finding::{Finding, Findings, Package, Place, Reach};
pub use severity::Severity;

use super::Format;

/// The formats, each by one file; the first that fits is taken.
pub const FORMATS: &[Format<Findings>] = &[];
