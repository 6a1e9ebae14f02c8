//! What faults do to answers.

use super::answer::{Answer, Payload};
use super::body::{Failure, ServeBody, chunks, streamed};
use super::call::Call;
use super::problem::Problem;
use super::wire::Cut;
use crate::fault::FaultKind;
use bytes::Bytes;
use chrono::Utc;
use futures::StreamExt;
use http::{Response, StatusCode};
use http_body_util::BodyExt;
use serde_json::json;
use sha2::{Digest, Sha256};
use std::time::Duration;

/// What happens instead of handling a request.
pub(crate) enum Before {
    /// Nothing: it is handled.
    Handle,
    /// This answer.
    Answer(Box<Answer>),
    /// The connection is reset.
    Reset,
    /// Silence.
    Hang,
}

/// Decides by the fault that strikes the request.
pub(crate) fn before(call: &Call) -> Before {
    let answer =
        |answer: Answer| Before::Answer(Box::new(answer.with("x-github-request-id", &call.request_id)));
    match &call.strike.kind {
        Some(FaultKind::Status(code)) => answer(status(*code)),
        Some(FaultKind::RateLimit(seconds)) => answer(rate_limit(*seconds, call.world.options.rate_limit)),
        Some(FaultKind::SecondaryLimit(seconds)) => answer(secondary(StatusCode::FORBIDDEN, *seconds)),
        Some(FaultKind::Moved(name)) => moved(call, name).map_or(Before::Handle, answer),
        Some(FaultKind::ResetBefore) => Before::Reset,
        Some(FaultKind::Hang) => Before::Hang,
        // A starter is something that only an upload can leave.
        Some(FaultKind::Starter) if !call.path.starts_with("/api/uploads/") => answer(status(502)),
        _ => Before::Handle,
    }
}

/// Where the repository is now, as GitHub leads on from a former name; `None` for a path of no repository,
/// or of the new one.
fn moved(call: &Call, name: &str) -> Option<Answer> {
    let (before, after) = call.path.split_once("/repos/")?;
    let rest = after.splitn(3, '/').nth(2).map_or(String::new(), |rest| format!("/{rest}"));
    if after == name || after.starts_with(&format!("{name}/")) {
        return None;
    }
    let status = match call.method {
        http::Method::GET => StatusCode::MOVED_PERMANENTLY,
        _ => StatusCode::TEMPORARY_REDIRECT,
    };
    let mut url = format!("{}{before}/repos/{name}{rest}", call.world.url);
    if !call.query.0.is_empty() {
        let query = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(&call.query.0).finish();
        url = format!("{url}?{query}");
    }
    let body = json!({
        "message": if status == StatusCode::MOVED_PERMANENTLY { "Moved Permanently" } else { "Temporary Redirect" },
        "url": url,
        "documentation_url": "https://docs.github.com/rest/guides/best-practices-for-using-the-rest-api#follow-redirects",
    });
    Some(Answer::json(status, &body).with("location", &url))
}

/// An error status with the body that GitHub sends.
pub(crate) fn status(code: u16) -> Answer {
    let status = StatusCode::from_u16(code).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let Problem(answer) = match code {
        401 => Problem::bad_credentials(),
        403 => Problem::forbidden(),
        404 => Problem::not_found(),
        422 => Problem::invalid(Vec::new()),
        429 => return secondary(status, 60),
        500..=502 => Problem::new(status, "Server Error"),
        503 | 504 => {
            let page = "<html><body><h1>Unicorn!</h1><p>No server is currently available to service your request.</p></body></html>";
            return Answer::bytes(status, "text/html; charset=utf-8", page);
        }
        _ => Problem::new(status, status.canonical_reason().unwrap_or("Error")),
    };
    *answer
}

fn rate_limit(seconds: u64, limit: u32) -> Answer {
    let reset = Utc::now().timestamp().saturating_add_unsigned(seconds);
    let body = json!({
        "message": "API rate limit exceeded for installation ID 1.",
        "documentation_url": "https://docs.github.com/rest/overview/rate-limits-for-the-rest-api",
        "status": "403",
    });
    Answer::json(StatusCode::FORBIDDEN, &body)
        .with("x-ratelimit-limit", &limit.to_string())
        .with("x-ratelimit-remaining", "0")
        .with("x-ratelimit-used", &limit.to_string())
        .with("x-ratelimit-reset", &reset.to_string())
        .with("x-ratelimit-resource", "core")
}

fn secondary(status: StatusCode, seconds: u64) -> Answer {
    let body = json!({
        "message": "You have exceeded a secondary rate limit. Please wait a few minutes before you try again.",
        "documentation_url": "https://docs.github.com/rest/overview/rate-limits-for-the-rest-api#about-secondary-rate-limits",
        "status": status.as_u16().to_string(),
    });
    Answer::json(status, &body).with("retry-after", &seconds.to_string())
}

/// Turns an answer into HTTP, spoilt as the fault wants it.
pub(crate) async fn after(
    kind: Option<&FaultKind>,
    mut answer: Answer,
    cut: &Cut,
    seed: u64,
) -> Result<Response<ServeBody>, Failure> {
    // An answer without content can't be spoilt in its content.
    if matches!(answer.payload.length(), Some(0)) {
        return Ok(answer.into_response(None));
    }
    match kind {
        Some(FaultKind::ResetAfter) => {
            let cut = cut.clone();
            Ok(cut_short(answer, move || cut.reset()))
        }
        Some(FaultKind::Torn) => Ok(cut_short(answer, || ())),
        Some(FaultKind::Empty) => {
            answer.payload = Payload::Empty;
            Ok(answer.into_response(None))
        }
        Some(FaultKind::Garbage) => {
            let noise =
                (0..4_u8).flat_map(|round| Sha256::digest([&seed.to_le_bytes()[..], &[round]].concat()));
            answer.payload = Payload::Bytes(noise.collect::<Vec<u8>>().into());
            Ok(answer.into_response(None))
        }
        Some(FaultKind::WrongContent) => {
            answer.payload = falsify(answer.payload);
            Ok(answer.into_response(None))
        }
        Some(FaultKind::NoDigest) => {
            let bytes = whole(answer.payload).await?;
            answer.payload = Payload::Bytes(without_digests(bytes));
            Ok(answer.into_response(None))
        }
        Some(FaultKind::TruncatedJson) => {
            let bytes = whole(answer.payload).await?;
            answer.payload = Payload::Bytes(bytes.slice(..bytes.len() / 2));
            Ok(answer.into_response(None))
        }
        _ => Ok(answer.into_response(None)),
    }
}

/// Half of the body, then the connection's end; `last` decides between a reset and a close.
fn cut_short(answer: Answer, last: impl FnOnce() + Send + 'static) -> Response<ServeBody> {
    let half = answer.payload.length().map(|length| length / 2);
    let response = answer.into_response(half);
    let (parts, body) = response.into_parts();
    let end = futures::stream::once(async move {
        // What stands before the end must have left, or the client would not see the beginning.
        tokio::time::sleep(Duration::from_millis(30)).await;
        last();
        Err(Failure::Cut)
    });
    let frames = body.into_data_stream();
    // A body of unknown length is cut after its first chunk.
    let take = if half.is_some() { usize::MAX } else { 1 };
    Response::from_parts(parts, streamed(frames.take(take).chain(end)))
}

/// Other content of the same length: figures are changed in text, every byte in binaries.
fn falsify(payload: Payload) -> Payload {
    match payload {
        Payload::Bytes(bytes) => Payload::Bytes(bytes.iter().map(|byte| other_digit(*byte)).collect()),
        Payload::File(file, length) => {
            let other =
                chunks(file).map(|chunk| chunk.map(|bytes| bytes.iter().map(|byte| byte ^ 0x20).collect()));
            let body = streamed(other.boxed());
            Payload::Sized(body, length)
        }
        other => other,
    }
}

/// The same JSON with every `digest` null; what is no JSON stays as it is.
fn without_digests(bytes: Bytes) -> Bytes {
    fn clear(value: &mut serde_json::Value) {
        match value {
            serde_json::Value::Array(items) => items.iter_mut().for_each(clear),
            serde_json::Value::Object(fields) => {
                for (name, field) in fields {
                    if name == "digest" { *field = serde_json::Value::Null } else { clear(field) }
                }
            }
            _ => {}
        }
    }
    match serde_json::from_slice(&bytes) {
        Ok(mut value) => {
            clear(&mut value);
            value.to_string().into()
        }
        Err(_) => bytes,
    }
}

/// Keeps JSON well-formed: zeros stay, so that no number begins with a zero it didn't have.
fn other_digit(byte: u8) -> u8 {
    match byte {
        b'1'..=b'8' => byte + 1,
        b'9' => b'1',
        other => other,
    }
}

async fn whole(payload: Payload) -> Result<Bytes, Failure> {
    Ok(payload.into_body(None).collect().await?.to_bytes())
}
