//! When a call is made again, and how long is waited before.

use std::collections::HashMap;
use std::hash::{BuildHasher, Hasher};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use chrono::{DateTime, TimeDelta, Utc};
use http::HeaderMap;

use crate::ports::Clock;
use crate::ports::files::FileError;

/// How often a call is made at most.
const ATTEMPTS: u32 = 5;

/// How often a call is made at most that is not answered in time: each costs all of that time.
const HANGS: u32 = 3;

/// The first wait after a failure; each further one is twice as long.
const FIRST: Duration = Duration::from_millis(500);

/// The first wait for a limit that does not say when it ends
/// (GitHub: "wait for at least one minute before retrying").
const UNKNOWN_LIMIT: Duration = Duration::from_secs(60);

/// The longest wait for a limit; one that ends later is told to the user.
const LONGEST: Duration = Duration::from_secs(10 * 60);

/// An answer, whatever its status.
#[derive(Debug, Clone)]
pub struct Answer {
    /// The status.
    pub status: u16,
    /// Its headers.
    pub headers: HeaderMap,
    /// The address after all redirects, where it is known.
    pub url: Option<url::Url>,
    /// Its body.
    pub body: Bytes,
}

impl Answer {
    /// A header as text.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok() // a header that is no text says nothing to us
    }

    /// True if it says to come back later: 429, or a 403 with the signs of a limit.
    #[must_use]
    pub fn is_limit(&self) -> bool {
        match self.status {
            429 => true,
            403 => {
                let body = String::from_utf8_lossy(&self.body).to_ascii_lowercase();
                self.headers.contains_key("retry-after")
                    || self.header("x-ratelimit-remaining") == Some("0")
                    || body.contains("secondary rate")
                    || body.contains("rate limit exceeded")
            }
            _ => false,
        }
    }

    /// True if the server failed; it may work later.
    #[must_use]
    pub fn is_server_failure(&self) -> bool {
        matches!(self.status, 408 | 500 | 502 | 503 | 504)
    }
}

/// How one attempt failed.
#[derive(Debug)]
pub enum Failed {
    /// No connection: the request was never sent.
    NotSent(String),
    /// It was sent, and what became of it is not known.
    Lost(String),
    /// It was sent, and nothing came back in all the time that it may take.
    Hung(String),
    /// There is an answer that is no success.
    Answered(Box<Answer>),
    /// There is an answer that is of no use, now or later.
    Useless(String),
    /// A limit that ends too late to wait for.
    Limited(String),
    /// A file of ours.
    File(FileError),
}

impl From<FileError> for Failed {
    fn from(error: FileError) -> Self {
        Self::File(error)
    }
}

/// The one policy. Clones share what they know of hosts.
#[derive(Clone)]
pub struct Policy {
    clock: Arc<dyn Clock>,
    closed: Arc<Mutex<HashMap<String, DateTime<Utc>>>>,
}

impl Policy {
    /// A policy that waits by this clock.
    #[must_use]
    pub fn new(clock: Arc<dyn Clock>) -> Self {
        Self { clock, closed: Arc::default() }
    }

    /// Waits while a host is closed by a limit that another call ran into.
    pub async fn enter(&self, host: &str) {
        let until = self.closed.lock().unwrap_or_else(PoisonError::into_inner).get(host).copied();
        if let Some(wait) = until.and_then(|until| (until - self.clock.now()).to_std().ok()) {
            self.clock.sleep(wait).await;
        }
    }

    /// Waits until the call may be made again. `tries` counts the attempts made so far.
    ///
    /// # Errors
    ///
    /// The failure itself, if the call must not be made again or was made often enough.
    pub async fn pause(
        &self,
        tries: &mut u32,
        host: &str,
        repeatable: bool,
        failed: Failed,
    ) -> Result<(), Failed> {
        *tries += 1;
        let wait = match &failed {
            Failed::Answered(answer) if answer.is_limit() => {
                let wait = self.limit(answer, *tries)?;
                let until = self.clock.now() + TimeDelta::from_std(wait).unwrap_or(TimeDelta::zero());
                self.closed.lock().unwrap_or_else(PoisonError::into_inner).insert(host.to_owned(), until);
                wait
            }
            Failed::Answered(answer) if answer.is_server_failure() && repeatable => {
                let told = retry_after(answer, self.clock.now());
                told.filter(|wait| *wait <= LONGEST).unwrap_or_else(|| backoff(FIRST, *tries))
            }
            // A request that was never sent may be sent, whatever it does.
            Failed::NotSent(_) => backoff(FIRST, *tries),
            Failed::Hung(_) if repeatable && *tries < HANGS => backoff(FIRST, *tries),
            Failed::Lost(_) if repeatable => backoff(FIRST, *tries),
            _ => return Err(failed),
        };
        if *tries >= ATTEMPTS {
            return Err(failed);
        }
        tracing::debug!(host, tries = *tries, ?wait, "a call is made again");
        self.clock.sleep(wait).await;
        Ok(())
    }

    /// How long a limit lasts.
    fn limit(&self, answer: &Answer, tries: u32) -> Result<Duration, Failed> {
        let now = self.clock.now();
        let wait = retry_after(answer, now)
            .or_else(|| reset(answer, now))
            .unwrap_or_else(|| UNKNOWN_LIMIT * 2_u32.saturating_pow(tries - 1));
        if wait <= LONGEST {
            return Ok(wait);
        }
        let ends = TimeDelta::from_std(wait).ok().and_then(|wait| now.checked_add_signed(wait));
        let ends = ends.map_or_else(|| "much later".to_owned(), |ends| ends.format("%F %T UTC").to_string());
        let minutes = wait.as_secs().div_ceil(60);
        Err(Failed::Limited(format!(
            "the rate limit is used up and ends at {ends}, in {minutes} min; run it again then"
        )))
    }
}

/// The wait that `retry-after` names, in seconds or as a date (RFC 9110, 10.2.3).
fn retry_after(answer: &Answer, now: DateTime<Utc>) -> Option<Duration> {
    let text = answer.header("retry-after")?.trim();
    if let Ok(seconds) = text.parse() {
        return Some(Duration::from_secs(seconds));
    }
    let date = DateTime::parse_from_rfc2822(text).ok()?; // an unreadable date names no wait
    Some((date.with_timezone(&Utc) - now).to_std().unwrap_or_default())
}

/// The wait until GitHub's window begins anew, and a second more, where nothing is left in this one.
fn reset(answer: &Answer, now: DateTime<Utc>) -> Option<Duration> {
    if answer.header("x-ratelimit-remaining")? != "0" {
        return None;
    }
    let reset: i64 = answer.header("x-ratelimit-reset")?.parse().ok()?; // no number names no wait
    let wait = reset.saturating_sub(now.timestamp()).saturating_add(1).max(1);
    u64::try_from(wait).ok().map(Duration::from_secs)
}

/// Twice as long after each attempt, and up to half of it more, so that many clients do not come
/// back at the same moment.
fn backoff(first: Duration, tries: u32) -> Duration {
    let wait = first * 2_u32.saturating_pow(tries.saturating_sub(1));
    // The standard library seeds each hasher anew, which is random enough for this.
    let random = std::collections::hash_map::RandomState::new().build_hasher().finish();
    wait + wait.mul_f64((random % 1000) as f64 / 2000.0)
}

#[cfg(test)]
#[path = "policy_tests.rs"]
pub mod tests;
