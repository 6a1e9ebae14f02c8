//! The program while it runs, and how it is stopped.

use std::process::{Child, Command};
use std::time::{Duration, Instant};

/// How long a condition may take to come true before a test gives up. Not a measure of speed.
const PATIENCE: Duration = Duration::from_secs(240);

/// How long between two looks: who waits must not take the time of who works.
const PAUSE: Duration = Duration::from_millis(10);

/// Waits until something is so, which `what` calls by name.
#[track_caller]
pub fn patiently(what: &str, mut so: impl FnMut() -> bool) {
    let began = Instant::now();
    while !so() {
        assert!(began.elapsed() < PATIENCE, "after {} s it had not come to this: {what}", PATIENCE.as_secs());
        std::thread::sleep(PAUSE);
    }
}

/// A program that runs.
pub struct Running(pub Child);

impl Running {
    /// Waits until something is so, which `what` calls by name; the program must not end before.
    #[track_caller]
    pub fn wait_for(&mut self, what: &str, mut so: impl FnMut() -> bool) {
        let began = Instant::now();
        while !so() {
            if let Some(status) = self.0.try_wait().unwrap() {
                panic!("it ended before {what}: {status}");
            }
            if began.elapsed() > PATIENCE {
                self.0.kill().unwrap();
                self.0.wait().unwrap();
                panic!("after {} s it had not come to this: {what}", PATIENCE.as_secs());
            }
            std::thread::sleep(PAUSE);
        }
    }

    /// Waits until something is so, then kills the program without a warning.
    #[track_caller]
    pub fn kill_when(mut self, what: &str, so: impl FnMut() -> bool) {
        self.wait_for(what, so);
        self.0.kill().unwrap();
        self.0.wait().unwrap();
    }

    /// Waits for its end, and gives the exit code.
    pub fn end(mut self) -> Option<i32> {
        self.0.wait().unwrap().code()
    }

    /// Waits until something is so, then sends a signal, and gives the exit code.
    #[track_caller]
    pub fn signal_when(self, signal: &str, what: &str, so: impl FnMut() -> bool) -> Option<i32> {
        self.stop_when(what, so, &[(signal, 60_000)])
    }

    /// Waits until something is so, then sends these signals, each with the milliseconds that the program has
    /// until the next. Gives the exit code; none if it had to be killed in the end.
    #[track_caller]
    pub fn stop_when(mut self, what: &str, so: impl FnMut() -> bool, ladder: &[(&str, u64)]) -> Option<i32> {
        self.wait_for(what, so);
        for (signal, millis) in ladder {
            let words = [format!("-{signal}"), self.0.id().to_string()];
            assert!(Command::new("kill").args(words).status().unwrap().success());
            let sent = Instant::now();
            while sent.elapsed() < Duration::from_millis(*millis) {
                if let Some(status) = self.0.try_wait().unwrap() {
                    return status.code();
                }
                std::thread::sleep(Duration::from_millis(5));
            }
        }
        self.0.kill().unwrap();
        self.0.wait().unwrap().code()
    }
}
