//! The rooms of `release`: the release on the forge.

use super::room::RoomEntry;

mod github;

/// The rooms, in order.
pub const ROOMS: &[RoomEntry] = &[
    // The only forge so far.
    RoomEntry::of::<github::GitHub>(),
];
