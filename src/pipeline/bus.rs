//! Where all events of a run pass: into the journal first, then to whoever listens.

use std::sync::{Arc, Mutex, PoisonError};

use crate::journal::Journal;
use crate::model::event::EVENT_FORMAT;
use crate::model::{Event, Problem, Record};
use crate::ports::Clock;
use crate::steps::room::Listener;

/// Somebody who is told everything: a log, a report. The words are theirs.
pub type Ear = Box<dyn FnMut(&Record) + Send>;

/// The bus of a run.
pub struct Bus {
    inner: Mutex<Inner>,
    clock: Arc<dyn Clock>,
}

struct Inner {
    journal: Option<Journal>,
    ears: Vec<Ear>,
    next: u64,
    kept: Vec<Record>,
}

impl Bus {
    /// A bus that writes to this journal, if there is one.
    #[must_use]
    pub fn new(journal: Option<Journal>, next: u64, ears: Vec<Ear>, clock: Arc<dyn Clock>) -> Self {
        Self { inner: Mutex::new(Inner { journal, ears, next, kept: Vec::new() }), clock }
    }

    /// Everything of this run that is kept, in order.
    #[must_use]
    pub fn kept(&self) -> Vec<Record> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner).kept.clone()
    }
}

impl Listener for Bus {
    fn take(&self, event: Event) -> Result<(), Problem> {
        let mut inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        let kept = event.is_kept();
        let next = inner.next;
        let record = match &mut inner.journal {
            Some(journal) => journal.append(&event)?,
            None => Record { v: EVENT_FORMAT, seq: next, at: self.clock.now(), event },
        };
        if kept {
            inner.next += 1;
            inner.kept.push(record.clone());
        }
        for ear in &mut inner.ears {
            ear(&record);
        }
        Ok(())
    }
}
