//! The rooms of `scan`.

mod secrets;

pub use secrets::{Found, Unread, Walk, Walked};

use super::room::RoomEntry;

/// The rooms, in order.
pub const ROOMS: &[RoomEntry] = &[
    // What is public once stays so, whatever is deleted later.
    RoomEntry::of::<secrets::Secrets>(),
];
