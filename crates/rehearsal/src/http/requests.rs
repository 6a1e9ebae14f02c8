//! Every request, in memory and in `requests.jsonl`; never a header, a token or a body.

use crate::effect::append_line;
use camino::Utf8PathBuf;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

/// One request as it was answered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RequestRecord {
    /// When it came.
    pub at: DateTime<Utc>,
    /// HTTP method.
    pub method: String,
    /// Path as sent, without the query.
    pub path: String,
    /// Query as sent, with the values of secret-sounding names taken out.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub query: String,
    /// HTTP status; `None` when no answer was given.
    pub status: Option<u16>,
    /// Announced length of the request's body in bytes.
    pub sent: u64,
    /// Length of the answer's body in bytes; `None` when it wasn't known before.
    pub received: Option<u64>,
    /// The faults that struck, as they were written.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fault: Option<String>,
    /// Milliseconds until the answer's headers.
    pub ms: u64,
}

/// The log of requests.
#[derive(Debug)]
pub(crate) struct RequestBook {
    file: Utf8PathBuf,
    seed: u64,
    count: AtomicU64,
    records: Mutex<Vec<RequestRecord>>,
}

impl RequestBook {
    pub(crate) fn new(file: Utf8PathBuf, seed: u64) -> Self {
        Self { file, seed, count: AtomicU64::new(0), records: Mutex::default() }
    }

    /// A new request id in GitHub's form, from the seed and a count.
    pub(crate) fn id(&self) -> String {
        let count = self.count.fetch_add(1, Ordering::Relaxed);
        let digest = Sha256::digest(format!("{}/{count}", self.seed));
        let part = |from: usize, to: usize| crate::state::hex(&digest[from..to]).to_uppercase();
        format!("{}:{}:{}:{}:{}", part(0, 2), part(2, 5), part(5, 9), part(9, 13), part(13, 17))
    }

    /// Writes a request down.
    pub(crate) fn add(&self, record: RequestRecord) {
        let mut records = self.records.lock().unwrap_or_else(PoisonError::into_inner);
        if let Err(error) = append_line(&self.file, &record) {
            tracing::error!(%error, file = %self.file, "request not written");
        }
        records.push(record);
    }

    /// The requests of this forge's life.
    pub(crate) fn list(&self) -> Vec<RequestRecord> {
        self.records.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// Takes the values of secret-sounding names out of a query.
pub(crate) fn redact(query: &str) -> String {
    let secret = |name: &str| {
        let name = name.to_ascii_lowercase();
        name == "sig"
            || ["token", "secret", "password", "signature", "key"].iter().any(|word| name.contains(word))
    };
    let pair = |pair: &str| match pair.split_once('=') {
        Some((name, _)) if secret(name) => format!("{name}=…"),
        _ => pair.to_owned(),
    };
    query.split('&').map(pair).collect::<Vec<_>>().join("&")
}

#[cfg(test)]
mod tests {
    #[test]
    fn a_token_in_the_query_is_not_kept() {
        assert_eq!(super::redact("page=2&access_token=abc&name=x"), "page=2&access_token=…&name=x");
        assert_eq!(super::redact("sig=abc&design=x"), "sig=…&design=x");
    }
}
