//! One request from the wire and back: faults before, the handler, delay and faults after, the log.

use super::answer::Answer;
use super::body::{Failure, ServeBody, discard};
use super::call::{Call, Query, tokens};
use super::problem::Problem;
use super::requests::{RequestRecord, redact};
use super::wire::Cut;
use super::{route, spoil};
use crate::fault::FaultKind;
use crate::state::{Caller, World};
use chrono::{DateTime, Utc};
use http::{Method, Request, Response};
use hyper::body::Incoming;
use std::sync::Arc;
use std::time::Instant;

/// What the log needs of a request, taken before it is handled.
struct Trace {
    at: DateTime<Utc>,
    begun: Instant,
    method: String,
    path: String,
    query: String,
    sent: u64,
    fault: Option<String>,
}

impl Trace {
    fn write(self, world: &World, status: Option<u16>, received: Option<u64>) {
        world.requests.add(RequestRecord {
            at: self.at,
            method: self.method,
            path: self.path,
            query: self.query,
            status,
            sent: self.sent,
            received,
            fault: self.fault,
            ms: u64::try_from(self.begun.elapsed().as_millis()).unwrap_or(u64::MAX),
        });
    }
}

/// Answers a request; an error ends the connection.
pub(crate) async fn answer(
    world: Arc<World>,
    cut: Cut,
    request: Request<Incoming>,
) -> Result<Response<ServeBody>, Failure> {
    let (at, begun) = (Utc::now(), Instant::now());
    let verb = request.method().clone();
    let mut call = call(&world, request);
    let trace = Trace {
        at,
        begun,
        method: verb.to_string(),
        path: call.path.clone(),
        query: String::new(),
        sent: call.content_length().unwrap_or(0),
        fault: call.strike.written.clone(),
    };
    let trace = Trace { query: redact(&raw_query(&call.query)), ..trace };
    let strike = call.strike.clone();
    let kind = strike.kind.clone();
    let before = spoil::before(&call);
    let answer = match before {
        spoil::Before::Handle => handled(call).await,
        spoil::Before::Answer(answer) => {
            drain(&mut call, answer.close).await;
            *answer
        }
        spoil::Before::Reset => {
            world.faults.delay(&strike).await;
            trace.write(&world, None, None);
            cut.reset();
            return Err(Failure::Cut);
        }
        spoil::Before::Hang => {
            trace.write(&world, None, None);
            return std::future::pending().await;
        }
    };
    // What was asked for is done by now; only the answer is late.
    world.faults.delay(&strike).await;
    if let Some(FaultKind::AppliedThenReset | FaultKind::AppliedThenTimeout(_)) = kind {
        trace.write(&world, None, None);
        if let Some(FaultKind::AppliedThenTimeout(time)) = kind {
            tokio::time::sleep(time).await;
        }
        cut.reset();
        return Err(Failure::Cut);
    }
    let response = spoil::after(kind.as_ref(), answer, &cut, world.options.seed).await?;
    let length =
        response.headers().get(http::header::CONTENT_LENGTH).and_then(|v| v.to_str().ok()?.parse().ok());
    trace.write(&world, Some(response.status().as_u16()), length);
    Ok(response)
}

/// Runs the handler to its end in a task of its own: as on a real server, a client that goes away
/// doesn't undo what it has asked for.
async fn handled(mut call: Call) -> Answer {
    let task = tokio::spawn(async move {
        let answer = match route::route(&mut call).await {
            Ok(answer) => answer,
            Err(Problem(answer)) => *answer,
        };
        drain(&mut call, answer.close).await;
        answer
    });
    match task.await {
        Ok(answer) => answer,
        Err(error) => {
            tracing::error!(%error, "a handler of the forge");
            let Problem(answer) =
                Problem::new(http::StatusCode::INTERNAL_SERVER_ERROR, "a bug in the rehearsal: see its log");
            *answer
        }
    }
}

/// Reads what the handler left of the body, so that the connection can be used again.
async fn drain(call: &mut Call, close: bool) {
    if let (Some(body), false) = (call.body.take(), close)
        && let Err(error) = discard(body).await
    {
        tracing::debug!(%error, "a request body ended early");
    }
}

fn call(world: &Arc<World>, request: Request<Incoming>) -> Call {
    let (parts, body) = request.into_parts();
    let path = parts.uri.path().to_owned();
    let strike = world.faults.strike(parts.method.as_str(), &path);
    let prefix = if path.starts_with("/api/") { "/api/v3" } else { "" };
    Call {
        method: if parts.method == Method::HEAD { Method::GET } else { parts.method },
        query: Query::parse(parts.uri.query().unwrap_or_default()),
        // Who they are is settled with the route: some places don't ask for tokens.
        caller: tokens(&parts.headers)
            .iter()
            .find_map(|t| world.secrets.caller(t))
            .unwrap_or(Caller::Anonymous),
        headers: parts.headers,
        body: Some(body),
        api: format!("{}{prefix}", world.url),
        request_id: world.requests.id(),
        world: Arc::clone(world),
        path,
        strike,
    }
}

fn raw_query(query: &Query) -> String {
    url::form_urlencoded::Serializer::new(String::new()).extend_pairs(&query.0).finish()
}
