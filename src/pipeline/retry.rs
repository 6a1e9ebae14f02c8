//! How often and when something that may pass by itself is tried again.

use std::time::Duration;

/// How often a maker is tried.
pub const MAKER_ATTEMPTS: u32 = 3;

/// How often a target is brought to its place.
pub const TARGET_ATTEMPTS: u32 = 5;

/// How often a target is looked at after `apply`, until the world shows what was done.
pub const LOOKS: u32 = 6;

/// The pause after this attempt (from 1): half a second, doubled each time, at most 30 s.
#[must_use]
pub fn pause(attempt: u32) -> Duration {
    let millis = 500_u64.saturating_mul(1 << attempt.saturating_sub(1).min(6));
    Duration::from_millis(millis.min(30_000))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn doubles_and_stays_bounded() {
        assert_eq!(pause(1), Duration::from_millis(500));
        assert_eq!(pause(2), Duration::from_secs(1));
        assert_eq!(pause(100), Duration::from_secs(30));
    }
}
