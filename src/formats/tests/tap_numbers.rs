//! The numbers of tests in the Test Anything Protocol.

use std::collections::BTreeSet;

/// The most tests that may be told of out of order.
const APART: usize = 1_000_000;

/// The numbers of tests that were there. Nearly always they come one after the other.
#[derive(Default)]
pub(super) struct Numbers {
    /// All from 1 to this.
    all_to: u64,
    /// Others.
    apart: BTreeSet<u64>,
}

impl Numbers {
    /// One that is not there, though another is that comes behind it.
    pub(super) fn missing(&self) -> Option<u64> {
        (!self.apart.is_empty()).then_some(self.all_to + 1)
    }

    /// Takes one.
    ///
    /// # Errors
    ///
    /// If it was there before, is none, or too many are out of order.
    pub(super) fn take(&mut self, number: u64) -> Result<(), String> {
        if number <= self.all_to || self.apart.contains(&number) {
            return Err("the test's number was there before, or is none".into());
        }
        if number > self.all_to + 1 {
            self.apart.insert(number);
            let many = self.apart.len() > APART;
            return if many { Err(format!("more than {APART} tests are out of order")) } else { Ok(()) };
        }
        self.all_to = number;
        while self.apart.remove(&(self.all_to + 1)) {
            self.all_to += 1;
        }
        Ok(())
    }
}
