//! SARIF 2.1.0 of what gates found: a run for each tool, the worst first, within GitHub's limits.

pub mod gates;
pub mod line_hash;
pub mod pack;
mod result;
mod run;

pub use gates::{Gate, runs};
pub use pack::{Cut, Packed, pack};
pub use run::{MOST, Note, Origin, RUNS, Run, document};
