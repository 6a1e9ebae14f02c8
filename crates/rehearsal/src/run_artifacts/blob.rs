//! The bytes behind signed addresses: a block blob that needs no token.

use crate::http::{Answer, Call, Problem, Reply};
use crate::state::{World, hex};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use http::{Method, StatusCode};

/// Longest block taken, in bytes.
const BLOCK: usize = 128 * 1024 * 1024;

/// Longest block list taken: 50,000 ids.
const LIST: usize = 8 * 1024 * 1024;

/// What a signed address lets its holder do.
#[derive(Debug, Clone, Copy)]
pub(super) enum Right {
    Read,
    Write,
}

/// A signed address.
pub(super) fn address(world: &World, id: u64, right: Right) -> String {
    format!("{}/run-artifacts/{id}?sig={}", world.url, signature(world, id, right))
}

fn signature(world: &World, id: u64, right: Right) -> String {
    hex(&world.secrets.seal(&format!("blob {id} {right:?}")))
}

/// `PUT` and `GET /run-artifacts/{id}`.
pub(crate) async fn serve(call: &mut Call, id: &str) -> Reply {
    let id: u64 = id.parse().map_err(|_| Problem::not_found())?;
    let right = if call.method == Method::PUT { Right::Write } else { Right::Read };
    if call.query.get("sig") != Some(&signature(&call.world, id, right)) {
        return Err(refused(StatusCode::FORBIDDEN, "AuthenticationFailed"));
    }
    // A token has no business here: whoever sends one would send it to a foreign host too.
    if call.headers.contains_key(http::header::AUTHORIZATION) {
        return Err(refused(StatusCode::BAD_REQUEST, "InvalidAuthenticationInfo"));
    }
    let record =
        call.world.artifacts.get(id).ok_or_else(|| refused(StatusCode::NOT_FOUND, "BlobNotFound"))?;
    let part = call.query.get("comp").map(str::to_owned);
    match (call.method.as_str(), part.as_deref()) {
        ("GET", None) => {
            let answer = Answer::file(&call.world.artifacts.bytes_file(id), "application/zip").await?;
            Ok(answer.with("content-disposition", &format!("attachment; filename={}.zip", record.name)))
        }
        ("PUT", Some("block")) if !record.finished => block(call, id).await,
        ("PUT", Some("blocklist")) if !record.finished => block_list(call, id).await,
        _ => Err(refused(StatusCode::BAD_REQUEST, "InvalidOperation")),
    }
}

async fn block(call: &mut Call, id: u64) -> Reply {
    let name = call.query.get("blockid").and_then(|text| STANDARD.decode(text).ok());
    let name = name.filter(|name| !name.is_empty() && name.len() <= 64);
    let name = name.ok_or_else(|| refused(StatusCode::BAD_REQUEST, "InvalidQueryParameterValue"))?;
    let announced = call.content_length();
    let bytes = call.small_body(BLOCK).await?;
    if announced != Some(bytes.len() as u64) || bytes.is_empty() {
        return Err(refused(StatusCode::LENGTH_REQUIRED, "MissingContentLengthHeader"));
    }
    if !call.world.artifacts.put_block(id, &name, &bytes)? {
        return Err(refused(StatusCode::BAD_REQUEST, "InvalidBlobOrBlock"));
    }
    Ok(Answer::empty(StatusCode::CREATED))
}

async fn block_list(call: &mut Call, id: u64) -> Reply {
    let body = call.small_body(LIST).await?;
    let text = String::from_utf8_lossy(&body);
    let invalid = || refused(StatusCode::BAD_REQUEST, "InvalidXmlDocument");
    let (_, inside) = text.split_once("<BlockList>").ok_or_else(invalid)?;
    let (inside, _) = inside.split_once("</BlockList>").ok_or_else(invalid)?;
    let mut blocks = Vec::new();
    let mut rest = inside.trim();
    while !rest.is_empty() {
        let (name, after) = rest
            .strip_prefix("<Latest>")
            .and_then(|rest| rest.split_once("</Latest>"))
            .ok_or_else(invalid)?;
        blocks.push(STANDARD.decode(name).map_err(|_| invalid())?);
        rest = after.trim_start();
    }
    if !call.world.artifacts.commit(id, &blocks)? {
        return Err(refused(StatusCode::BAD_REQUEST, "InvalidBlockList"));
    }
    Ok(Answer::empty(StatusCode::CREATED))
}

/// A refusal in the form of Azure's storage.
fn refused(status: StatusCode, code: &str) -> Problem {
    let body = format!("<?xml version=\"1.0\" encoding=\"utf-8\"?><Error><Code>{code}</Code></Error>");
    Problem(Box::new(Answer::bytes(status, "application/xml", body)))
}
