//! Shell completions.

use clap::{Args, CommandFactory as _};
use clap_complete::Shell;

use crate::model::ExitCode;

use super::wire::World;
use super::{Cli, Failure};

/// Print completions for a shell
#[derive(Debug, Args)]
pub struct Completions {
    /// The shell
    pub shell: Shell,
}

impl Completions {
    pub(super) async fn call(self, world: World) -> Result<ExitCode, Failure> {
        let mut bytes = Vec::new();
        clap_complete::generate(self.shell, &mut Cli::command(), "release-action", &mut bytes);
        world.print(&String::from_utf8_lossy(&bytes))?;
        Ok(ExitCode::Done)
    }
}
