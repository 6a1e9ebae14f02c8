//! The HTTP client under everything, and how an answer is turned into a file.
#![expect(clippy::disallowed_methods, reason = "this is the one place that builds an HTTP client")]

use std::error::Error;
use std::io::Write;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use camino::{Utf8Path, Utf8PathBuf};
use tokio::sync::mpsc;

use super::policy::{Answer, Failed};
use crate::model::Hasher;
use crate::ports::files::{FileError, Files, Pending};
use crate::ports::http::{Downloaded, OnBytes};

/// How long a connection may take to be made.
const CONNECT: Duration = Duration::from_secs(15);

/// How long a transfer may stand still.
pub const STALL: Duration = Duration::from_secs(90);

/// Redirects that are followed.
const HOPS: usize = 10;

/// How much of an answer that is no success is read, for its message.
const EXCERPT: usize = 64 * 1024;

/// Chunks of an answer that may wait to be written.
const WAITING: usize = 16;

/// A client that is built when it is first used: reading the system's certificates takes longer than
/// many a command that asks nobody.
#[derive(Clone)]
pub struct Lazy {
    follow: bool,
    built: Arc<Mutex<Option<reqwest::Client>>>,
}

impl Lazy {
    /// A client that follows redirects or gives them back.
    #[must_use]
    pub fn new(follow: bool) -> Self {
        Self { follow, built: Arc::default() }
    }

    /// The client, the same each time.
    ///
    /// # Errors
    ///
    /// If the system's certificates cannot be used.
    pub fn get(&self) -> Result<reqwest::Client, Failed> {
        // A panic while building leaves nothing half built.
        let mut built = self.built.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(client) = built.as_ref() {
            return Ok(client.clone());
        }
        let client = build(self.follow)
            .map_err(|why| Failed::Useless(format!("the HTTPS client cannot be made: {why}")))?;
        Ok(built.insert(client).clone())
    }
}

/// A client with our name and time-outs; proxies come from the environment. A redirect to another host
/// loses the token (reqwest does that), one from HTTPS to HTTP is refused.
fn build(follow: bool) -> Result<reqwest::Client, String> {
    // Fails only if another part of this process has installed one, which then serves as well.
    let _installed_before = rustls::crypto::ring::default_provider().install_default();
    let redirects = reqwest::redirect::Policy::custom(move |attempt| {
        let secure_before = attempt.previous().last().is_some_and(|url| url.scheme() == "https");
        if !follow {
            attempt.stop()
        } else if attempt.previous().len() > HOPS {
            attempt.error("redirected too often")
        } else if secure_before && attempt.url().scheme() != "https" {
            attempt.error("redirected from HTTPS to HTTP")
        } else {
            attempt.follow()
        }
    });
    reqwest::Client::builder()
        .user_agent(concat!("release-action/", env!("CARGO_PKG_VERSION")))
        .connect_timeout(CONNECT)
        .redirect(redirects)
        // A webhook's address is a secret; it must not go on as a referer.
        .referer(false)
        .build()
        .map_err(|error| describe(&error))
}

/// An error and its causes in one line. Addresses are left to the caller, since they may be secret.
#[must_use]
pub fn describe(error: &(dyn Error + 'static)) -> String {
    let mut texts: Vec<String> = Vec::new();
    let mut next = Some(error);
    while let Some(error) = next {
        // A text of reqwest's own repeats the address.
        let text = error.to_string();
        let text = text.split(" for url (").next().unwrap_or_default().to_owned();
        if texts.last() != Some(&text) {
            texts.push(text);
        }
        next = error.source();
    }
    texts.join(": ")
}

/// What a failed call means: a connection that was never made carried no request.
#[must_use]
pub fn failed(error: &(dyn Error + 'static)) -> Failed {
    let mut next = Some(error);
    while let Some(cause) = next {
        if let Some(cause) = cause.downcast_ref::<reqwest::Error>() {
            let why = describe(error);
            return if cause.is_connect() {
                Failed::NotSent(why)
            } else if cause.is_redirect() || cause.is_builder() {
                Failed::Useless(why)
            } else {
                Failed::Lost(why)
            };
        }
        next = cause.source();
    }
    Failed::Lost(describe(error))
}

/// Reads an answer of at most `most` bytes.
///
/// # Errors
///
/// If it breaks off, stands still or is longer.
pub async fn read(mut response: reqwest::Response, most: usize) -> Result<Answer, Failed> {
    let (status, headers) = (response.status().as_u16(), response.headers().clone());
    let url = response.url().clone();
    let mut body = Vec::new();
    while let Some(chunk) = next_chunk(&mut response).await? {
        if body.len() + chunk.len() > most {
            return Err(Failed::Useless(format!("more than {most} bytes")));
        }
        body.extend_from_slice(&chunk);
    }
    Ok(Answer { status, headers, url: Some(url), body: body.into() })
}

/// Reads the beginning of an answer, at most `most` bytes and no longer than until the deadline: what counts
/// is its status, which has come whole.
pub async fn begin(mut response: reqwest::Response, most: usize, deadline: tokio::time::Instant) -> Answer {
    let (status, headers) = (response.status().as_u16(), response.headers().clone());
    let url = response.url().clone();
    let mut body = Vec::new();
    while body.len() < most {
        let Ok(Ok(Some(chunk))) = tokio::time::timeout_at(deadline, response.chunk()).await else { break };
        body.extend_from_slice(&chunk[..chunk.len().min(most - body.len())]);
    }
    Answer { status, headers, url: Some(url), body: body.into() }
}

/// The next bytes, which must come within [`STALL`].
async fn next_chunk(response: &mut reqwest::Response) -> Result<Option<bytes::Bytes>, Failed> {
    match tokio::time::timeout(STALL, response.chunk()).await {
        Ok(chunk) => chunk.map_err(|error| failed(&error)),
        Err(_) => Err(stalled()),
    }
}

/// A transfer that stood still.
#[must_use]
pub fn stalled() -> Failed {
    Failed::Lost(format!("nothing came for {} s", STALL.as_secs()))
}

/// Writes an answer of status 200 to a file, hashing on the way; any other becomes
/// [`Failed::Answered`].
///
/// # Errors
///
/// If it cannot be had whole or written.
pub async fn save(
    mut response: reqwest::Response,
    files: &dyn Files,
    to: &Utf8Path,
    seen: OnBytes<'_>,
) -> Result<Downloaded, Failed> {
    if response.status() != reqwest::StatusCode::OK {
        return Err(Failed::Answered(Box::new(read(response, EXCERPT).await?)));
    }
    let pending = files.create(to, false)?;
    let (send, receive) = mpsc::channel(WAITING);
    let path = to.to_owned();
    let writer = tokio::task::spawn_blocking(move || write(pending, path, receive));
    let mut count = 0;
    while let Some(chunk) = next_chunk(&mut response).await? {
        count += chunk.len() as u64;
        if send.send(chunk).await.is_err() {
            // The writer gave up, and says below why.
            break;
        }
        seen(count);
    }
    drop(send);
    let lost = |error: tokio::task::JoinError| Failed::Lost(error.to_string());
    let (pending, hasher) = writer.await.map_err(lost)??;
    tokio::task::spawn_blocking(move || pending.commit()).await.map_err(lost)??;
    Ok(Downloaded { size: hasher.bytes(), digest: hasher.finish() })
}

/// Writes and hashes what comes, away from the threads that talk to the network. It does not commit: an
/// answer that broke off ends the channel too.
fn write(
    mut pending: Box<dyn Pending>,
    path: Utf8PathBuf,
    mut chunks: mpsc::Receiver<bytes::Bytes>,
) -> Result<(Box<dyn Pending>, Hasher), FileError> {
    let mut hasher = Hasher::default();
    while let Some(chunk) = chunks.blocking_recv() {
        if let Err(source) = pending.write_all(&chunk) {
            return Err(FileError { path, source });
        }
        hasher.update(&chunk);
    }
    Ok((pending, hasher))
}
