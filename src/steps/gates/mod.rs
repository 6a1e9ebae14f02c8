//! The rooms of `gates`.

mod coverage;
mod given;
mod known;
mod report;
mod settings;
mod tests;

use super::room::RoomEntry;

pub use settings::{GatesSettings, Named};

/// The rooms, in order.
pub const ROOMS: &[RoomEntry] = &[
    // What is given and fits no gate is told once, whichever gate is asked for.
    RoomEntry::of::<known::Known>(),
    // One run of the tests makes the evidence of both.
    RoomEntry::of::<tests::Tests>(),
    RoomEntry::of::<coverage::Coverage>(),
];
