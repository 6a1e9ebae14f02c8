//! Sets of what is known by a number alone: a report of a gigabyte has millions of names.

use std::hash::Hasher;

/// For sets of numbers that are hashes already.
#[derive(Debug, Clone, Default)]
pub(super) struct AsItIs(u64);

impl Hasher for AsItIs {
    fn finish(&self) -> u64 {
        self.0
    }
    fn write(&mut self, bytes: &[u8]) {
        bytes.iter().for_each(|byte| self.0 = self.0.rotate_left(8) ^ u64::from(*byte));
    }
    fn write_u64(&mut self, number: u64) {
        self.0 = number;
    }
}
