//! The calls of the service, in Twirp's JSON form.

use super::blob::{self, Right};
use super::shelf::{Record, measure};
use super::token::{self, Scope};
use crate::http::{Answer, Call, Problem, Reply, tokens};
use chrono::{SecondsFormat, Utc};
use http::{Method, StatusCode};
use serde_json::{Map, Value, json};

/// The one service.
const SERVICE: &str = "github.actions.results.api.v1.ArtifactService";

/// Forms of `CreateArtifact` that are taken.
const VERSIONS: std::ops::RangeInclusive<i64> = 4..=7;

/// `POST /twirp/{service}/{method}`.
pub(crate) async fn route(call: &mut Call, service: &str, method: &str) -> Reply {
    if call.method != Method::POST || service != SERVICE {
        return Err(refused(StatusCode::NOT_FOUND, "bad_route", "no such service"));
    }
    let scope = tokens(&call.headers).iter().find_map(|text| token::read(&call.world, text));
    let scope = scope
        .ok_or_else(|| refused(StatusCode::UNAUTHORIZED, "unauthenticated", "the token is not valid"))?;
    let body = Body(call.json().await?);
    // A token is good for its own run only, whatever the body says.
    if body.text("workflow_run_backend_id") != scope.run {
        return Err(refused(StatusCode::FORBIDDEN, "permission_denied", "the token is of another run"));
    }
    match method {
        "CreateArtifact" => create(call, &scope, &body),
        "FinalizeArtifact" => finalize(call, &scope, &body),
        "ListArtifacts" => Ok(list(call, &scope, &body)),
        "GetSignedArtifactURL" => signed(call, &scope, &body),
        "DeleteArtifact" => delete(call, &scope, &body),
        _ => Err(refused(StatusCode::NOT_FOUND, "bad_route", "no such method")),
    }
}

/// A request's fields, which may be written in snake case or in camel case (protobuf's JSON mapping).
struct Body(Map<String, Value>);

impl Body {
    fn field(&self, name: &str) -> Option<&Value> {
        self.0.get(name).or_else(|| self.0.get(&camel(name)))
    }

    fn text(&self, name: &str) -> &str {
        self.field(name).and_then(Value::as_str).unwrap_or_default()
    }

    /// A 64-bit number, which is written as text.
    fn number(&self, name: &str) -> Option<u64> {
        let value = self.field(name)?;
        value.as_u64().or_else(|| value.as_str()?.parse().ok())
    }
}

fn camel(name: &str) -> String {
    let mut parts = name.split('_');
    let mut camel = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        camel.push_str(&part[..1].to_ascii_uppercase());
        camel.push_str(&part[1..]);
    }
    camel
}

fn create(call: &Call, scope: &Scope, body: &Body) -> Reply {
    let version = body.field("version").and_then(Value::as_i64).unwrap_or(0);
    let name = body.text("name");
    let illegal = |c: char| c.is_control() || "\":<>|*?\\/".contains(c);
    if name.is_empty() || name.contains(illegal) || !VERSIONS.contains(&version) {
        return Err(invalid("name or version"));
    }
    let record = Record {
        id: call.world.ids.next()?,
        run: scope.run.clone(),
        job: scope.job.clone(),
        name: name.to_owned(),
        size: 0,
        digest: None,
        created_at: Utc::now(),
        finished: false,
    };
    let id = record.id;
    if !call.world.artifacts.begin(record)? {
        let words = "an artifact with this name already exists on the workflow run";
        return Err(refused(StatusCode::CONFLICT, "already_exists", words));
    }
    Ok(Answer::ok(&json!({"ok": true, "signed_upload_url": blob::address(&call.world, id, Right::Write)})))
}

fn finalize(call: &Call, scope: &Scope, body: &Body) -> Reply {
    let shelf = &call.world.artifacts;
    let record = shelf.find(&scope.run, body.text("name")).ok_or_else(none)?;
    if !record.finished {
        let bytes = measure(&shelf.bytes_file(record.id))?;
        let (size, digest) = bytes.ok_or_else(|| invalid("nothing was uploaded"))?;
        let hash = body.text("hash");
        if body.number("size") != Some(size) || (!hash.is_empty() && hash != format!("sha256:{digest}")) {
            return Err(invalid("size or hash is not that of the blob"));
        }
        shelf.finish(record.clone(), size, digest)?;
    }
    Ok(Answer::ok(&json!({"ok": true, "artifact_id": record.id.to_string()})))
}

fn list(call: &Call, scope: &Scope, body: &Body) -> Answer {
    let (name, id) = (body.text("name_filter"), body.number("id_filter"));
    let fits = |record: &Record| {
        (name.is_empty() || record.name == name) && id.is_none_or(|wanted| record.id == wanted)
    };
    let show = |record: &Record| {
        json!({
            "workflow_run_backend_id": record.run,
            "workflow_job_run_backend_id": record.job,
            "database_id": record.id.to_string(),
            "name": record.name,
            "size": record.size.to_string(),
            "created_at": record.created_at.to_rfc3339_opts(SecondsFormat::Millis, true),
            "digest": record.digest,
        })
    };
    let records = call.world.artifacts.of_run(&scope.run);
    let artifacts: Vec<Value> = records.iter().filter(|record| fits(record)).map(show).collect();
    Answer::ok(&json!({"artifacts": artifacts}))
}

fn signed(call: &Call, scope: &Scope, body: &Body) -> Reply {
    let record = call.world.artifacts.find(&scope.run, body.text("name"));
    let record = record.filter(|record| record.finished).ok_or_else(none)?;
    Ok(Answer::ok(&json!({"signed_url": blob::address(&call.world, record.id, Right::Read)})))
}

fn delete(call: &Call, scope: &Scope, body: &Body) -> Reply {
    let record = call.world.artifacts.find(&scope.run, body.text("name")).ok_or_else(none)?;
    call.world.artifacts.remove(record.id)?;
    Ok(Answer::ok(&json!({"ok": true, "artifact_id": record.id.to_string()})))
}

fn none() -> Problem {
    refused(StatusCode::NOT_FOUND, "not_found", "no such artifact in this run")
}

fn invalid(what: &str) -> Problem {
    refused(StatusCode::BAD_REQUEST, "invalid_argument", what)
}

/// A refusal as Twirp writes it.
fn refused(status: StatusCode, code: &str, words: &str) -> Problem {
    Problem(Box::new(Answer::json(status, &json!({"code": code, "msg": words}))))
}

#[cfg(test)]
mod tests {
    #[test]
    fn protobufs_two_ways_to_write_a_name() {
        assert_eq!(super::camel("workflow_run_backend_id"), "workflowRunBackendId");
        assert_eq!(super::camel("name"), "name");
    }
}
