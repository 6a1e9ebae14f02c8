//! The clock of this machine.

use chrono::{DateTime, Utc};

/// The system's clock and tokio's timer.
#[derive(Debug, Clone, Copy, Default)]
pub struct RealClock;

#[async_trait::async_trait]
impl crate::ports::Clock for RealClock {
    fn now(&self) -> DateTime<Utc> {
        Utc::now()
    }

    async fn sleep(&self, duration: std::time::Duration) {
        tokio::time::sleep(duration).await;
    }
}
