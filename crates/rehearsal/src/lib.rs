//! The embedded forge: GitHub's REST API, Git over HTTP, Daggerverse and webhooks on one loopback
//! listener, with real HTTP/1.1, state on disk, and faults on demand.

#![expect(
    clippy::disallowed_methods,
    reason = "the fences keep the program's rooms from the world; this crate is a world of its own"
)]

mod daggerverse;
mod effect;
mod error;
mod fault;
mod forge;
mod git;
mod github;
mod home;
mod http;
mod options;
mod people;
mod run_artifacts;
mod state;
mod temporary;
mod webhook;

pub use effect::{Effect, EffectKind};
pub use error::ForgeError;
pub use fault::{Fault, FaultError, FaultKind};
pub use forge::Forge;
pub use http::RequestRecord;
pub use options::{Lag, Options};
pub use people::{Begun, Said};
