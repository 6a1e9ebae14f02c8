//! Commit statuses.

use super::input::Input;
use super::release_json::api_base;
use super::time::stamp;
use super::{commits, page, person, repo_json};
use crate::effect::EffectKind;
use crate::http::{Answer, Call, Problem, Reply};
use crate::state::{Repo, RepoCell, Status};
use chrono::Utc;
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// Longest description, in characters.
const DESCRIPTION_LIMIT: usize = 140;

/// A `status`.
fn shown(call: &Call, repo: &Repo, status: &Status) -> Value {
    json!({
        "url": format!("{}/statuses/{}", api_base(call, repo), status.sha),
        "avatar_url": format!("{}/avatars/{}", call.world.url, person::BOT),
        "id": status.id,
        "node_id": person::node("StatusContext", status.id),
        "state": status.state,
        "description": status.description,
        "target_url": status.target_url,
        "context": status.context,
        "created_at": stamp(status.created_at),
        "updated_at": stamp(status.updated_at),
        "creator": person::bot(call),
    })
}

/// `POST statuses/{sha}`.
pub(crate) async fn create(call: &mut Call, cell: &RepoCell, sha: &str) -> Reply {
    call.must_write()?;
    let input = Input(call.json().await?);
    let state = input.required("Status", "state")?;
    if !["error", "failure", "pending", "success"].contains(&state.as_str()) {
        return Err(Problem::field("Status", "invalid", "state"));
    }
    let mut repo = cell.write().await;
    if call.world.git.kind(&repo.git_dir(), sha).await.as_deref() != Some("commit") {
        return Err(Problem::unprocessable(&format!("No commit found for SHA: {sha}")));
    }
    let description = input.plain("description")?;
    if description.as_ref().is_some_and(|words| words.chars().count() > DESCRIPTION_LIMIT) {
        return Err(Problem::custom(
            "Status",
            "description",
            "description is too long (maximum is 140 characters)",
        ));
    }
    let now = Utc::now();
    let status = Status {
        id: call.world.ids.next()?,
        sha: sha.to_owned(),
        state,
        context: input.plain("context")?.unwrap_or_else(|| "default".to_owned()),
        description,
        target_url: input.plain("target_url")?,
        created_at: now,
        updated_at: now,
    };
    repo.put_status(status.clone())?;
    call.effect(
        EffectKind::Status,
        format!("status {} of {} is {}", status.context, &sha[..7], status.state),
    );
    Ok(Answer::created(&shown(call, &repo, &status)))
}

/// `GET commits/{ref}/statuses`, newest first.
pub(crate) async fn list(call: &Call, cell: &RepoCell, name: &str) -> Reply {
    let repo = call.view(cell).await;
    let sha = commits::resolve(call, &repo, name).await.ok_or_else(Problem::not_found)?;
    let all = repo.statuses.values().rev().filter(|status| status.sha == sha);
    page::list(call, all.map(|status| shown(call, &repo, status)).collect())
}

/// `GET commits/{ref}/status`: the last of each context, and what they come to.
pub(crate) async fn combined(call: &Call, cell: &RepoCell, name: &str) -> Reply {
    let repo = call.view(cell).await;
    let sha = commits::resolve(call, &repo, name).await.ok_or_else(Problem::not_found)?;
    let all = repo.statuses.values().filter(|status| status.sha == sha);
    // Ids rise, so the last of a context stays in the map.
    let last: BTreeMap<&str, &Status> = all.map(|status| (status.context.as_str(), status)).collect();
    let any = |wanted: &[&str]| last.values().any(|status| wanted.contains(&status.state.as_str()));
    let state = match (any(&["failure", "error"]), last.is_empty() || any(&["pending"])) {
        (true, _) => "failure",
        (false, true) => "pending",
        (false, false) => "success",
    };
    let api = api_base(call, &repo);
    Ok(Answer::ok(&json!({
        "state": state,
        "statuses": last.values().map(|status| shown(call, &repo, status)).collect::<Vec<_>>(),
        "sha": sha,
        "total_count": last.len(),
        "repository": repo_json::minimal(call, &repo),
        "commit_url": format!("{api}/commits/{sha}"),
        "url": format!("{api}/commits/{sha}/status"),
    })))
}
