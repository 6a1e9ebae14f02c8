//! The repository itself, its immutable-releases setting, the caller, the rate limit.

use super::input::Input;
use super::{person, repo_json};
use crate::effect::EffectKind;
use crate::http::{Answer, Call, Problem, Reply};
use crate::state::{Caller, RepoCell};
use chrono::Utc;
use serde_json::{Value, json};

/// `GET /repos/{owner}/{repo}`.
pub(crate) async fn get(call: &Call, cell: &RepoCell) -> Reply {
    Ok(Answer::ok(&repo_json::full(call, &*call.view(cell).await)))
}

/// `PATCH /repos/{owner}/{repo}`: what settings this forge has.
pub(crate) async fn update(call: &mut Call, cell: &RepoCell) -> Reply {
    call.must_write()?;
    let input = Input(call.json().await?);
    let mut repo = cell.write().await;
    let mut meta = repo.meta.clone();
    if let Some(description) = input.text("description")? {
        meta.description = description;
    }
    if let Some(homepage) = input.text("homepage")? {
        meta.homepage = homepage;
    }
    if let Some(branch) = input.plain("default_branch")? {
        if !repo.refs.contains_key(&format!("refs/heads/{branch}")) {
            let message = format!(
                "The branch {branch} was not found. Please push that ref first or create it via the Git Data API."
            );
            return Err(Problem::custom("Repository", "default_branch", &message));
        }
        call.world.git.set_head(&repo.git_dir(), &branch).await?;
        meta.default_branch = branch;
    }
    meta.private = match input.plain("visibility")?.as_deref() {
        Some("private" | "internal") => true,
        Some("public") => false,
        Some(_) => return Err(Problem::field("Repository", "invalid", "visibility")),
        None => input.flag("private")?.unwrap_or(meta.private),
    };
    meta.has_issues = input.flag("has_issues")?.unwrap_or(meta.has_issues);
    meta.archived = input.flag("archived")?.unwrap_or(meta.archived);
    meta.updated_at = Utc::now();
    repo.put_meta(meta)?;
    let words = format!("settings of {}/{} changed", repo.meta.owner, repo.meta.name);
    call.effect(EffectKind::RepoChanged, words);
    Ok(Answer::ok(&repo_json::full(call, &repo)))
}

/// `GET immutable-releases`: 404 where they are off.
pub(crate) async fn immutable(call: &Call, cell: &RepoCell) -> Reply {
    call.must_write()?;
    match call.view(cell).await.meta.immutable_releases {
        true => Ok(Answer::ok(&json!({"enabled": true, "enforced_by_owner": false}))),
        false => Err(Problem::not_found()),
    }
}

/// `PUT` and `DELETE immutable-releases`.
pub(crate) async fn set_immutable(call: &Call, cell: &RepoCell, on: bool) -> Reply {
    call.must_write()?;
    let mut repo = cell.write().await;
    let mut meta = repo.meta.clone();
    if meta.immutable_releases != on {
        meta.immutable_releases = on;
        repo.put_meta(meta)?;
        let words = format!("immutable releases switched {}", if on { "on" } else { "off" });
        call.effect(EffectKind::RepoChanged, words);
    }
    Ok(Answer::no_content())
}

/// `GET /user`.
pub(crate) fn user(call: &Call) -> Reply {
    if call.caller == Caller::Anonymous {
        return Err(Problem::requires_authentication());
    }
    // "Resource not accessible by integration": an app is no user.
    if call.caller != Caller::Admin {
        return Err(Problem::forbidden());
    }
    let mut user = person::user(call, person::caller(call));
    let rest = json!({
        "name": null, "company": null, "blog": "", "location": null, "email": null, "hireable": null, "bio": null,
        "twitter_username": null, "public_repos": 0, "public_gists": 0, "followers": 0, "following": 0,
        "created_at": "2018-07-30T09:30:17Z", "updated_at": "2018-07-30T09:30:17Z",
    });
    if let (Value::Object(user), Value::Object(rest)) = (&mut user, rest) {
        user.extend(rest);
    }
    Ok(Answer::ok(&user))
}

/// `GET /rate_limit`: doesn't count itself.
pub(crate) fn rate_limit(call: &Call) -> Reply {
    let budget = call.world.rate.spend(call.caller, 0).unwrap_or_else(|budget| budget);
    let core = json!({
        "limit": budget.limit, "used": budget.used, "remaining": budget.remaining(), "reset": budget.reset,
    });
    let search = json!({"limit": 30, "used": 0, "remaining": 30, "reset": budget.reset});
    Ok(Answer::ok(&json!({"resources": {"core": core, "search": search}, "rate": core})))
}
