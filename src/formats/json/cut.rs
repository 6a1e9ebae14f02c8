//! Which containers do not end in what has been looked at.
//!
//! A container that is too large to be held is gone into, and the first part of it may be as large, and so on. To look
//! for the end of each of them anew would mean to look at the same bytes once for every container that is open. So
//! what has been looked at in vain is looked at once more, to know all containers that are open at its end: for none
//! of them that is done again.

use super::scan::unclosed;

/// What has been looked at in vain.
#[derive(Debug, Default)]
pub(super) struct Cut {
    /// Where in the report those containers begin that do not end in it, the outermost first.
    open: Vec<u64>,
}

impl Cut {
    /// These bytes, which begin here, have been looked at for the end of the container that they begin with.
    pub(super) fn of(here: u64, looked_at: &[u8]) -> Self {
        Self { open: unclosed(looked_at).into_iter().map(|at| here + at as u64).collect() }
    }

    /// Whether the container that begins here is known not to end in it.
    pub(super) fn holds(&self, here: u64) -> bool {
        self.open.binary_search(&here).is_ok()
    }
}
