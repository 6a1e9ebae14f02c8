//! HTTP to anywhere but the forge's API: downloads as a stranger, Daggerverse, webhooks.

use std::time::Duration;

use bytes::Bytes;
use camino::Utf8Path;
use url::Url;

use crate::kit::secret::Secret;
use crate::model::{Digest, Problem};

/// A request with a small body.
#[derive(Debug, Clone)]
pub struct Request {
    /// The method.
    pub method: http::Method,
    /// The address; never printed where it is itself a secret (`secret_url`).
    pub url: Url,
    /// True if the address must not be seen: a webhook's.
    pub secret_url: bool,
    /// False if a redirect is given back instead of followed; with a secret address it always is.
    pub follow: bool,
    /// Headers.
    pub headers: Vec<(String, String)>,
    /// A bearer token, sent to the host of `url` only.
    pub bearer: Option<Secret>,
    /// The body.
    pub body: Bytes,
    /// How long it may take.
    pub limit: Duration,
    /// The longest answer that is read, in bytes.
    pub most: usize,
    /// True if the status says all: a longer answer is cut instead of refused, and one that breaks off or
    /// stands still is taken as far as it came.
    pub status_decides: bool,
    /// True if the same request may be sent again after a failure without a second effect.
    pub repeatable: bool,
}

impl Request {
    /// A request without headers and body: 30 s, an answer of at most 1 MiB, repeatable for
    /// GET, HEAD, PUT and DELETE.
    #[must_use]
    pub fn new(method: http::Method, url: Url) -> Self {
        let repeatable = method.is_idempotent();
        Self {
            method,
            url,
            secret_url: false,
            follow: true,
            headers: Vec::new(),
            bearer: None,
            body: Bytes::new(),
            limit: Duration::from_secs(30),
            most: 1024 * 1024,
            status_decides: false,
            repeatable,
        }
    }
}

/// An answer, whatever its status.
#[derive(Debug, Clone)]
pub struct Response {
    /// The status.
    pub status: u16,
    /// Headers, names in lower case.
    pub headers: Vec<(String, String)>,
    /// The address after all redirects.
    pub url: Url,
    /// The body.
    pub body: Bytes,
}

impl Response {
    /// The first header of this lower-case name.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// The beginning of the body as text, for messages.
    #[must_use]
    pub fn excerpt(&self) -> String {
        String::from_utf8_lossy(&self.body).chars().filter(|c| !c.is_control()).take(300).collect()
    }
}

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub enum HttpError {
    /// The network failed; it may work later.
    #[error("{place} cannot be reached: {why}")]
    Network {
        /// The host, or `the webhook` where the address is secret.
        place: String,
        /// Why.
        why: String,
    },
    /// A rate limit ends too late to wait for.
    #[error("{place}: {why}")]
    Limited {
        /// The host, or `the webhook` where the address is secret.
        place: String,
        /// When it ends.
        why: String,
    },
    /// The answer is of no use.
    #[error("{place} answered {why}")]
    Answer {
        /// The host.
        place: String,
        /// What is wrong with it.
        why: String,
    },
    /// The file could not be written.
    #[error(transparent)]
    File(#[from] super::files::FileError),
}

impl From<HttpError> for Problem {
    fn from(error: HttpError) -> Self {
        let passing = matches!(error, HttpError::Network { .. });
        Self { passing, ..Self::new(error.to_string()) }
    }
}

/// A file that was downloaded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Downloaded {
    /// Its length.
    pub size: u64,
    /// Its digest.
    pub digest: Digest,
}

/// Tells how many bytes have passed.
pub type OnBytes<'a> = &'a (dyn Fn(u64) + Send + Sync);

/// An HTTP client with the one policy: time-outs, retries after failures that pass, rate limits
/// obeyed, no token to another host.
#[async_trait::async_trait]
pub trait Http: Send + Sync {
    /// Sends a request and reads the whole answer.
    ///
    /// # Errors
    ///
    /// If there is no usable answer; a status such as 404 is no error here.
    async fn send(&self, request: Request) -> Result<Response, HttpError>;

    /// Downloads to a file without a token, hashing while it is written; the file is there whole or
    /// not at all. Any status but 200 is an error.
    ///
    /// # Errors
    ///
    /// If the file cannot be had.
    async fn download(&self, url: &Url, to: &Utf8Path, seen: OnBytes<'_>) -> Result<Downloaded, HttpError>;
}
