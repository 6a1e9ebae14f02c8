//! SIGINT and SIGTERM: stop cleanly, say which one it was.

use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};

use tokio::signal::unix::{SignalKind, signal};
use tokio_util::sync::CancellationToken;

use crate::model::{ExitCode, Problem};

/// Whether and how the program was told to stop.
#[derive(Clone, Default)]
pub struct Signals {
    stop: CancellationToken,
    which: Arc<AtomicU8>,
}

impl Signals {
    /// Cancelled once the program is told to stop.
    #[must_use]
    pub fn stop(&self) -> CancellationToken {
        self.stop.clone()
    }

    /// The exit code of the signal that came first.
    #[must_use]
    pub fn code(&self) -> ExitCode {
        match self.which.load(Ordering::Relaxed) {
            15 => ExitCode::Terminated,
            _ => ExitCode::Interrupted,
        }
    }

    /// Listens from now on.
    ///
    /// # Errors
    ///
    /// If the system lends no signal handler.
    pub fn listen(&self) -> Result<(), Problem> {
        let fail = |error: std::io::Error| Problem::new("signals cannot be caught").caused_by(&error);
        let mut interrupt = signal(SignalKind::interrupt()).map_err(fail)?;
        let mut terminate = signal(SignalKind::terminate()).map_err(fail)?;
        let (stop, which) = (self.stop.clone(), Arc::clone(&self.which));
        tokio::spawn(async move {
            let number = tokio::select! {
                _ = interrupt.recv() => 2,
                _ = terminate.recv() => 15,
            };
            which.store(number, Ordering::Relaxed);
            stop.cancel();
        });
        Ok(())
    }
}
