//! What all API answers have in common: tokens, rate limits, request ids, entity tags.

use super::{router, upload};
use crate::http::{Answer, Call, Payload, Problem, Reply};
use crate::state::{Budget, hex};
use chrono::Utc;
use http::{Method, StatusCode};
use serde_json::json;
use sha2::{Digest, Sha256};

/// A call of the REST API.
pub(crate) async fn api(call: &mut Call, path: &[&str]) -> Reply {
    let cost = u32::from(path != ["rate_limit"]);
    let reply = match admitted(call, cost) {
        Ok(()) => router::route(call, path).await,
        Err(problem) => Err(problem),
    };
    Ok(dressed(call, reply))
}

/// An upload; GitHub counts it as two calls (softprops/action-gh-release#261).
pub(crate) async fn uploads(call: &mut Call, path: &[&str]) -> Reply {
    let reply = match (admitted(call, 2), path) {
        (Err(problem), _) => Err(problem),
        (Ok(()), ["repos", owner, name, "releases", id, "assets"]) if call.method == Method::POST => {
            upload::upload(call, owner, name, id).await
        }
        _ => Err(Problem::not_found()),
    };
    Ok(dressed(call, reply))
}

/// Lets in who has a good token or none, as long as the hour's calls last.
fn admitted(call: &Call, cost: u32) -> Result<(), Problem> {
    if !known_token(call) {
        return Err(Problem::bad_credentials());
    }
    match call.world.rate.spend(call.caller, cost) {
        Ok(_) => Ok(()),
        Err(_) => Err(exceeded()),
    }
}

/// Puts on the answer what every API answer carries.
fn dressed(call: &Call, reply: Reply) -> Answer {
    let mut answer = match reply {
        Ok(answer) => answer,
        Err(Problem(answer)) => *answer,
    };
    if call.method == Method::GET && answer.status == StatusCode::OK {
        answer = tagged(call, answer);
        if answer.status == StatusCode::NOT_MODIFIED {
            call.world.rate.refund(call.caller);
        }
    }
    let budget = call.world.rate.spend(call.caller, 0).unwrap_or_else(|budget| budget);
    headers(call, answer, budget)
}

/// A request without a token is anonymous; one with tokens needs a token that somebody has.
fn known_token(call: &Call) -> bool {
    call.caller != crate::state::Caller::Anonymous || !call.headers.contains_key(http::header::AUTHORIZATION)
}

fn exceeded() -> Problem {
    let body = json!({
        "message": "API rate limit exceeded for installation ID 1.",
        "documentation_url": "https://docs.github.com/rest/overview/rate-limits-for-the-rest-api",
        "status": "403",
    });
    Problem(Box::new(Answer::json(StatusCode::FORBIDDEN, &body)))
}

/// Sets the entity tag and answers 304 to who has it already.
fn tagged(call: &Call, answer: Answer) -> Answer {
    let Payload::Bytes(bytes) = &answer.payload else { return answer };
    let tag = format!("\"{}\"", hex(&Sha256::digest(bytes)));
    let known = call.header("if-none-match").is_some_and(|list| {
        list.split(',').any(|item| item.trim().trim_start_matches("W/") == tag || item.trim() == "*")
    });
    if known {
        return Answer::empty(StatusCode::NOT_MODIFIED).with("etag", &tag);
    }
    answer.with("etag", &tag).with("cache-control", "private, max-age=60, s-maxage=60")
}

fn headers(call: &Call, answer: Answer, budget: Budget) -> Answer {
    answer
        .with("date", &Utc::now().format("%a, %d %b %Y %H:%M:%S GMT").to_string())
        .with("x-github-request-id", &call.request_id)
        .with("x-github-media-type", "github.v3; format=json")
        .with("x-github-api-version-selected", "2022-11-28")
        .with("x-ratelimit-limit", &budget.limit.to_string())
        .with("x-ratelimit-remaining", &budget.remaining().to_string())
        .with("x-ratelimit-used", &budget.used.to_string())
        .with("x-ratelimit-reset", &budget.reset.to_string())
        .with("x-ratelimit-resource", "core")
}
