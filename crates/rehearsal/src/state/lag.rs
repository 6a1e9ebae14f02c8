//! Things that are there and that some reads don't see yet.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

/// Ids with the number of reads that still miss them.
#[derive(Debug, Default)]
pub(crate) struct Unseen(Mutex<BTreeMap<u64, u32>>);

impl Unseen {
    /// Hides an id from the next `reads` reads.
    pub(crate) fn hide(&self, id: u64, reads: u32) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(id, reads);
    }

    /// Whether this read misses the id; counts it.
    pub(crate) fn misses(&self, id: u64) -> bool {
        let mut hidden = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match hidden.get_mut(&id) {
            Some(left) if *left > 0 => {
                *left -= 1;
                true
            }
            _ => false,
        }
    }
}
