//! What was covered before: recorded as notes of Git on the commits of the default branch.

mod drop;
mod look;
mod note;
mod notes;
mod record;

pub use drop::dropped;
pub use look::{Baseline, baseline};
pub use record::{Recorded, ready, record};
