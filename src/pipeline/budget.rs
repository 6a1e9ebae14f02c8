//! What time is left once a run was told to stop: one budget for everything that comes after, so that what
//! matters first still gets its turn before the runner kills us.

use std::sync::Arc;
use std::time::Duration;

use tokio_util::sync::CancellationToken;

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

    /// Waits for something as long as it has a [`Budget::share`] for; `stop` may come while it is waited for,
    /// and makes the share shorter. Gives the time that was not enough where it did not end.
    ///
    /// # Errors
    ///
    /// If the time was not enough.
    pub async fn within<T>(
        &self,
        (usual, hundredths): (Duration, u32),
        stop: &CancellationToken,
        work: impl Future<Output = T>,
    ) -> Result<T, Duration> {
        let mut work = std::pin::pin!(work);
        if !stop.is_cancelled() {
            tokio::select! {
                done = &mut work => return Ok(done),
                () = tokio::time::sleep(usual) => return Err(usual),
                () = stop.cancelled() => {}
            }
        }
        let limit = self.share(usual, hundredths);
        tokio::time::timeout(limit, work).await.map_err(|_| limit)
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

    #[tokio::test]
    async fn a_stop_is_heard_while_something_is_waited_for() {
        let stop = CancellationToken::new();
        let minute = Duration::from_secs(60);
        let short = Duration::from_millis(10);
        let budget = Budget::new(move || Some(2 * short));
        let never = std::future::pending::<()>;
        let (ended, ()) = tokio::join!(budget.within((minute, 50), &stop, never()), async {
            tokio::task::yield_now().await;
            stop.cancel();
        });
        assert_eq!(ended, Err(short), "half of what is left");
        let fresh = CancellationToken::new();
        assert_eq!(budget.within((short * 3, 50), &fresh, never()).await, Err(short * 3));
        assert_eq!(budget.within((minute, 50), &stop, async { 7 }).await, Ok(7));
    }
}
