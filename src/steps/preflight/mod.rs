//! The rooms of `preflight`: all of them run side by side, and every problem is shown at once.

use super::room::RoomEntry;

mod budget;
mod history;
mod names;
mod release;
mod tag;
mod token;
mod tools;
mod tree;

/// The rooms, in order.
pub const ROOMS: &[RoomEntry] = &[
    // What lies here, cheapest first; then what only the forge knows.
    RoomEntry::of::<tree::Tree>(),
    RoomEntry::of::<history::History>(),
    RoomEntry::of::<tools::Tools>(),
    RoomEntry::of::<names::Names>(),
    RoomEntry::of::<tag::Tag>(),
    RoomEntry::of::<token::Token>(),
    RoomEntry::of::<release::Release>(),
    RoomEntry::of::<budget::Budget>(),
];
