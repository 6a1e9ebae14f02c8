//! The primary rate limit: a number of calls an hour for each kind of caller.

use super::secrets::Caller;
use chrono::{DateTime, Duration, Utc};
use std::sync::{Mutex, PoisonError};

/// What is left of the hour's calls.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Budget {
    pub(crate) limit: u32,
    pub(crate) used: u32,
    /// Unix seconds.
    pub(crate) reset: i64,
}

impl Budget {
    pub(crate) fn remaining(&self) -> u32 {
        self.limit.saturating_sub(self.used)
    }
}

/// Counts calls in windows of one hour that begin with the first call.
#[derive(Debug)]
pub(crate) struct RateBook {
    limit: u32,
    /// One for each kind of caller.
    windows: Mutex<[Option<Window>; 4]>,
}

/// When the hour began, and the calls since.
type Window = (DateTime<Utc>, u32);

impl RateBook {
    pub(crate) fn new(limit: u32) -> Self {
        Self { limit, windows: Mutex::default() }
    }

    /// Counts `calls` more (0 to look only); `Err` when nothing was left for them.
    pub(crate) fn spend(&self, caller: Caller, calls: u32) -> Result<Budget, Budget> {
        let now = Utc::now();
        let mut windows = self.windows.lock().unwrap_or_else(PoisonError::into_inner);
        let window = windows[caller as usize].get_or_insert((now, 0));
        if now - window.0 >= Duration::hours(1) {
            *window = (now, 0);
        }
        let reset = (window.0 + Duration::hours(1)).timestamp();
        if window.1.saturating_add(calls) > self.limit {
            return Err(Budget { limit: self.limit, used: window.1, reset });
        }
        window.1 += calls;
        Ok(Budget { limit: self.limit, used: window.1, reset })
    }

    /// Gives a call back: a 304 doesn't count.
    pub(crate) fn refund(&self, caller: Caller) {
        let mut windows = self.windows.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, used)) = windows[caller as usize].as_mut() {
            *used = used.saturating_sub(1);
        }
    }
}
