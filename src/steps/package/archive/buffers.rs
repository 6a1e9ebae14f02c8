//! Memory for archives in one piece, used again by the next: asking the system for it costs as much as
//! hashing does.

use std::ops::{Deref, DerefMut};
use std::sync::{Mutex, PoisonError};

/// What one archive needs at once. Between two archives the contents are leftovers.
#[derive(Debug, Default)]
pub struct Buffers {
    /// What is compressed.
    pub plain: Vec<u8>,
    /// What came of it.
    pub packed: Vec<u8>,
    /// What came of that, read again.
    pub unpacked: Vec<u8>,
}

/// Makes room for `length` bytes. What was in it is gone if it was too short: new memory comes from the system
/// already zero, and pages that nobody writes to are never even there.
pub fn grow(buffer: &mut Vec<u8>, length: usize) {
    if buffer.len() < length {
        *buffer = Vec::new();
        *buffer = vec![0; length];
    }
}

#[derive(Debug)]
struct Pool {
    lent: usize,
    spare: Vec<Buffers>,
}

static POOL: Mutex<Pool> = Mutex::new(Pool { lent: 0, spare: Vec::new() });

fn pool() -> std::sync::MutexGuard<'static, Pool> {
    // Nothing that can panic is done while it is locked.
    POOL.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Buffers on loan; once nobody has any, the memory goes back to the system.
#[derive(Debug)]
pub struct Lent(Buffers);

/// Lends buffers.
#[must_use]
pub fn lend() -> Lent {
    let mut pool = pool();
    pool.lent += 1;
    Lent(pool.spare.pop().unwrap_or_default())
}

impl Drop for Lent {
    fn drop(&mut self) {
        let mut pool = pool();
        pool.lent -= 1;
        pool.spare.push(std::mem::take(&mut self.0));
        if pool.lent == 0 {
            pool.spare = Vec::new();
        }
    }
}

impl Deref for Lent {
    type Target = Buffers;
    fn deref(&self) -> &Buffers {
        &self.0
    }
}

impl DerefMut for Lent {
    fn deref_mut(&mut self) -> &mut Buffers {
        &mut self.0
    }
}
