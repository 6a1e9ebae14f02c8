//! The rooms of `gates`.

mod commits;
mod coverage;
mod licences;
mod pinning;
mod report;
mod tests;

use super::room::RoomEntry;

/// The rooms, in order.
pub const ROOMS: &[RoomEntry] = &[
    // One run of the tests makes the evidence of both.
    RoomEntry::of::<tests::Tests>(),
    RoomEntry::of::<coverage::Coverage>(),
    // What is written down, read in a moment.
    RoomEntry::of::<licences::Licences>(),
    RoomEntry::of::<commits::Commits>(),
    RoomEntry::of::<pinning::Pinning>(),
];
