//! The rooms of `changelog`.

mod history;
mod notes;
pub mod settings;
mod words;

use super::room::RoomEntry;

/// The rooms, in order.
pub const ROOMS: &[RoomEntry] = &[
    // What people read on the release's page.
    RoomEntry::of::<notes::Notes>(),
    // What people read in the repository.
    RoomEntry::of::<history::History>(),
];
