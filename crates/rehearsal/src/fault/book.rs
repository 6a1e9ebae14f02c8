//! Decides which fault strikes a request, and counts.

use super::glob;
use super::kind::FaultKind;
use super::spec::Fault;
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::watch;

/// What the faults do to one request.
#[derive(Debug, Default, Clone)]
pub(crate) struct Strike {
    /// Waits before anything else; delays of several faults add up.
    pub(crate) delay: Duration,
    /// The fault beside delays, the first that matches.
    pub(crate) kind: Option<FaultKind>,
    /// Index of that fault, for counting stale answers.
    index: usize,
    /// The faults as written, for the request log.
    pub(crate) written: Option<String>,
}

/// The faults of a forge with their counts.
#[derive(Debug)]
pub(crate) struct FaultBook {
    entries: Vec<Entry>,
    /// Whether late answers have been late enough.
    hurried: watch::Sender<bool>,
}

#[derive(Debug)]
struct Entry {
    fault: Fault,
    seen: Mutex<u64>,
    struck: AtomicBool,
    /// Per repository: the version whose write was last seen, and the stale answers given since.
    stale: Mutex<BTreeMap<String, (u64, u32)>>,
}

impl FaultBook {
    pub(crate) fn new(faults: Vec<Fault>) -> Self {
        let entry = |fault| Entry {
            fault,
            seen: Mutex::default(),
            struck: AtomicBool::new(false),
            stale: Mutex::default(),
        };
        Self { entries: faults.into_iter().map(entry).collect(), hurried: watch::Sender::new(false) }
    }

    /// Waits as long as an answer is late.
    pub(crate) async fn delay(&self, strike: &Strike) {
        let mut hurried = self.hurried.subscribe();
        tokio::select! {
            () = tokio::time::sleep(strike.delay) => {}
            // The sender lives as long as we do.
            _ = hurried.wait_for(|hurried| *hurried) => {}
        }
    }

    /// Ends every delay, and those to come.
    pub(crate) fn hurry(&self) {
        self.hurried.send_replace(true);
    }

    /// Counts the request on every fault that matches it and says what strikes.
    pub(crate) fn strike(&self, method: &str, path: &str) -> Strike {
        let mut strike = Strike::default();
        let mut written = Vec::new();
        for (index, entry) in self.entries.iter().enumerate() {
            if !entry.hits(method, path) {
                continue;
            }
            match &entry.fault.kind {
                FaultKind::Delay(time) => strike.delay += *time,
                _ if strike.kind.is_some() => continue,
                kind => {
                    strike.kind = Some(kind.clone());
                    strike.index = index;
                }
            }
            entry.struck.store(true, Ordering::Relaxed);
            written.push(entry.fault.to_string());
        }
        strike.written = (!written.is_empty()).then(|| written.join("; "));
        strike
    }

    /// The faults that no request has met.
    pub(crate) fn idle(&self) -> Vec<Fault> {
        let idle = self.entries.iter().filter(|entry| !entry.struck.load(Ordering::Relaxed));
        idle.map(|entry| entry.fault.clone()).collect()
    }

    /// Whether this read of a repository at `version` is still to be answered from before its last write.
    pub(crate) fn stale(&self, strike: &Strike, repo: &str, version: u64) -> bool {
        let (Some(FaultKind::Stale(calls)), Some(entry)) = (&strike.kind, self.entries.get(strike.index))
        else {
            return false;
        };
        let mut seen = entry.stale.lock().unwrap_or_else(PoisonError::into_inner);
        let (known, served) = seen.entry(repo.to_owned()).or_insert((0, 0));
        if *known != version {
            (*known, *served) = (version, 0);
        }
        let stale = version > 0 && *served < *calls;
        *served += u32::from(stale);
        stale
    }
}

impl Entry {
    fn hits(&self, method: &str, path: &str) -> bool {
        if self.fault.method.as_deref().is_some_and(|wanted| wanted != method) || !self.covers(path) {
            return false;
        }
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        *seen += 1;
        self.fault.calls.is_none_or(|(first, last)| (first..=last).contains(&*seen))
    }

    /// A pattern may leave out the prefixes that GitHub Enterprise Server's addresses have.
    fn covers(&self, path: &str) -> bool {
        let bare = path.strip_prefix("/api/v3").or_else(|| path.strip_prefix("/api/uploads"));
        glob::matches(&self.fault.pattern, path)
            || bare.is_some_and(|bare| glob::matches(&self.fault.pattern, bare))
    }
}
