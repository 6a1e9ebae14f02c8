//! The rooms of `gates`.

mod commits;
mod context;
mod coverage;
mod fresh;
mod given;
mod known;
mod licences;
mod lint;
mod pinning;
pub mod protection;
mod publish;
mod report;
mod scanner;
mod secrets;
mod settings;
pub mod staged;
mod tests;
mod vulnerabilities;

use super::room::{Room as _, RoomEntry};

pub use commits::{CommitsSettings, fault};
pub use coverage::{Recorded, ready, record};
pub use pinning::{PinningSettings, is_pinned_file, pinned};
pub use settings::{GatesSettings, Named};

/// The room that is never left out where single ones are asked for: it tells of reports that none takes.
pub const KNOWN: &str = known::Known::ID;

/// The rooms, in order.
pub const ROOMS: &[RoomEntry] = &[
    // What is given and fits no gate is told once, whichever gate is asked for.
    RoomEntry::of::<known::Known>(),
    // One run of the tests makes the evidence of both.
    RoomEntry::of::<tests::Tests>(),
    RoomEntry::of::<coverage::Coverage>(),
    // What others know of the code that is used, and what nobody should know.
    RoomEntry::of::<vulnerabilities::Vulnerabilities>(),
    RoomEntry::of::<secrets::Secrets>(),
    RoomEntry::of::<lint::Lint>(),
    // What is written down, read in a moment.
    RoomEntry::of::<licences::Licences>(),
    RoomEntry::of::<commits::Commits>(),
    RoomEntry::of::<pinning::Pinning>(),
    // What all of them came to; so it is the last.
    RoomEntry::of::<publish::Publish>(),
];
