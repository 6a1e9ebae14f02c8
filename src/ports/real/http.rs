//! HTTP to anywhere but the forge's API.

use std::sync::Arc;

use camino::Utf8Path;
use url::Url;

use super::client::{self, Lazy};
use super::policy::{Answer, Failed, Policy};
use crate::kit::secret::Redactor;
use crate::ports::http::{Downloaded, Http, HttpError, OnBytes, Request, Response};
use crate::ports::{Clock, Files};

/// The client with the one policy.
#[derive(Clone)]
pub struct RealHttp {
    client: Lazy,
    /// Gives redirects back instead of following them.
    straight: Lazy,
    policy: Policy,
    files: Arc<dyn Files>,
    redactor: Redactor,
}

impl RealHttp {
    /// A client; proxies come from the environment. Downloads go through `files`, waits by `clock`,
    /// and error texts pass `redactor`.
    #[must_use]
    pub fn new(redactor: Redactor, files: Arc<dyn Files>, clock: Arc<dyn Clock>) -> Self {
        Self {
            client: Lazy::new(true),
            straight: Lazy::new(false),
            policy: Policy::new(clock),
            files,
            redactor,
        }
    }

    /// The failure as it may be told.
    fn tell(&self, place: &str, failed: Failed) -> HttpError {
        let place = place.to_owned();
        match failed {
            Failed::NotSent(why) | Failed::Lost(why) | Failed::Hung(why) => {
                HttpError::Network { place, why: self.redactor.clean(&why) }
            }
            Failed::Limited(why) => HttpError::Limited { place, why },
            Failed::Useless(why) => HttpError::Answer { place, why: self.redactor.clean(&why) },
            Failed::Answered(answer) => HttpError::Answer { place, why: format!("HTTP {}", answer.status) },
            Failed::File(error) => HttpError::File(error),
        }
    }

    async fn send_once(&self, request: &Request) -> Result<Answer, Failed> {
        // Where the address is a secret, so is what is sent there: no redirect takes it elsewhere.
        let straight = request.secret_url || !request.follow;
        let client = if straight { self.straight.get()? } else { self.client.get()? };
        let mut call = client.request(request.method.clone(), request.url.clone()).body(request.body.clone());
        for (name, value) in &request.headers {
            call = call.header(name, value);
        }
        if let Some(bearer) = &request.bearer {
            call = call.bearer_auth(bearer.expose());
        }
        let hung = |_| {
            let path = if request.secret_url { "the request" } else { request.url.path() };
            Failed::Hung(format!("{} to {path} was not answered within {:?}", request.method, request.limit))
        };
        let deadline = tokio::time::Instant::now() + request.limit;
        let sent = tokio::time::timeout_at(deadline, call.send()).await.map_err(hung)?;
        let response = sent.map_err(|error| client::failed(&error))?;
        if request.status_decides {
            return Ok(client::begin(response, request.most, deadline).await);
        }
        tokio::time::timeout_at(deadline, client::read(response, request.most)).await.map_err(hung)?
    }

    async fn download_once(&self, url: &Url, to: &Utf8Path, seen: OnBytes<'_>) -> Result<Downloaded, Failed> {
        let sent = tokio::time::timeout(client::STALL, self.client.get()?.get(url.clone()).send()).await;
        let response = sent.map_err(|_| client::stalled())?.map_err(|error| client::failed(&error))?;
        client::save(response, self.files.as_ref(), to, seen).await
    }
}

/// The host and port of an address.
pub(super) fn host(url: &Url) -> String {
    let host = url.host_str().unwrap_or("an address without a host");
    url.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"))
}

/// An answer as the port shows it.
fn response(answer: Answer, url: &Url) -> Response {
    let text = |value: &http::HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
    Response {
        status: answer.status,
        headers: answer.headers.iter().map(|(name, value)| (name.to_string(), text(value))).collect(),
        url: answer.url.unwrap_or_else(|| url.clone()),
        body: answer.body,
    }
}

#[async_trait::async_trait]
impl Http for RealHttp {
    async fn send(&self, request: Request) -> Result<Response, HttpError> {
        let host = host(&request.url);
        let place = if request.secret_url { "the webhook" } else { &host };
        let mut tries = 0;
        loop {
            self.policy.enter(&host).await;
            let failed = match self.send_once(&request).await {
                Ok(answer) if request.repeatable && (answer.is_limit() || answer.is_server_failure()) => {
                    Failed::Answered(Box::new(answer))
                }
                Ok(answer) => return Ok(response(answer, &request.url)),
                Err(failed) => failed,
            };
            match self.policy.pause(&mut tries, &host, request.repeatable, failed).await {
                Ok(()) => {}
                Err(Failed::Answered(answer)) => return Ok(response(*answer, &request.url)),
                Err(failed) => return Err(self.tell(place, failed)),
            }
        }
    }

    async fn download(&self, url: &Url, to: &Utf8Path, seen: OnBytes<'_>) -> Result<Downloaded, HttpError> {
        let host = host(url);
        let mut tries = 0;
        loop {
            self.policy.enter(&host).await;
            match self.download_once(url, to, seen).await {
                Ok(downloaded) => return Ok(downloaded),
                Err(failed) => self
                    .policy
                    .pause(&mut tries, &host, true, failed)
                    .await
                    .map_err(|failed| self.tell(&host, failed))?,
            }
        }
    }
}

#[cfg(test)]
#[path = "http_tests.rs"]
pub mod tests;
