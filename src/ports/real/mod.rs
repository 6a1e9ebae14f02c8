//! The world itself: the only place that touches files, processes, the network and the clock.

mod apart;
mod client;
pub mod clock;
mod container;
pub mod env;
pub mod fence;
pub mod files;
mod folder;
pub mod git;
pub mod github;
pub mod http;
mod kept;
mod lines;
mod lock;
pub mod owner;
mod policy;
pub mod process;
pub mod reaper;
pub mod run_artifacts;
pub mod runner_file;
pub mod secrets;
mod tree;

pub use apart::hide;
pub use clock::RealClock;
pub use container::RealContainers;
pub use env::Env;
pub use fence::{Fence, FencedFiles};
pub use files::RealFiles;
pub use git::RealGit;
pub use github::{Options as ForgeOptions, PATIENCE as FORGE_PATIENCE, RealForge};
pub use http::RealHttp;
pub use process::RealProcess;
pub use run_artifacts::RealRunArtifacts;
pub use secrets::RealSecrets;
