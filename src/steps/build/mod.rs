//! The rooms of `build`.

mod go;
mod hook;
mod made;
mod settings;
mod words;

use super::room::RoomEntry;

pub use settings::BuildSettings;

/// The rooms, in order.
pub const ROOMS: &[RoomEntry] = &[RoomEntry::of::<go::Go>()];
