//! The rooms of `notify`.

pub mod settings;
mod webhook;

use super::room::RoomEntry;

/// The rooms, in order.
pub const ROOMS: &[RoomEntry] = &[
    // Programs first: they tell everyone else.
    RoomEntry::of::<webhook::Webhook>(),
];
