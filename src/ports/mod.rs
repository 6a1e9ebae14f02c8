//! The world, in small traits. `real/` is the only place that touches it; the rehearsal's servers
//! are the only fake.

pub mod clock;
pub mod container;
pub mod files;
pub mod forge;
pub mod git;
pub mod http;
pub mod oversight;
pub mod process;
pub mod real;
pub mod review;
pub mod rules;
pub mod run_artifacts;
pub mod scanning;
pub mod secrets;

use std::sync::Arc;

pub use clock::Clock;
pub use container::Containers;
pub use files::Files;
pub use forge::Forge;
pub use git::Git;
pub use http::Http;
pub use process::Process;
pub use run_artifacts::RunArtifacts;
pub use secrets::Secrets;

/// The whole world, as rooms get it.
#[derive(Clone)]
pub struct Ports {
    /// Files.
    pub files: Arc<dyn Files>,
    /// Child processes.
    pub process: Arc<dyn Process>,
    /// The repository.
    pub git: Arc<dyn Git>,
    /// The forge's API.
    pub forge: Arc<dyn Forge>,
    /// Any other HTTP.
    pub http: Arc<dyn Http>,
    /// Time.
    pub clock: Arc<dyn Clock>,
    /// Secret values of the environment.
    pub secrets: Arc<dyn Secrets>,
}
