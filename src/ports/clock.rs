//! Time.

use chrono::{DateTime, Utc};

/// The clock of this machine.
#[async_trait::async_trait]
pub trait Clock: Send + Sync {
    /// Now.
    fn now(&self) -> DateTime<Utc>;

    /// Waits.
    async fn sleep(&self, duration: std::time::Duration);
}
