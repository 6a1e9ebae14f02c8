//! The rooms of `scan`.

mod secrets;
mod vulnerabilities;

use super::room::RoomEntry;

/// The rooms, in order.
pub const ROOMS: &[RoomEntry] = &[
    // What is public once stays so, whatever is deleted later.
    RoomEntry::of::<secrets::Secrets>(),
    // What the programs say of themselves, whatever the sources said.
    RoomEntry::of::<vulnerabilities::Vulnerabilities>(),
];
