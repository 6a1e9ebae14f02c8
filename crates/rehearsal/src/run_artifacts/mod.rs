//! The artifact service of a workflow run: `github.actions.results.api.v1.ArtifactService` in Twirp's
//! JSON form, and the block blobs behind its signed addresses.
//!
//! What it takes and gives follows the client in actions/toolkit (packages/artifact); what a blob takes
//! follows Azure's Put Block and Put Block List.

mod blob;
mod shelf;
mod token;
mod twirp;

pub(crate) use blob::serve;
pub(crate) use shelf::Shelf;
pub(crate) use token::mint;
pub(crate) use twirp::route;

/// The run that a served forge's own token belongs to.
pub(crate) const RUN: &str = "rehearsal-run";

/// The job that a served forge's own token belongs to.
pub(crate) const JOB: &str = "rehearsal-job";
