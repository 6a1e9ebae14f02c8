//! An answer before it becomes HTTP: a fault may still spoil it.

use super::body::{ServeBody, chunks, empty, full, streamed};
use bytes::Bytes;
use camino::Utf8Path;
use futures::StreamExt;
use http::header::{CONTENT_LENGTH, CONTENT_TYPE, HeaderName, HeaderValue};
use http::{HeaderMap, Response, StatusCode};
use serde::Serialize;
use tokio::io::AsyncReadExt;

/// Status, headers and body.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) payload: Payload,
    /// No further request on this connection.
    pub(crate) close: bool,
}

/// A body in a form that faults can still cut.
pub(crate) enum Payload {
    Empty,
    Bytes(Bytes),
    /// A file of known length.
    File(tokio::fs::File, u64),
    /// A stream of known length.
    Sized(ServeBody, u64),
    /// Made while it goes out; its length isn't known.
    Stream(ServeBody),
}

impl std::fmt::Debug for Payload {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Empty => f.write_str("Empty"),
            Self::Bytes(bytes) => write!(f, "Bytes({})", bytes.len()),
            Self::File(_, length) => write!(f, "File({length})"),
            Self::Sized(_, length) => write!(f, "Sized({length})"),
            Self::Stream(_) => f.write_str("Stream"),
        }
    }
}

impl Payload {
    /// Number of bytes, where it is known before.
    pub(crate) fn length(&self) -> Option<u64> {
        match self {
            Self::Empty => Some(0),
            Self::Bytes(bytes) => Some(bytes.len() as u64),
            Self::File(_, length) | Self::Sized(_, length) => Some(*length),
            Self::Stream(_) => None,
        }
    }

    /// The body, at most `limit` bytes of it.
    pub(crate) fn into_body(self, limit: Option<u64>) -> ServeBody {
        match (self, limit) {
            (Self::Empty, _) => empty(),
            (Self::Bytes(bytes), Some(limit)) => {
                let end = usize::try_from(limit).unwrap_or(usize::MAX).min(bytes.len());
                full(bytes.slice(..end))
            }
            (Self::Bytes(bytes), None) => full(bytes),
            (Self::File(file, length), limit) => streamed(chunks(file.take(limit.unwrap_or(length))).boxed()),
            (Self::Sized(body, _) | Self::Stream(body), _) => body,
        }
    }
}

impl Answer {
    /// An answer without a body.
    pub(crate) fn empty(status: StatusCode) -> Self {
        Self { status, headers: HeaderMap::new(), payload: Payload::Empty, close: false }
    }

    /// A JSON answer.
    pub(crate) fn json(status: StatusCode, value: &impl Serialize) -> Self {
        let bytes = serde_json::to_vec(value).expect("values made of maps with text keys always serialise");
        Self::bytes(status, "application/json; charset=utf-8", bytes)
    }

    /// 200 with JSON.
    pub(crate) fn ok(value: &impl Serialize) -> Self {
        Self::json(StatusCode::OK, value)
    }

    /// 201 with JSON and, as GitHub does, the new thing's address in `Location`.
    pub(crate) fn created(value: &serde_json::Value) -> Self {
        let answer = Self::json(StatusCode::CREATED, value);
        match value["url"].as_str() {
            Some(url) => answer.with("location", url),
            None => answer,
        }
    }

    /// 204.
    pub(crate) fn no_content() -> Self {
        Self::empty(StatusCode::NO_CONTENT)
    }

    /// Bytes from memory with their type.
    pub(crate) fn bytes(status: StatusCode, kind: &'static str, bytes: impl Into<Bytes>) -> Self {
        let mut answer = Self::empty(status);
        answer.headers.insert(CONTENT_TYPE, HeaderValue::from_static(kind));
        answer.payload = Payload::Bytes(bytes.into());
        answer
    }

    /// A file from disk.
    pub(crate) async fn file(path: &Utf8Path, kind: &str) -> std::io::Result<Self> {
        let file = tokio::fs::File::open(path).await?;
        let length = file.metadata().await?.len();
        let mut answer = Self::empty(StatusCode::OK).with(CONTENT_TYPE.as_str(), kind);
        answer.payload = Payload::File(file, length);
        Ok(answer)
    }

    /// Adds a header; a value that HTTP forbids is left out, since it can only be a client's own text.
    pub(crate) fn with(mut self, name: &str, value: &str) -> Self {
        if let (Ok(name), Ok(value)) = (HeaderName::try_from(name), HeaderValue::try_from(value)) {
            self.headers.insert(name, value);
        }
        self
    }

    /// Becomes HTTP; `limit` cuts the body below the announced length.
    pub(crate) fn into_response(self, limit: Option<u64>) -> Response<ServeBody> {
        let length = self.payload.length();
        let bodiless = self.status == StatusCode::NO_CONTENT || self.status == StatusCode::NOT_MODIFIED;
        let mut response = Response::new(self.payload.into_body(limit));
        *response.status_mut() = self.status;
        *response.headers_mut() = self.headers;
        if let (Some(length), false) = (length, bodiless) {
            response.headers_mut().insert(CONTENT_LENGTH, HeaderValue::from(length));
        }
        if self.close {
            response.headers_mut().insert(http::header::CONNECTION, HeaderValue::from_static("close"));
        }
        response
    }
}
