//! The table of the REST API.

use super::{
    assets, blobs, checks, code_scanning, comments, commits, contents, environments, issues, labels, notes,
    protection, pulls, refs, releases, releases_write, repos, rulesets, statuses, tags, workflow_runs,
};
use crate::http::{Call, Problem, Reply};
use crate::state::{Caller, RepoCell};
use std::sync::Arc;

/// Hands a call to its handler; an address or a method that isn't served is 404, as on GitHub.
pub(crate) async fn route(call: &mut Call, path: &[&str]) -> Reply {
    let method = call.method.clone();
    match (method.as_str(), path) {
        ("GET", ["rate_limit"]) => repos::rate_limit(call),
        ("GET", ["user"]) => repos::user(call),
        (method, ["repos", owner, name, rest @ ..]) => {
            let cell = visible(call, owner, name).await?;
            in_repo(call, &cell, method, rest).await
        }
        _ => Err(Problem::not_found()),
    }
}

/// The repository, made at the first use by a writer; hidden ones are as good as none.
async fn visible(call: &Call, owner: &str, name: &str) -> Result<Arc<RepoCell>, Problem> {
    if call.caller.writes() {
        return Ok(call.world.repo_or_new(owner, name, (call.method.as_str(), &call.path)).await?);
    }
    let cell = call.world.repo(owner, name).await.ok_or_else(Problem::not_found)?;
    let hidden = call.caller == Caller::Anonymous && cell.read().await.meta.private;
    if hidden { Err(Problem::not_found()) } else { Ok(cell) }
}

async fn in_repo(call: &mut Call, cell: &RepoCell, method: &str, path: &[&str]) -> Reply {
    match (method, path) {
        ("GET", []) => repos::get(call, cell).await,
        ("PATCH", []) => repos::update(call, cell).await,
        ("GET", ["immutable-releases"]) => repos::immutable(call, cell).await,
        ("PUT", ["immutable-releases"]) => repos::set_immutable(call, cell, true).await,
        ("DELETE", ["immutable-releases"]) => repos::set_immutable(call, cell, false).await,
        (method, ["releases", rest @ ..]) => in_releases(call, cell, method, rest).await,
        (method, ["git", rest @ ..]) => in_git(call, cell, method, rest).await,
        (method, ["issues" | "labels", ..]) => in_issues(call, cell, method, path).await,
        ("GET", ["contents", rest @ ..]) => contents::get(call, cell, rest).await,
        ("PUT", ["contents", rest @ ..]) => contents::put(call, cell, rest).await,
        ("DELETE", ["contents", rest @ ..]) => contents::delete(call, cell, rest).await,
        ("GET", ["tags"]) => tags::list(call, cell).await,
        (method, ["branches", branch, "protection", rest @ ..]) => {
            in_protection(call, cell, method, branch, rest).await
        }
        (method, ["rulesets", rest @ ..]) => in_rulesets(call, cell, method, rest).await,
        (method, ["check-runs", rest @ ..]) => in_checks(call, cell, method, rest).await,
        (method, ["code-scanning", rest @ ..]) => in_code_scanning(call, cell, method, rest).await,
        ("GET", ["branches", name @ ..]) if !name.is_empty() => {
            tags::branch(call, cell, &name.join("/")).await
        }
        ("GET", ["compare", basehead @ ..]) => commits::compare(call, cell, &basehead.join("/")).await,
        ("GET", ["commits", rest @ ..]) => in_commits(call, cell, rest).await,
        ("POST", ["statuses", sha]) => statuses::create(call, cell, sha).await,
        (method, ["environments" | "actions", ..]) => in_actions(call, cell, method, path).await,
        _ => Err(Problem::not_found()),
    }
}

async fn in_protection(call: &mut Call, cell: &RepoCell, method: &str, branch: &str, path: &[&str]) -> Reply {
    match (method, path) {
        ("GET", []) => protection::get(call, cell, branch).await,
        ("PUT", []) => protection::put(call, cell, branch).await,
        ("DELETE", []) => protection::delete(call, cell, branch).await,
        ("GET", ["required_status_checks"]) => protection::checks(call, cell, branch).await,
        ("PATCH", ["required_status_checks"]) => protection::require(call, cell, branch).await,
        _ => Err(Problem::not_found()),
    }
}

async fn in_actions(call: &mut Call, cell: &RepoCell, method: &str, path: &[&str]) -> Reply {
    match (method, path) {
        ("GET", ["environments", name]) => environments::get(call, cell, name).await,
        ("PUT", ["environments", name]) => environments::put(call, cell, name).await,
        ("DELETE", ["environments", name]) => environments::delete(call, cell, name).await,
        ("GET", ["actions", "runs", id]) => workflow_runs::get(call, cell, id).await,
        ("GET", ["actions", "runs", id, "approvals"]) => workflow_runs::approvals(call, cell, id).await,
        _ => Err(Problem::not_found()),
    }
}

async fn in_rulesets(call: &mut Call, cell: &RepoCell, method: &str, path: &[&str]) -> Reply {
    match (method, path) {
        ("GET", []) => rulesets::list(call, cell).await,
        ("POST", []) => rulesets::create(call, cell).await,
        ("GET", [id]) => rulesets::get(call, cell, id).await,
        ("PUT", [id]) => rulesets::update(call, cell, id).await,
        ("DELETE", [id]) => rulesets::delete(call, cell, id).await,
        _ => Err(Problem::not_found()),
    }
}

async fn in_checks(call: &mut Call, cell: &RepoCell, method: &str, path: &[&str]) -> Reply {
    match (method, path) {
        ("POST", []) => checks::create(call, cell).await,
        ("GET", [id]) => checks::get(call, cell, id).await,
        ("PATCH", [id]) => checks::update(call, cell, id).await,
        ("GET", [id, "annotations"]) => checks::annotations(call, cell, id).await,
        _ => Err(Problem::not_found()),
    }
}

async fn in_code_scanning(call: &mut Call, cell: &RepoCell, method: &str, path: &[&str]) -> Reply {
    match (method, path) {
        ("POST", ["sarifs"]) => code_scanning::upload(call, cell).await,
        ("GET", ["sarifs", id]) => code_scanning::status(call, cell, id).await,
        ("GET", ["analyses"]) => code_scanning::list(call, cell).await,
        ("GET", ["analyses", id]) => code_scanning::get(call, cell, id).await,
        _ => Err(Problem::not_found()),
    }
}

async fn in_releases(call: &mut Call, cell: &RepoCell, method: &str, path: &[&str]) -> Reply {
    match (method, path) {
        ("GET", []) => releases::list(call, cell).await,
        ("POST", []) => releases_write::create(call, cell).await,
        ("POST", ["generate-notes"]) => notes::generate(call, cell).await,
        ("GET", ["latest"]) => releases::latest(call, cell).await,
        ("GET", ["tags", tag @ ..]) => releases::by_tag(call, cell, &tag.join("/")).await,
        ("GET", ["assets", id]) => assets::get(call, cell, id).await,
        ("PATCH", ["assets", id]) => assets::update(call, cell, id).await,
        ("DELETE", ["assets", id]) => assets::delete(call, cell, id).await,
        ("GET", [id]) => releases::get(call, cell, id).await,
        ("PATCH", [id]) => releases_write::update(call, cell, id).await,
        ("DELETE", [id]) => releases_write::delete(call, cell, id).await,
        ("GET", [id, "assets"]) => assets::list(call, cell, id).await,
        _ => Err(Problem::not_found()),
    }
}

async fn in_commits(call: &Call, cell: &RepoCell, path: &[&str]) -> Reply {
    match path {
        [] => commits::list(call, cell).await,
        [name @ .., "pulls"] => pulls::of_commit(call, cell, &name.join("/")).await,
        [name @ .., "check-runs"] => checks::list(call, cell, &name.join("/")).await,
        [name @ .., "status"] => statuses::combined(call, cell, &name.join("/")).await,
        [name @ .., "statuses"] => statuses::list(call, cell, &name.join("/")).await,
        name => commits::get(call, cell, &name.join("/")).await,
    }
}

async fn in_git(call: &mut Call, cell: &RepoCell, method: &str, path: &[&str]) -> Reply {
    match (method, path) {
        ("GET", ["ref", name @ ..]) => refs::get(call, cell, &name.join("/")).await,
        ("GET", ["matching-refs" | "refs", prefix @ ..]) => {
            refs::matching(call, cell, &prefix.join("/")).await
        }
        ("POST", ["refs"]) => refs::create(call, cell).await,
        ("PATCH", ["refs", name @ ..]) => refs::update(call, cell, &name.join("/")).await,
        ("DELETE", ["refs", name @ ..]) => refs::delete(call, cell, &name.join("/")).await,
        ("POST", ["tags"]) => tags::create(call, cell).await,
        ("GET", ["tags", sha]) => tags::get(call, cell, sha).await,
        ("GET", ["commits", sha]) => commits::object(call, cell, sha).await,
        ("POST", ["blobs"]) => blobs::create(call, cell).await,
        ("GET", ["blobs", sha]) => blobs::get(call, cell, sha).await,
        _ => Err(Problem::not_found()),
    }
}

async fn in_issues(call: &mut Call, cell: &RepoCell, method: &str, path: &[&str]) -> Reply {
    match (method, path) {
        ("GET", ["labels"]) => labels::list(call, cell).await,
        ("POST", ["labels"]) => labels::create(call, cell).await,
        ("GET", ["labels", name]) => labels::get(call, cell, name).await,
        ("PATCH", ["labels", name]) => labels::update(call, cell, name).await,
        ("DELETE", ["labels", name]) => labels::delete(call, cell, name).await,
        ("GET", ["issues"]) => issues::list(call, cell).await,
        ("POST", ["issues"]) => issues::create(call, cell).await,
        ("GET", ["issues", "comments", id]) => comments::get(call, cell, id).await,
        ("PATCH", ["issues", "comments", id]) => comments::update(call, cell, id).await,
        ("DELETE", ["issues", "comments", id]) => comments::delete(call, cell, id).await,
        ("GET", ["issues", number]) => issues::get(call, cell, number).await,
        ("PATCH", ["issues", number]) => issues::update(call, cell, number).await,
        ("GET", ["issues", number, "comments"]) => comments::list(call, cell, number).await,
        ("POST", ["issues", number, "comments"]) => comments::create(call, cell, number).await,
        ("GET", ["issues", number, "labels"]) => labels::of_issue(call, cell, number).await,
        ("POST" | "PUT" | "DELETE", ["issues", number, "labels"]) => labels::set(call, cell, number).await,
        _ => Err(Problem::not_found()),
    }
}
