//! What the owner of a forge chooses.

use crate::fault::Fault;
use camino::Utf8PathBuf;

/// How a forge is set up; `Options::default()` is a temporary forge on any port without faults.
#[derive(Debug, Clone)]
pub struct Options {
    /// Folder that keeps the state; `None`: a temporary one that is removed at the end.
    pub state: Option<Utf8PathBuf>,
    /// Port on 127.0.0.1; 0 lets the system choose.
    pub port: u16,
    /// Faults to inject, in order of precedence.
    pub faults: Vec<Fault>,
    /// Seed of everything that looks random in answers (request ids, garbage bytes).
    pub seed: u64,
    /// New repositories have immutable releases switched on.
    pub immutable: bool,
    /// Calls per hour and token, as in `x-ratelimit-limit`.
    pub rate_limit: u32,
    /// Items on a page when the client doesn't say (GitHub: 30).
    pub page: u32,
    /// How late reads learn of writes.
    pub lag: Lag,
}

/// Eventual consistency that is there without any fault: numbers of calls, not times, so that a
/// rehearsal gives the same result at any speed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Lag {
    /// Calls of `GET releases/tags/{tag}` answered 404 after a release was published.
    pub by_tag: u32,
    /// Polls of a Daggerverse module page answered 404 after the crawl was asked for.
    pub crawl: u32,
}

impl Default for Lag {
    fn default() -> Self {
        Self { by_tag: 0, crawl: 2 }
    }
}

impl Default for Options {
    fn default() -> Self {
        Self {
            state: None,
            port: 0,
            faults: Vec::new(),
            seed: 1,
            immutable: false,
            rate_limit: 5000,
            page: 30,
            lag: Lag::default(),
        }
    }
}
