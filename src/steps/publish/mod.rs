//! The rooms of `publish`.

mod daggerverse;

use super::room::RoomEntry;

/// The rooms, in order.
pub const ROOMS: &[RoomEntry] = &[
    // Indexes the tag that the release has made.
    RoomEntry::of::<daggerverse::Daggerverse>(),
];
