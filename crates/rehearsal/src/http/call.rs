//! One request as the handlers see it.

use super::answer::Answer;
use super::problem::Problem;
use crate::effect::EffectKind;
use crate::fault::{FaultKind, Strike};
use crate::state::{Caller, Repo, RepoCell, World};
use http::header::{AUTHORIZATION, CONTENT_LENGTH, TRANSFER_ENCODING};
use http::{HeaderMap, Method};
use http_body_util::{BodyExt, Limited};
use hyper::body::Incoming;
use percent_encoding::percent_decode_str;
use serde_json::{Map, Value};
use std::sync::Arc;

/// What a handler gives.
pub(crate) type Reply = Result<Answer, Problem>;

/// JSON bodies up to this many bytes: a 40 MB file in base64, as the contents API takes.
const JSON_LIMIT: usize = 64 * 1024 * 1024;

/// The request and all around it.
#[derive(Debug)]
pub(crate) struct Call {
    /// HEAD arrives as GET.
    pub(crate) method: Method,
    /// Path as sent, without the query.
    pub(crate) path: String,
    pub(crate) query: Query,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Option<Incoming>,
    pub(crate) caller: Caller,
    pub(crate) world: Arc<World>,
    /// Start of API addresses: with or without `/api/v3`, as the client came.
    pub(crate) api: String,
    pub(crate) strike: Strike,
    /// `x-github-request-id`.
    pub(crate) request_id: String,
}

/// The decoded query, in order.
#[derive(Debug, Clone, Default)]
pub(crate) struct Query(pub(crate) Vec<(String, String)>);

impl Query {
    pub(crate) fn parse(text: &str) -> Self {
        Self(url::form_urlencoded::parse(text.as_bytes()).into_owned().collect())
    }

    /// The first value of a name.
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }
}

impl Call {
    /// Path segments after `prefix`, percent-decoded; `None` for what isn't UTF-8 or holds a NUL.
    pub(crate) fn segments(path: &str) -> Option<Vec<String>> {
        let path = path.strip_prefix('/').unwrap_or(path);
        let decode = |part: &str| {
            let text = percent_decode_str(part).decode_utf8().ok()?;
            (!text.contains('\0')).then(|| text.into_owned())
        };
        path.split('/').map(decode).collect()
    }

    /// The body as a JSON object; no body counts as an empty one.
    pub(crate) async fn json(&mut self) -> Result<Map<String, Value>, Problem> {
        let Some(body) = self.body.take() else { return Ok(Map::new()) };
        let bytes = match Limited::new(body, JSON_LIMIT).collect().await {
            Ok(all) => all.to_bytes(),
            Err(_) => return Err(Problem::bad_request("Problems parsing JSON")),
        };
        if bytes.is_empty() {
            return Ok(Map::new());
        }
        match serde_json::from_slice(&bytes) {
            Ok(Value::Object(object)) => Ok(object),
            Ok(_) => Err(Problem::bad_request("Body should be a JSON object")),
            Err(_) => Err(Problem::bad_request("Problems parsing JSON")),
        }
    }

    /// The body as bytes, up to a limit.
    pub(crate) async fn small_body(&mut self, limit: usize) -> Result<bytes::Bytes, Problem> {
        let Some(body) = self.body.take() else { return Ok(bytes::Bytes::new()) };
        match Limited::new(body, limit).collect().await {
            Ok(all) => Ok(all.to_bytes()),
            Err(_) => Err(Problem::new(http::StatusCode::PAYLOAD_TOO_LARGE, "the body is too long")),
        }
    }

    /// The announced length of the body; `None` when it is chunked or there is none.
    pub(crate) fn content_length(&self) -> Option<u64> {
        if self.headers.contains_key(TRANSFER_ENCODING) {
            return None;
        }
        self.headers.get(CONTENT_LENGTH)?.to_str().ok()?.parse().ok()
    }

    /// A header as text.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// A snapshot for reading, from before the last write if a `stale` fault says so.
    pub(crate) async fn view(&self, cell: &RepoCell) -> Arc<Repo> {
        match self.strike.kind {
            Some(FaultKind::Stale(_)) if self.method == Method::GET => {
                cell.read_or_stale(|version| self.world.faults.stale(&self.strike, &cell.key, version)).await
            }
            _ => cell.read().await,
        }
    }

    /// Records a change of the world.
    pub(crate) fn effect(&self, kind: EffectKind, words: String) {
        self.world.effects.add(kind, self.method.as_str(), &self.path, words);
    }

    /// Refuses who is no administrator: an app with 403, a person as if there were nothing.
    pub(crate) fn must_administer(&self) -> Result<(), Problem> {
        match self.caller {
            Caller::Admin => Ok(()),
            Caller::Writer => Err(Problem::forbidden()),
            Caller::Reader => Err(Problem::not_found()),
            Caller::Anonymous => Err(Problem::requires_authentication()),
        }
    }

    /// Refuses who is no app, or may not write.
    pub(crate) fn must_be_app(&self) -> Result<(), Problem> {
        match self.caller {
            Caller::Admin => {
                let words = "You must authenticate via a GitHub App.";
                Err(Problem::new(http::StatusCode::FORBIDDEN, words))
            }
            _ => self.must_write(),
        }
    }

    /// Refuses those who may not write.
    pub(crate) fn must_write(&self) -> Result<(), Problem> {
        match self.caller {
            Caller::Writer | Caller::Admin => Ok(()),
            Caller::Reader => Err(Problem::forbidden()),
            Caller::Anonymous => Err(Problem::requires_authentication()),
        }
    }
}

/// Every token that the `Authorization` headers carry: `Bearer`, `token`, or the password of Basic.
pub(crate) fn tokens(headers: &HeaderMap) -> Vec<String> {
    headers.get_all(AUTHORIZATION).iter().filter_map(|value| token(value.to_str().ok()?)).collect()
}

fn token(value: &str) -> Option<String> {
    use base64::Engine;
    let (scheme, rest) = value.split_once(' ')?;
    match scheme.to_ascii_lowercase().as_str() {
        "bearer" | "token" => Some(rest.trim().to_owned()),
        "basic" => {
            let bytes = base64::engine::general_purpose::STANDARD.decode(rest.trim()).ok()?;
            let text = String::from_utf8(bytes).ok()?;
            let (user, password) = text.split_once(':')?;
            Some(if password.is_empty() { user } else { password }.to_owned())
        }
        _ => None,
    }
}
