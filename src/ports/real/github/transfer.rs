//! Assets up and down, streamed.

use std::io::Read;
use std::sync::Arc;

use bytes::Bytes;
use camino::Utf8Path;
use futures::Stream;
use tokio::sync::watch;
use url::Url;

use super::super::client::{self, STALL};
use super::super::http as real_http;
use super::super::policy::{Answer, Failed};
use super::RealForge;
use crate::ports::files::{Files, Source};
use crate::ports::forge::{ForgeError, Release};
use crate::ports::http::{Downloaded, OnBytes};

/// Bytes read at once.
const CHUNK: usize = 256 * 1024;

/// The longest answer to an upload.
const ANSWER: usize = 1024 * 1024;

impl RealForge {
    /// Sends a file as an asset; only what was surely not taken is sent again.
    pub(super) async fn send_file(
        &self,
        what: &str,
        release: &Release,
        name_and_label: (&str, &str),
        file: &Utf8Path,
        seen: OnBytes<'_>,
    ) -> Result<Answer, ForgeError> {
        let url = self.upload_url(what, release, name_and_label)?;
        let host = real_http::host(&url);
        let mut tries = 0;
        loop {
            self.policy.enter(&host).await;
            match self.send_file_once(&url, file, seen).await {
                Ok(answer) if (200..300).contains(&answer.status) => return Ok(answer),
                Ok(answer) => {
                    self.policy.pause(&mut tries, &host, false, Failed::Answered(Box::new(answer))).await
                }
                Err(failed) => self.policy.pause(&mut tries, &host, false, failed).await,
            }
            .map_err(|failed| self.tell(what, failed))?;
        }
    }

    /// Where the asset goes. The address comes from an answer that may have been stored, and the token
    /// goes with it, so it must be the API's host or a neighbour of it (`uploads.` for `api.`).
    fn upload_url(
        &self,
        what: &str,
        release: &Release,
        (name, label): (&str, &str),
    ) -> Result<Url, ForgeError> {
        let nonsense = |why: String| ForgeError::Nonsense { what: what.to_owned(), why };
        let text = release.upload_url.split('{').next().unwrap_or_default();
        let mut url =
            Url::parse(text).map_err(|error| nonsense(format!("the upload address `{text}`: {error}")))?;
        let api = &self.options.api_url;
        let (own, theirs) = (api.host_str().unwrap_or_default(), url.host_str().unwrap_or_default());
        let near = own.strip_prefix("api.").is_some_and(|base| theirs == format!("uploads.{base}"));
        // Another port is another server, whoever runs it.
        let same_door = url.scheme() == api.scheme()
            && url.port_or_known_default() == api.port_or_known_default()
            && url.username().is_empty()
            && url.password().is_none();
        if !(own == theirs || near) || !same_door {
            return Err(nonsense(format!("the upload address {text} does not belong to {api}")));
        }
        url.query_pairs_mut().append_pair("name", name);
        if !label.is_empty() {
            url.query_pairs_mut().append_pair("label", label);
        }
        Ok(url)
    }

    async fn send_file_once(&self, url: &Url, file: &Utf8Path, seen: OnBytes<'_>) -> Result<Answer, Failed> {
        let source = self.files.open(file)?;
        let length = length(self.files.as_ref(), file)?;
        let (passed, mut news) = watch::channel(0_u64);
        let body = reqwest::Body::wrap_stream(chunks(source, length, passed));
        let mut call = self
            .client
            .get()?
            .post(url.clone())
            .header(http::header::ACCEPT, "application/vnd.github+json")
            .header(http::header::CONTENT_TYPE, "application/octet-stream")
            .header(http::header::CONTENT_LENGTH, length)
            .body(body);
        if let Some(token) = &self.options.token {
            call = call.bearer_auth(token.expose());
        }
        let sending = call.send();
        tokio::pin!(sending);
        let mut flowing = true;
        let response = loop {
            tokio::select! {
                response = &mut sending => break response.map_err(|error| client::failed(&error))?,
                changed = news.changed(), if flowing => match changed {
                    Ok(()) => seen(*news.borrow_and_update()),
                    // The body is given up or at its end; now only the answer is waited for.
                    Err(_) => flowing = false,
                },
                () = tokio::time::sleep(STALL) => return Err(client::stalled()),
            }
        };
        // The connection asks for nothing after the last chunk, so that one is counted by the answer.
        if response.status().is_success() {
            seen(length);
        }
        client::read(response, ANSWER).await
    }

    /// Downloads an asset, the token staying with the API's host.
    pub(super) async fn fetch_file(
        &self,
        what: &str,
        path: &str,
        to: &Utf8Path,
    ) -> Result<Downloaded, ForgeError> {
        let base = self.options.api_url.as_str().trim_end_matches('/');
        let mut tries = 0;
        loop {
            self.policy.enter(&self.host).await;
            match self.fetch_once(&format!("{base}{path}"), to).await {
                Ok(downloaded) => return Ok(downloaded),
                Err(failed) => self
                    .policy
                    .pause(&mut tries, &self.host, true, failed)
                    .await
                    .map_err(|failed| self.tell(what, failed))?,
            }
        }
    }

    async fn fetch_once(&self, url: &str, to: &Utf8Path) -> Result<Downloaded, Failed> {
        let mut call = self.client.get()?.get(url).header(http::header::ACCEPT, "application/octet-stream");
        if let Some(token) = &self.options.token {
            call = call.bearer_auth(token.expose());
        }
        let sent = tokio::time::timeout(STALL, call.send()).await;
        let response = sent.map_err(|_| client::stalled())?.map_err(|error| client::failed(&error))?;
        client::save(response, self.files.as_ref(), to, &|_| ()).await
    }
}

/// The length of a file, links followed.
fn length(files: &dyn Files, file: &Utf8Path) -> Result<u64, Failed> {
    let real = files.real_path(file)?;
    match files.meta(&real)? {
        Some(meta) => Ok(meta.len),
        None => Err(Failed::Useless(format!("{file} is gone"))),
    }
}

/// The first `length` bytes of a file, at most [`CHUNK`] in memory, read off the async threads.
fn chunks(
    source: Box<dyn Source>,
    length: u64,
    passed: watch::Sender<u64>,
) -> impl Stream<Item = std::io::Result<Bytes>> + Send + 'static {
    let passed = Arc::new(passed);
    futures::stream::try_unfold((source, 0_u64), move |(source, done)| {
        let passed = Arc::clone(&passed);
        async move {
            // What was handed over before is with the connection once more is asked for.
            passed.send_replace(done);
            if done == length {
                return Ok(None);
            }
            let reading = tokio::task::spawn_blocking(move || {
                let mut source = source;
                let mut bytes = Vec::with_capacity(CHUNK);
                let most = (length - done).min(CHUNK as u64);
                source.by_ref().take(most).read_to_end(&mut bytes).map(|_| (source, bytes))
            });
            let (source, bytes) = reading.await.map_err(std::io::Error::other)??;
            if bytes.is_empty() {
                return Err(std::io::Error::other("the file became shorter while it was sent"));
            }
            let done = done + bytes.len() as u64;
            Ok(Some((Bytes::from(bytes), (source, done))))
        }
    })
}
