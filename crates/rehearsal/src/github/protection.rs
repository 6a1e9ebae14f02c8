//! Classic protection of branches. What was asked for is kept, and shown in the richer form of answers.

use super::input::Input;
use super::person;
use super::release_json::{api_base, segment};
use crate::effect::EffectKind;
use crate::http::{Answer, Call, Problem, Reply};
use crate::state::{Repo, RepoCell};
use http::StatusCode;
use serde_json::{Map, Value, json};

/// What has to be in the body, if only as null.
const REQUIRED: [&str; 4] =
    ["required_status_checks", "enforce_admins", "required_pull_request_reviews", "restrictions"];

/// Switches beside them.
const SWITCHES: [&str; 8] = [
    "required_linear_history",
    "allow_force_pushes",
    "allow_deletions",
    "block_creations",
    "required_conversation_resolution",
    "lock_branch",
    "allow_fork_syncing",
    "required_signatures",
];

/// What GitHub says of a branch that nothing protects (recorded/branch-protection.json of octokit/fixtures).
fn open() -> Problem {
    Problem::new(StatusCode::NOT_FOUND, "Branch not protected")
}

fn known(repo: &Repo, branch: &str) -> Result<(), Problem> {
    match repo.refs.contains_key(&format!("refs/heads/{branch}")) {
        true => Ok(()),
        false => Err(Problem::new(StatusCode::NOT_FOUND, "Branch not found")),
    }
}

/// `GET branches/{branch}/protection`.
pub(crate) async fn get(call: &Call, cell: &RepoCell, branch: &str) -> Reply {
    call.must_administer()?;
    let repo = call.view(cell).await;
    known(&repo, branch)?;
    let kept = repo.meta.protections.get(branch).ok_or_else(open)?;
    Ok(Answer::ok(&shown(call, &repo, branch, kept)))
}

/// `PUT branches/{branch}/protection`: takes the place of all there was.
pub(crate) async fn put(call: &mut Call, cell: &RepoCell, branch: &str) -> Reply {
    call.must_administer()?;
    let Input(body) = Input(call.json().await?);
    for name in REQUIRED {
        if !body.contains_key(name) {
            return Err(Problem::unprocessable(&format!("Invalid request.\n\n\"{name}\" wasn't supplied.")));
        }
    }
    let mut repo = cell.write().await;
    known(&repo, branch)?;
    let mut body = Value::Object(body);
    if !body["required_status_checks"].is_null() {
        body["required_status_checks"] = checks_of(&body["required_status_checks"], &Value::Null)?;
    }
    keep(&mut repo, branch, Some(body.clone()))?;
    call.effect(EffectKind::RepoChanged, format!("protection of {branch} written"));
    Ok(Answer::ok(&shown(call, &repo, branch, &body)))
}

/// `DELETE branches/{branch}/protection`.
pub(crate) async fn delete(call: &Call, cell: &RepoCell, branch: &str) -> Reply {
    call.must_administer()?;
    let mut repo = cell.write().await;
    repo.meta.protections.get(branch).ok_or_else(open)?;
    keep(&mut repo, branch, None)?;
    call.effect(EffectKind::RepoChanged, format!("protection of {branch} removed"));
    Ok(Answer::no_content())
}

/// `GET …/required_status_checks`.
pub(crate) async fn checks(call: &Call, cell: &RepoCell, branch: &str) -> Reply {
    call.must_administer()?;
    let repo = call.view(cell).await;
    let kept = &repo.meta.protections.get(branch).ok_or_else(open)?["required_status_checks"];
    if kept.is_null() {
        return Err(Problem::new(StatusCode::NOT_FOUND, "Required status checks not enabled"));
    }
    Ok(Answer::ok(&shown_checks(&at(call, &repo, branch), kept)))
}

/// `PATCH …/required_status_checks`: what is not named stays.
pub(crate) async fn require(call: &mut Call, cell: &RepoCell, branch: &str) -> Reply {
    call.must_administer()?;
    let body = Value::Object(call.json().await?);
    let mut repo = cell.write().await;
    let mut kept = repo.meta.protections.get(branch).ok_or_else(open)?.clone();
    if kept["required_status_checks"].is_null() {
        return Err(Problem::new(StatusCode::NOT_FOUND, "Required status checks not enabled"));
    }
    kept["required_status_checks"] = checks_of(&body, &kept["required_status_checks"])?;
    keep(&mut repo, branch, Some(kept.clone()))?;
    call.effect(EffectKind::RepoChanged, format!("required checks of {branch} changed"));
    Ok(Answer::ok(&shown_checks(&at(call, &repo, branch), &kept["required_status_checks"])))
}

fn keep(repo: &mut Repo, branch: &str, kept: Option<Value>) -> Result<(), Problem> {
    let mut meta = repo.meta.clone();
    match kept {
        Some(kept) => meta.protections.insert(branch.to_owned(), kept),
        None => meta.protections.remove(branch),
    };
    Ok(repo.put_meta(meta)?)
}

/// Required checks as they are kept: `checks` win over the older `contexts`.
fn checks_of(given: &Value, before: &Value) -> Result<Value, Problem> {
    let wrong = || Problem::unprocessable("Invalid request.\n\nNo subschema in \"anyOf\" matched.");
    let one = |check: &Value| {
        let context = check["context"].as_str().filter(|context| !context.is_empty()).ok_or_else(wrong)?;
        // -1 is any app, and so is what says none.
        let app = check["app_id"].as_i64().filter(|id| *id >= 0);
        Ok(json!({"context": context, "app_id": app}))
    };
    let checks = if let Some(checks) = given["checks"].as_array() {
        checks.iter().map(one).collect::<Result<Vec<_>, Problem>>()?
    } else if let Some(contexts) = given["contexts"].as_array() {
        contexts.iter().map(|context| one(&json!({ "context": context }))).collect::<Result<_, _>>()?
    } else {
        before["checks"].as_array().cloned().unwrap_or_default()
    };
    let strict = given["strict"].as_bool().or(before["strict"].as_bool()).unwrap_or(false);
    Ok(json!({"strict": strict, "checks": checks}))
}

fn at(call: &Call, repo: &Repo, branch: &str) -> String {
    format!("{}/branches/{}/protection", api_base(call, repo), segment(branch))
}

fn shown_checks(at: &str, kept: &Value) -> Value {
    let checks = kept["checks"].as_array().cloned().unwrap_or_default();
    json!({
        "url": format!("{at}/required_status_checks"),
        "contexts_url": format!("{at}/required_status_checks/contexts"),
        "strict": kept["strict"].as_bool().unwrap_or(false),
        "contexts": checks.iter().map(|check| check["context"].clone()).collect::<Vec<_>>(),
        "checks": checks,
    })
}

/// A `branch-protection`.
fn shown(call: &Call, repo: &Repo, branch: &str, kept: &Value) -> Value {
    let at = at(call, repo, branch);
    let mut all = Map::from_iter([("url".to_owned(), json!(at))]);
    let admins = kept["enforce_admins"].as_bool().unwrap_or(false);
    all.insert("enforce_admins".into(), json!({"url": format!("{at}/enforce_admins"), "enabled": admins}));
    for name in SWITCHES {
        let on = kept[name].as_bool().unwrap_or(false);
        all.insert(name.into(), json!({ "enabled": on }));
    }
    all["required_signatures"]["url"] = json!(format!("{at}/required_signatures"));
    if !kept["required_status_checks"].is_null() {
        all.insert("required_status_checks".into(), shown_checks(&at, &kept["required_status_checks"]));
    }
    if let Value::Object(reviews) = &kept["required_pull_request_reviews"] {
        all.insert("required_pull_request_reviews".into(), shown_reviews(call, &at, reviews));
    }
    if let Value::Object(limits) = &kept["restrictions"] {
        all.insert("restrictions".into(), who(call, &format!("{at}/restrictions"), &json!(limits), true));
    }
    Value::Object(all)
}

fn shown_reviews(call: &Call, at: &str, kept: &Map<String, Value>) -> Value {
    let at = format!("{at}/required_pull_request_reviews");
    let flag = |name: &str| kept.get(name).and_then(Value::as_bool).unwrap_or(false);
    let mut shown = json!({
        "url": at,
        "dismiss_stale_reviews": flag("dismiss_stale_reviews"),
        "require_code_owner_reviews": flag("require_code_owner_reviews"),
        "require_last_push_approval": flag("require_last_push_approval"),
        "required_approving_review_count": kept.get("required_approving_review_count").cloned().unwrap_or(json!(1)),
    });
    if let Some(limits) =
        kept.get("dismissal_restrictions").filter(|limits| limits.as_object().is_some_and(|o| !o.is_empty()))
    {
        shown["dismissal_restrictions"] = who(call, &format!("{at}/dismissal_restrictions"), limits, true);
    }
    if let Some(allowed) = kept.get("bypass_pull_request_allowances") {
        shown["bypass_pull_request_allowances"] = who(call, &at, allowed, false);
    }
    shown
}

/// People, teams and apps by their names.
fn who(call: &Call, at: &str, kept: &Value, addresses: bool) -> Value {
    let names = |name: &str| kept[name].as_array().cloned().unwrap_or_default();
    let each = |name: &str, show: &dyn Fn(&str) -> Value| -> Vec<Value> {
        names(name).iter().filter_map(Value::as_str).map(show).collect()
    };
    let mut shown = json!({
        "users": each("users", &|login| person::user(call, login)),
        "teams": each("teams", &|slug| team(call, slug)),
        "apps": each("apps", &|slug| app(call, slug)),
    });
    if addresses {
        for name in ["users", "teams", "apps"] {
            shown[format!("{name}_url")] = json!(format!("{at}/{name}"));
        }
        shown["url"] = json!(at);
    }
    shown
}

/// A `team`.
fn team(call: &Call, slug: &str) -> Value {
    let at = format!("{}/teams/{slug}", call.api);
    json!({
        "id": 1, "node_id": person::node("Team", 1), "url": at, "name": slug, "slug": slug, "description": null,
        "permission": "push", "privacy": "closed", "html_url": at, "members_url": format!("{at}/members{{/member}}"),
        "repositories_url": format!("{at}/repos"), "parent": null, "type": "organization",
    })
}

/// An `integration`.
fn app(call: &Call, slug: &str) -> Value {
    let at = format!("{}/apps/{slug}", call.world.url);
    json!({
        "id": 1, "node_id": person::node("App", 1), "slug": slug, "owner": person::user(call, "apps"), "name": slug,
        "description": "", "external_url": at, "html_url": at, "created_at": "2018-07-30T09:30:17Z",
        "updated_at": "2018-07-30T09:30:17Z", "permissions": {}, "events": [],
    })
}
