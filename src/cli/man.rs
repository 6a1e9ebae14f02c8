//! The manual page.

use clap::{Args, CommandFactory as _};

use crate::model::{ExitCode, Problem};

use super::wire::World;
use super::{Cli, Failure};

/// Print the manual page
#[derive(Debug, Args)]
pub struct Man {}

impl Man {
    pub(super) async fn call(self, world: World) -> Result<ExitCode, Failure> {
        world.print(&page()?)?;
        Ok(ExitCode::Done)
    }
}

/// The whole page: the program, then every subcommand.
fn page() -> Result<String, Failure> {
    let broken = |error: std::io::Error| {
        Failure::new(ExitCode::Bug, Problem::new("the manual page cannot be written").caused_by(&error))
    };
    let mut bytes = Vec::new();
    let mut command = Cli::command();
    command.build();
    clap_mangen::Man::new(command.clone()).render(&mut bytes).map_err(broken)?;
    for sub in command.get_subcommands().filter(|sub| !sub.is_hide_set() && sub.get_name() != "help") {
        let man = clap_mangen::Man::new(sub.clone());
        bytes.extend_from_slice(
            format!(".SH \"RELEASE-ACTION {}\"\n", sub.get_name().to_uppercase()).as_bytes(),
        );
        man.render_description_section(&mut bytes).map_err(broken)?;
        man.render_options_section(&mut bytes).map_err(broken)?;
    }
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}
