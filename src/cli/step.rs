//! One step, the same as `run --only STEP`.

use clap::Args;

use crate::model::{ExitCode, Step};

use super::Failure;
use super::handover::Hand;
use super::run::{Run, Scope};
use super::wire::World;

macro_rules! step {
    ($(#[doc = $doc:literal])+ $name:ident) => {
        $(#[doc = $doc])+
        #[derive(Debug, Args)]
        pub struct $name {
            /// Which release, and how.
            #[command(flatten)]
            pub scope: Scope,
        }

        impl $name {
            pub(super) async fn call(self, world: World) -> Result<ExitCode, Failure> {
                Run::only(Step::$name, self.scope).call(world).await
            }
        }
    };
}

step! {
    /// Check that everything is there to begin with
    Preflight
}
step! {
    /// Check that the commit is good enough: tests, coverage
    Gates
}
step! {
    /// Make archives, bills of materials and checksums (and what they are made of)
    Package
}
step! {
    /// Check what was made
    Scan
}
step! {
    /// Write CHANGELOG.md and this release's notes into the dist folder
    Changelog
}
step! {
    /// Make the release on the forge (and what it needs)
    Release
}
step! {
    /// Publish to registries and package managers
    Publish
}
step! {
    /// Tell people and programs
    Notify
}

/// Build the binaries
#[derive(Debug, Args)]
pub struct Build {
    /// Which release, and how.
    #[command(flatten)]
    pub scope: Scope,
    /// Build for these platforms only, as in `linux/arm64`
    #[arg(long, value_name = "OS/ARCH", value_delimiter = ',')]
    pub target: Vec<String>,
    /// Whether what was built goes to the workflow run's artifacts, for `merge`
    #[arg(long, value_name = "WHEN", default_value = "auto")]
    pub part: Hand,
}

impl Build {
    pub(super) async fn call(self, world: World) -> Result<ExitCode, Failure> {
        let mut run = Run::only(Step::Build, self.scope);
        run.targets = self.target.iter().map(|target| target.trim().to_owned()).collect();
        run.hand = self.part;
        run.call(world).await
    }
}
