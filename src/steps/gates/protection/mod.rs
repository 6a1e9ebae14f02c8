//! What a branch demands: that the gates are good. Read, merged, written; nothing that is there is loosened.

mod classic;
mod decide;
mod diff;
mod place;
mod ruleset;

pub use decide::{Demand, Way};
pub use place::{Looked, Place, ask};
