//! The rooms of `gates`.

#[cfg(test)]
mod closed_trials;
mod commits;
mod context;
mod coverage;
mod everywhere;
#[cfg(test)]
mod everywhere_trials;
#[cfg(test)]
mod exit_trials;
mod fitting;
mod fresh;
mod given;
mod go_files;
mod judged;
mod known;
mod licences;
mod lint;
mod noted;
mod overriding;
mod pinning;
mod placed;
pub mod protection;
mod publish;
mod remote;
mod report;
mod secrets;
mod settings;
pub mod staged;
mod tests;
mod tracked;
mod vulnerabilities;

use super::room::{Room as _, RoomEntry};

pub use commits::{CommitsSettings, fault};
pub use coverage::{Recorded, ready, record};
pub use judged::{left_out, not_the_commit};
pub use known::reports;
pub use overriding::Request;
pub use overriding::audit;
pub use pinning::{PinningSettings, is_pinned_file, pinned};
pub use settings::{GatesSettings, Named};

/// The room that is never left out where single ones are asked for: it tells of reports that none takes.
pub const KNOWN: &str = known::Known::ID;

/// The room that decides whether gates which failed are overridden: no gate itself.
pub const OVERRIDE: &str = overriding::Overriding::ID;

/// Whether a room is none of those that judge the commit.
#[must_use]
pub fn is_no_gate(room: &str) -> bool {
    [KNOWN, OVERRIDE, publish::Publish::ID].contains(&room)
}

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
    // Whether somebody answers for those that failed.
    RoomEntry::of::<overriding::Overriding>(),
    // What all of them came to; so it is the last.
    RoomEntry::of::<publish::Publish>(),
];
