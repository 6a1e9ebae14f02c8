//! What is kept of a child's output.

use crate::ports::process::Keep;

/// The most that is kept of standard error, in bytes.
pub(super) const ERRORS: usize = 256 * 1024;

/// As much of a stream as is kept.
pub(super) struct Kept {
    bytes: Vec<u8>,
    most: usize,
    ends: bool,
    overflowed: bool,
}

impl Kept {
    /// What is kept of standard output, and of standard error.
    pub(super) fn of(keep: Keep) -> (Self, Self) {
        match keep {
            Keep::Whole(most) => (Self::beginning(most), Self::end(most.min(ERRORS))),
            Keep::End(most) => (Self::end(most), Self::end(ERRORS)),
        }
    }

    /// Keeps the beginning.
    fn beginning(most: usize) -> Self {
        Self { bytes: Vec::new(), most, ends: false, overflowed: false }
    }

    /// Keeps the end.
    fn end(most: usize) -> Self {
        Self { ends: true, ..Self::beginning(most) }
    }

    pub(super) fn push(&mut self, bytes: &[u8]) {
        self.overflowed |= self.bytes.len() + bytes.len() > self.most;
        if self.ends {
            self.bytes.extend_from_slice(bytes);
            // Cut only now and then: cutting for every read would move all bytes each time.
            if self.bytes.len() > self.most.saturating_mul(2) {
                self.cut();
            }
        } else if !self.overflowed {
            self.bytes.extend_from_slice(bytes);
        }
    }

    /// More came than is kept.
    pub(super) fn overflowed(&self) -> bool {
        self.overflowed
    }

    fn cut(&mut self) {
        let surplus = self.bytes.len().saturating_sub(self.most);
        self.bytes.drain(..surplus);
    }

    pub(super) fn take(mut self) -> Vec<u8> {
        self.cut();
        self.bytes
    }
}
