//! One call of the API, and what all calls share.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use chrono::{DateTime, TimeDelta, Utc};
use http::Method;
use http_body_util::BodyExt as _;
use octocrab::Octocrab;
use serde::de::DeserializeOwned;
use serde_json::Value;
use tokio::sync::{Mutex, MutexGuard};
use url::Url;

use super::super::client::{self, Lazy};
use super::super::http as real_http;
use super::super::policy::{Answer, Failed, Policy};
use super::{refuse, service};
use crate::kit::secret::{Redactor, Secret};
use crate::ports::forge::ForgeError;
use crate::ports::{Clock, Files};

/// The form in which answers are asked for.
pub const JSON: &str = "application/vnd.github+json";

/// How long one call without a file may take by default: GitHub itself gives one up after ten seconds.
pub const PATIENCE: Duration = Duration::from_secs(30);

/// The longest answer that is read, in bytes.
const LONGEST: usize = 64 * 1024 * 1024;

/// Things on a page, GitHub's most.
const PER_PAGE: usize = 100;

/// Pages that are read at most; GitHub itself shows no more than 10,000 releases.
const PAGES: u32 = 100;

/// Where the API is and how it is used.
#[derive(Debug, Clone)]
pub struct Options {
    /// The API's address: `https://api.github.com`, or `https://HOST/api/v3` of an enterprise server.
    pub api_url: Url,
    /// The token, if there is one.
    pub token: Option<Secret>,
    /// The shortest time from the end of one write to the begin of the next; GitHub asks for a second.
    pub pace: Duration,
    /// How long one call without a file may take.
    pub patience: Duration,
}

/// GitHub through its REST API.
pub struct RealForge {
    pub(super) options: Options,
    pub(super) client: Lazy,
    pub(super) policy: Policy,
    pub(super) files: Arc<dyn Files>,
    pub(super) redactor: Redactor,
    pub(super) host: String,
    pub(super) clock: Arc<dyn Clock>,
    crab: Octocrab,
    last_write: Mutex<Option<DateTime<Utc>>>,
}

impl RealForge {
    /// A client of this API. Must be called within a tokio runtime, on which Octocrab keeps a task.
    ///
    /// # Errors
    ///
    /// If the API's address cannot be used.
    pub fn new(
        options: Options,
        files: Arc<dyn Files>,
        clock: Arc<dyn Clock>,
        redactor: Redactor,
    ) -> Result<Self, ForgeError> {
        if let Some(token) = &options.token {
            redactor.learn(token);
        }
        let cannot =
            |why: String| ForgeError::Local { what: "GitHub's API".into(), why: redactor.clean(&why) };
        let client = Lazy::new(true);
        let crab =
            service::octocrab(client.clone(), &options.api_url, options.token.as_ref()).map_err(cannot)?;
        let host = real_http::host(&options.api_url);
        let policy = Policy::new(Arc::clone(&clock));
        Ok(Self { options, client, policy, files, redactor, host, crab, clock, last_write: Mutex::default() })
    }

    /// Waits for the turn to write; the turn ends when the guard is dropped, after [`Self::wrote`].
    pub(super) async fn begin_write(&self) -> MutexGuard<'_, Option<DateTime<Utc>>> {
        let guard = self.last_write.lock().await;
        self.keep_pace(*guard).await;
        guard
    }

    /// Waits until a write may follow the last one.
    pub(super) async fn keep_pace(&self, last: Option<DateTime<Utc>>) {
        let pace = TimeDelta::from_std(self.options.pace).unwrap_or(TimeDelta::zero());
        let next = last.and_then(|last| last.checked_add_signed(pace));
        if let Some(wait) = next.and_then(|next| (next - self.clock.now()).to_std().ok()) {
            self.clock.sleep(wait).await;
        }
    }

    /// Ends a turn.
    pub(super) fn wrote(&self, mut turn: MutexGuard<'_, Option<DateTime<Utc>>>) {
        *turn = Some(self.clock.now());
    }

    /// Sends a call once; any status but 2xx is [`Failed::Answered`].
    pub(super) async fn once(
        &self,
        accept: &str,
        method: &Method,
        path: &str,
        body: Option<&Value>,
    ) -> Result<Answer, Failed> {
        self.client.get()?;
        let builder = http::Request::builder().method(method).uri(path).header(http::header::ACCEPT, accept);
        let call = async {
            let request = self.crab.build_request(builder, body).map_err(|error| useless(&error))?;
            let response = self.crab.execute(request).await.map_err(|error| client::failed(&error))?;
            let (status, headers) = (response.status().as_u16(), response.headers().clone());
            let body = whole(method, path, response.into_body()).await?;
            Ok::<_, Failed>(Answer { status, headers, url: None, body })
        };
        let limit = self.options.patience;
        let timed = tokio::time::timeout(limit, call).await;
        let hung = |_| Failed::Hung(format!("{method} {path} was not answered within {limit:?}"));
        let answer = timed.map_err(hung)??;
        if !(200..300).contains(&answer.status) {
            return Err(Failed::Answered(Box::new(answer)));
        }
        // Half an answer is none: what became of the call is not known.
        let whole = serde_json::from_slice::<serde::de::IgnoredAny>(&answer.body);
        match whole {
            Err(error) if answer.status != 204 => {
                Err(Failed::Lost(format!("the answer is no whole JSON: {error}")))
            }
            _ => Ok(answer),
        }
    }

    /// Sends a call until it is answered; gives the answer and how many attempts failed before.
    pub(super) async fn call(
        &self,
        what: &str,
        method: Method,
        path: &str,
        body: Option<&Value>,
        repeatable: bool,
    ) -> Result<(Answer, u32), (ForgeError, u32)> {
        self.call_as(what, JSON, method, path, body, repeatable).await
    }

    /// The same, for an answer in another form of JSON.
    pub(super) async fn call_as(
        &self,
        what: &str,
        accept: &str,
        method: Method,
        path: &str,
        body: Option<&Value>,
        repeatable: bool,
    ) -> Result<(Answer, u32), (ForgeError, u32)> {
        let mut tries = 0;
        loop {
            self.policy.enter(&self.host).await;
            let failed = match self.once(accept, &method, path, body).await {
                Ok(answer) => return Ok((answer, tries)),
                Err(failed) => failed,
            };
            let before = tries;
            if let Err(failed) = self.policy.pause(&mut tries, &self.host, repeatable, failed).await {
                return Err((self.tell(what, failed), before));
            }
        }
    }

    /// Reads something.
    pub(super) async fn get<T: DeserializeOwned>(&self, what: &str, path: &str) -> Result<T, ForgeError> {
        let (answer, _) = self.call(what, Method::GET, path, None, true).await.map_err(|(error, _)| error)?;
        self.read(what, &answer)
    }

    /// Reads something that need not be there.
    pub(super) async fn find<T: DeserializeOwned>(
        &self,
        what: &str,
        path: &str,
    ) -> Result<Option<T>, ForgeError> {
        match self.get(what, path).await {
            Err(ForgeError::NotFound { .. }) => Ok(None),
            other => other.map(Some),
        }
    }

    /// Reads all pages of a list.
    pub(super) async fn list<T: DeserializeOwned>(
        &self,
        what: &str,
        path: &str,
    ) -> Result<Vec<T>, ForgeError> {
        self.pages(what, path, |page: Vec<T>| page).await
    }

    /// Reads all pages of a list that stands within something.
    pub(super) async fn pages<P: DeserializeOwned, T>(
        &self,
        what: &str,
        path: &str,
        items: impl Fn(P) -> Vec<T> + Send + Sync,
    ) -> Result<Vec<T>, ForgeError> {
        let mut all = Vec::new();
        let joint = if path.contains('?') { '&' } else { '?' };
        for page in 1..=PAGES {
            let path = format!("{path}{joint}per_page={PER_PAGE}&page={page}");
            let (answer, _) =
                self.call(what, Method::GET, &path, None, true).await.map_err(|(error, _)| error)?;
            let part = items(self.read(what, &answer)?);
            // A server may give shorter pages than asked for, but then says that there are more.
            let more = part.len() >= PER_PAGE
                || answer.header("link").is_some_and(|link| link.contains("rel=\"next\""));
            let empty = part.is_empty();
            all.extend(part);
            if empty || !more {
                return Ok(all);
            }
        }
        // The forge gives no more than this.
        Ok(all)
    }

    /// Understands an answer.
    pub(super) fn read<T: DeserializeOwned>(&self, what: &str, answer: &Answer) -> Result<T, ForgeError> {
        let mut json = serde_json::Deserializer::from_slice(&answer.body);
        serde_path_to_error::deserialize(&mut json).map_err(|error| ForgeError::Nonsense {
            what: what.to_owned(),
            why: self.redactor.clean(&error.to_string()),
        })
    }

    /// The failure as it may be told.
    pub(super) fn tell(&self, what: &str, failed: Failed) -> ForgeError {
        let what = what.to_owned();
        match failed {
            Failed::NotSent(why) => ForgeError::Passing {
                what,
                why: self.redactor.clean(&format!("{} cannot be reached: {why}", self.host)),
            },
            Failed::Lost(why) | Failed::Hung(why) => ForgeError::Passing {
                what,
                why: self.redactor.clean(&format!("no answer of {}: {why}", self.host)),
            },
            Failed::Limited(why) => ForgeError::Limited { what, why },
            Failed::Useless(why) => ForgeError::Nonsense { what, why: self.redactor.clean(&why) },
            Failed::File(error) => ForgeError::Local { what, why: self.redactor.clean(&error.to_string()) },
            Failed::Answered(answer) => refuse::refusal(what, &answer, &self.redactor),
        }
    }
}

/// The whole of an answer, which may not be longer than [`LONGEST`].
async fn whole(
    method: &Method,
    path: &str,
    body: impl http_body::Body<Data = Bytes, Error = octocrab::Error>,
) -> Result<Bytes, Failed> {
    let mut body = std::pin::pin!(body);
    let mut bytes = Vec::new();
    while let Some(frame) = body.frame().await {
        // A frame that is no data holds trailers, which tell us nothing.
        let Ok(data) = frame.map_err(|error| client::failed(&error))?.into_data() else { continue };
        if bytes.len() + data.len() > LONGEST {
            let most = LONGEST / 1024 / 1024;
            return Err(Failed::Useless(format!("the answer to {method} {path} is longer than {most} MiB")));
        }
        bytes.extend_from_slice(&data);
    }
    Ok(bytes.into())
}

/// A request that cannot even be built.
fn useless(error: &octocrab::Error) -> Failed {
    Failed::Useless(client::describe(error))
}
