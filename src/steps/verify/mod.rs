//! The rooms of `verify`.

mod archives;
mod ask;
mod built;
mod download;
mod downloaded;
pub mod folder;
mod judge;
mod run;
mod says;
pub mod unpack;

use super::room::RoomEntry;

/// The rooms, in order.
pub const ROOMS: &[RoomEntry] = &[
    // Once, for all that look at the files.
    RoomEntry::of::<download::Download>(),
    RoomEntry::of::<archives::Archives>(),
    // Only what came whole through the first two is run; what was built is asked before anything is shown.
    RoomEntry::of::<run::Run>(),
];
