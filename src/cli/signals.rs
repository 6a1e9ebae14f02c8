//! SIGINT, SIGTERM, SIGHUP and SIGQUIT: stop cleanly, say which one it was.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use tokio::signal::unix::{SignalKind, signal};
use tokio_util::sync::CancellationToken;

use crate::model::{ExitCode, Problem};
use crate::pipeline::budget::Budget;

/// GitHub's runner sends SIGINT, SIGTERM 7.5 s later, and kills 2.5 s after that.
const AFTER_INTERRUPT: Duration = Duration::from_secs(10);

/// How long after SIGTERM it kills.
const AFTER_TERMINATE: Duration = Duration::from_millis(2_500);

/// What was heard, and when.
#[derive(Debug, Clone, Copy, Default)]
struct Heard {
    first: Option<ExitCode>,
    interrupt: Option<Instant>,
    terminate: Option<Instant>,
}

impl Heard {
    /// Any signal but SIGINT is taken as the last word before we are killed.
    fn hear(&mut self, signal: ExitCode, now: Instant) {
        self.first.get_or_insert(signal);
        let interrupt = signal == ExitCode::Interrupted;
        if interrupt { &mut self.interrupt } else { &mut self.terminate }.get_or_insert(now);
    }

    /// The signal that came first.
    fn code(self) -> ExitCode {
        self.first.unwrap_or(ExitCode::Interrupted)
    }

    /// How long it takes from `now` until we are killed; `None` while nobody said to stop.
    fn left(self, now: Instant) -> Option<Duration> {
        let ends = [(self.interrupt, AFTER_INTERRUPT), (self.terminate, AFTER_TERMINATE)];
        let end = ends.into_iter().filter_map(|(at, after)| Some(at? + after)).min()?;
        Some(end.saturating_duration_since(now))
    }
}

/// Whether and how the program was told to stop.
#[derive(Clone, Default)]
pub struct Signals {
    stop: CancellationToken,
    heard: Arc<Mutex<Heard>>,
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
        self.heard.lock().unwrap_or_else(PoisonError::into_inner).code()
    }

    /// What time is left once the program was told to stop.
    #[must_use]
    pub fn budget(&self) -> Budget {
        let heard = Arc::clone(&self.heard);
        Budget::new(move || heard.lock().unwrap_or_else(PoisonError::into_inner).left(Instant::now()))
    }

    /// Listens from now on; to SIGHUP only where it counts, since `nohup` lets a program go on without its terminal.
    ///
    /// # Errors
    ///
    /// If the system lends no signal handler.
    pub fn listen(&self, hangup: bool) -> Result<(), Problem> {
        let fail = |error: std::io::Error| Problem::new("signals cannot be caught").caused_by(&error);
        let kinds = [
            (SignalKind::interrupt(), ExitCode::Interrupted),
            (SignalKind::terminate(), ExitCode::Terminated),
            (SignalKind::quit(), ExitCode::Quit),
            (SignalKind::hangup(), ExitCode::HungUp),
        ];
        for (kind, code) in kinds.into_iter().filter(|(_, code)| hangup || *code != ExitCode::HungUp) {
            let mut comes = signal(kind).map_err(fail)?;
            let (stop, heard) = (self.stop.clone(), Arc::clone(&self.heard));
            tokio::spawn(async move {
                while comes.recv().await.is_some() {
                    heard.lock().unwrap_or_else(PoisonError::into_inner).hear(code, Instant::now());
                    stop.cancel();
                }
            });
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_time_left_is_that_of_whichever_kills_first() {
        let start = Instant::now();
        let at = |millis: u64| start + Duration::from_millis(millis);
        let mut heard = Heard::default();
        assert_eq!(heard.left(at(0)), None);
        heard.hear(ExitCode::Interrupted, at(0));
        assert_eq!(heard.left(at(4_000)), Some(Duration::from_secs(6)));
        heard.hear(ExitCode::Terminated, at(5_000));
        heard.hear(ExitCode::Terminated, at(6_000));
        assert_eq!(heard.left(at(6_500)), Some(Duration::from_secs(1)));
        assert_eq!(heard.left(at(20_000)), Some(Duration::ZERO));
        assert_eq!(heard.code(), ExitCode::Interrupted, "the first one has the say");
        let mut heard = Heard::default();
        heard.hear(ExitCode::Terminated, at(0));
        heard.hear(ExitCode::Interrupted, at(1));
        assert_eq!(heard.left(at(0)), Some(AFTER_TERMINATE));
        assert_eq!(heard.code(), ExitCode::Terminated);
        for signal in [ExitCode::HungUp, ExitCode::Quit] {
            let mut heard = Heard::default();
            heard.hear(signal, at(0));
            assert_eq!((heard.left(at(0)), heard.code()), (Some(AFTER_TERMINATE), signal));
        }
    }
}
