//! Faults on demand: what they are, how they are written, when they strike.

mod book;
mod glob;
mod kind;
mod spec;

pub(crate) use book::{FaultBook, Strike};
pub use kind::FaultKind;
pub use spec::{Fault, FaultError};
