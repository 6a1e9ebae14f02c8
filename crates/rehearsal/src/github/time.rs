//! Times as GitHub writes them.

use chrono::{DateTime, SecondsFormat, Utc};

/// `2026-11-21T03:38:16Z`.
pub(crate) fn stamp(time: DateTime<Utc>) -> String {
    time.to_rfc3339_opts(SecondsFormat::Secs, true)
}
