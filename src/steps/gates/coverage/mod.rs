//! Do the tests reach enough of the code?

mod advise;
mod baseline;
mod beyond;
mod blocks;
mod covdata;
#[cfg(test)]
mod covdata_trials;
mod diff;
mod generated;
#[cfg(test)]
mod given_trials;
mod go_code;
mod go_head;
mod held;
#[cfg(test)]
mod held_trials;
mod judge;
mod measured;
mod outputs;
#[cfg(test)]
mod outputs_trials;
mod patch;
mod plan;
mod settings;
mod short;
mod silent;
#[cfg(test)]
mod trials;
mod untold;

pub use baseline::{Recorded, ready, record};
pub use plan::Coverage;
