//! The street: every step of a release, in order.

pub mod age;
pub mod claim;
mod container;
mod draft;
pub mod evidence;
pub mod govulncheck;
pub mod ignore;
pub mod merge;
pub mod public;
pub mod room;
pub mod scanner;
#[cfg(test)]
pub mod trial;
#[cfg(test)]
pub mod trial_database;
#[cfg(test)]
pub mod trial_image;
pub mod walk;

mod build;
mod changelog;
pub mod gates;
mod notify;
mod package;
mod preflight;
mod publish;
mod release;
pub mod scan;
pub mod verify;

use crate::config::section::{NoSettings, Shape, StepShape};
use crate::model::Step;
use room::StepEntry;

/// The steps in their order; a why on each line.
pub const STREET: &[StepEntry] = &[
    // Whatever can be known before the first minute of work is asked first, all at once.
    step(Step::Preflight, "Is everything there to begin with?", Shape::of::<NoSettings>(), preflight::ROOMS),
    // Nothing is shown to the world that was not good.
    step(Step::Gates, "Is the commit good enough?", Shape::of::<gates::GatesSettings>(), gates::ROOMS),
    // Builds depend on the commit alone, so they run beside the gates.
    step(Step::Build, "Binaries from sources", Shape::of::<build::BuildSettings>(), build::ROOMS),
    // Everything that is published exists, with its digest, before anything is uploaded.
    step(Step::Package, "Archives, bills of materials, checksums", Shape::of::<NoSettings>(), package::ROOMS),
    // What was made is looked at, not only what it was made from.
    step(Step::Scan, "Is what was made good enough?", Shape::of::<NoSettings>(), scan::ROOMS),
    // The words stand before the draft that carries them.
    step(
        Step::Changelog,
        "The words of the release",
        Shape::of::<changelog::settings::ChangelogSettings>(),
        changelog::ROOMS,
    ),
    // A draft and its assets can be taken back; publishing it is the point of no return.
    step(Step::Release, "The release on the forge", Shape::of::<NoSettings>(), release::ROOMS),
    // Registries point at the release, so it must be public by now.
    step(Step::Publish, "Registries and package managers", Shape::of::<NoSettings>(), publish::ROOMS),
    // Only what a stranger can download and run is released.
    step(Step::Verify, "As a stranger would download it", Shape::of::<NoSettings>(), verify::ROOMS),
    // People are told of what is verified.
    step(
        Step::Notify,
        "Telling people and programs",
        Shape::of::<notify::settings::NotifySettings>(),
        notify::ROOMS,
    ),
];

const fn step(step: Step, about: &'static str, shape: Shape, rooms: &'static [room::RoomEntry]) -> StepEntry {
    StepEntry { step, about, shape, rooms }
}

/// The shapes of all sections, for the configuration's loader.
#[must_use]
pub fn shapes() -> Vec<StepShape> {
    let shape = |entry: &StepEntry| StepShape {
        step: entry.step,
        about: entry.about,
        shape: entry.shape,
        rooms: entry.rooms.iter().map(|room| room.shape).collect(),
    };
    STREET.iter().map(shape).collect()
}
