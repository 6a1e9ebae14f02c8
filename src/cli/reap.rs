//! Stops in good order when told to, and has children end with a run that may be killed.

use clap::Args;

use crate::model::{ExitCode, Problem};

use super::Failure;
use super::wire::{self, World, heeds_hangup};

/// End what a killed run has left running; every run starts this by itself
#[derive(Debug, Args)]
pub struct Reap {}

/// How the program is called to do that.
const CALL: [&str; 1] = ["reap"];

impl Reap {
    pub(super) async fn call(self, _: World) -> Result<ExitCode, Failure> {
        let reaped = tokio::task::spawn_blocking(wire::reaper::reap).await;
        reaped.map_err(|error| bug(Problem::new("waiting for a run to end broke off").caused_by(&error)))?;
        Ok(ExitCode::Done)
    }
}

impl World {
    /// Hears from now on when to stop, and sees to it that what is started ends with us, however we end.
    ///
    /// # Errors
    ///
    /// If signals cannot be caught.
    pub fn listen(&self) -> Result<(), Failure> {
        self.signals.listen(heeds_hangup()).map_err(bug)?;
        wire::reaper::appoint(&CALL);
        Ok(())
    }
}

fn bug(problem: Problem) -> Failure {
    Failure::new(ExitCode::Bug, problem)
}
