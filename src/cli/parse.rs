//! Reads the command line; what is wrong with it has exit code 2.

use std::io::{IsTerminal as _, Write as _};

use clap::Parser as _;
use clap::error::ErrorKind;

use crate::model::ExitCode;

use super::Cli;
use super::wire::guarded;

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
            match error.kind() {
                ErrorKind::DisplayHelp | ErrorKind::DisplayVersion if error.print().is_ok() => Ok(None),
                _ => {
                    // What was given stands in the message.
                    let text = error.render();
                    let text = if std::io::stderr().is_terminal() {
                        text.ansi().to_string()
                    } else {
                        text.to_string()
                    };
                    std::io::stderr()
                        .lock()
                        .write_all(guarded(&text).as_bytes())
                        .map_err(|_| ExitCode::Bug)?;
                    Err(ExitCode::Usage)
                }
            }
        }
    }
}
