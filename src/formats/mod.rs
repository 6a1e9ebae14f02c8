//! Reports that tools write, read as streams: one format a file.

mod bad;
#[cfg(test)]
mod closed_tests;
#[cfg(test)]
mod corpus_more_tests;
#[cfg(test)]
mod corpus_tests;
pub mod coverage;
pub mod findings;
mod format;
mod head;
mod json;
#[cfg(test)]
mod limits_tests;
mod lines;
mod made;
mod marks;
#[cfg(test)]
mod mutated_tests;
pub mod noted;
#[cfg(test)]
pub mod samples;
pub mod tests;
mod unmarked;
mod window;
pub mod workflow;
mod xml;

pub use bad::BadReport;
pub use format::{Format, choose, looks_like, read, recognised};
pub use head::{HEAD, Head, UTF_16};
pub use made::{Dated, Made};

/// How many made-up cases each property is tried with.
#[cfg(test)]
const CASES: u32 = 10_000;
