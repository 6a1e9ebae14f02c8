//! Reports that tools write, read as streams: one format a file.

mod bad;
pub mod coverage;
pub mod tests;

pub use bad::{BadReport, looks_like};
