//! What time is left once a run was told to stop: one budget for everything that comes after, so that what
//! matters first still gets its turn before the runner kills us.

use std::sync::Arc;
use std::time::Duration;

/// The time that is left; asked anew each time, since a second signal makes it shorter.
#[derive(Clone)]
pub struct Budget(Arc<dyn Fn() -> Option<Duration> + Send + Sync>);

impl Budget {
    /// A budget that is told by `left`: `None` as long as nobody said to stop.
    #[must_use]
    pub fn new(left: impl Fn() -> Option<Duration> + Send + Sync + 'static) -> Self {
        Self(Arc::new(left))
    }

    /// How long something may take that usually may take `usual`: no longer than that, and once the run was
    /// told to stop no more than this many hundredths of what is left.
    #[must_use]
    pub fn share(&self, usual: Duration, hundredths: u32) -> Duration {
        match (self.0)() {
            None => usual,
            Some(left) => usual.min(left * hundredths / 100),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_share_is_of_what_is_left() {
        let second = Duration::from_secs(1);
        assert_eq!(Budget::new(|| None).share(60 * second, 10), 60 * second);
        assert_eq!(Budget::new(|| Some(Duration::from_secs(10))).share(60 * second, 65), second * 65 / 10);
        assert_eq!(Budget::new(|| Some(Duration::from_secs(10))).share(second, 65), second);
        assert_eq!(Budget::new(|| Some(Duration::ZERO)).share(second, 65), Duration::ZERO);
    }
}
