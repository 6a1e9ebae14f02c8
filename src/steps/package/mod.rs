//! The rooms of `package`: everything that is published exists before anything is uploaded.

use super::room::RoomEntry;

mod archive;
mod checksums;
mod files;
mod gather;
mod sbom;
#[cfg(test)]
mod tests;

/// The rooms, in order.
pub const ROOMS: &[RoomEntry] = &[
    // What people download.
    RoomEntry::of::<archive::Archives>(),
    // What is in it.
    RoomEntry::of::<sbom::Boms>(),
    // What else is published.
    RoomEntry::of::<files::ExtraFiles>(),
    // Last, since it names all of the above.
    RoomEntry::of::<checksums::Checksums>(),
];
