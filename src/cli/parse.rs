//! Reads the command line; what is wrong with it has exit code 2.

use clap::Parser as _;
use clap::error::ErrorKind;

use crate::model::ExitCode;

use super::Cli;

/// The command line; `None` if help or the version was asked for and given.
///
/// # Errors
///
/// The exit code, the message having been printed.
pub fn parse() -> Result<Option<Cli>, ExitCode> {
    match Cli::try_parse() {
        Ok(cli) => Ok(Some(cli)),
        Err(error) => {
            // Nowhere is left to tell that a message could not be printed.
            let printed = error.print();
            match error.kind() {
                ErrorKind::DisplayHelp | ErrorKind::DisplayVersion if printed.is_ok() => Ok(None),
                _ => Err(ExitCode::Usage),
            }
        }
    }
}
