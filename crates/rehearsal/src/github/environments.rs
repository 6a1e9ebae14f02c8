//! Environments: what a job waits for before it begins.

use super::input::Input;
use super::person;
use super::release_json::{api_base, html_base, segment};
use super::time::stamp;
use crate::effect::EffectKind;
use crate::http::{Answer, Call, Problem, Reply};
use crate::state::{Environment, Repo, RepoCell};
use chrono::Utc;
use serde_json::{Value, json};

/// GitHub takes no more reviewers.
const MOST_REVIEWERS: usize = 6;

fn find<'a>(repo: &'a Repo, name: &str) -> Result<&'a Environment, Problem> {
    repo.meta.environments.get(&name.to_lowercase()).ok_or_else(Problem::not_found)
}

/// An `environment`.
fn shown(call: &Call, repo: &Repo, kept: &Environment) -> Value {
    let path = segment(&kept.name);
    let mut rules = Vec::new();
    if !kept.reviewers.is_empty() {
        let one = |login: &String| json!({ "type": "User", "reviewer": person::user(call, login) });
        rules.push(json!({
            "id": kept.id + 1,
            "node_id": person::node("Gate", kept.id + 1),
            "type": "required_reviewers",
            "prevent_self_review": kept.prevent_self_review,
            "reviewers": kept.reviewers.iter().map(one).collect::<Vec<_>>(),
        }));
    }
    json!({
        "id": kept.id,
        "node_id": person::node("Environment", kept.id),
        "name": kept.name,
        "url": format!("{}/environments/{path}", api_base(call, repo)),
        "html_url": format!("{}/deployments/activity_log?environments_filter={path}", html_base(call, repo)),
        "created_at": stamp(kept.created_at),
        "updated_at": stamp(kept.updated_at),
        "protection_rules": rules,
        "deployment_branch_policy": null,
    })
}

/// The part of an environment that a review of a run shows.
pub(crate) fn reviewed(call: &Call, repo: &Repo, name: &str) -> Value {
    let Ok(kept) = find(repo, name) else { return json!({ "name": name }) };
    let mut shown = shown(call, repo, kept);
    if let Value::Object(fields) = &mut shown {
        fields.remove("protection_rules");
        fields.remove("deployment_branch_policy");
    }
    shown
}

/// `GET environments/{name}`.
pub(crate) async fn get(call: &Call, cell: &RepoCell, name: &str) -> Reply {
    let repo = call.view(cell).await;
    Ok(Answer::ok(&shown(call, &repo, find(&repo, name)?)))
}

/// `PUT environments/{name}`: makes it, or changes what is named.
pub(crate) async fn put(call: &mut Call, cell: &RepoCell, name: &str) -> Reply {
    call.must_administer()?;
    let input = Input(call.json().await?);
    let mut repo = cell.write().await;
    let now = Utc::now();
    let mut kept = match find(&repo, name) {
        Ok(kept) => kept.clone(),
        Err(_) => Environment {
            id: call.world.ids.next()?,
            name: name.to_owned(),
            reviewers: Vec::new(),
            prevent_self_review: false,
            created_at: now,
            updated_at: now,
        },
    };
    if let Some(reviewers) = input.0.get("reviewers") {
        kept.reviewers = reviewers_of(&repo, reviewers)?;
    }
    if let Some(on) = input.flag("prevent_self_review")? {
        kept.prevent_self_review = on;
    }
    kept.updated_at = now;
    keep(&mut repo, name, Some(kept.clone()))?;
    call.effect(EffectKind::RepoChanged, format!("environment {name} written"));
    Ok(Answer::ok(&shown(call, &repo, &kept)))
}

/// `DELETE environments/{name}`.
pub(crate) async fn delete(call: &Call, cell: &RepoCell, name: &str) -> Reply {
    call.must_administer()?;
    let mut repo = cell.write().await;
    find(&repo, name)?;
    keep(&mut repo, name, None)?;
    call.effect(EffectKind::RepoChanged, format!("environment {name} deleted"));
    Ok(Answer::no_content())
}

/// The logins behind the numbers: those of accounts that this forge was told of.
fn reviewers_of(repo: &Repo, reviewers: &Value) -> Result<Vec<String>, Problem> {
    let Value::Array(list) = reviewers else { return Ok(Vec::new()) };
    if list.len() > MOST_REVIEWERS {
        return Err(Problem::unprocessable(&format!("At most {MOST_REVIEWERS} reviewers are allowed")));
    }
    let known: Vec<&str> =
        repo.meta.accounts.values().map(String::as_str).chain([person::BOT, person::ADMIN]).collect();
    let login = |one: &Value| {
        let id = one["id"].as_u64().filter(|_| one["type"] == "User");
        let login = id.and_then(|id| known.iter().find(|login| person::id(login) == id));
        let refused = || Problem::unprocessable("Failed to update the environment: no such reviewer");
        login.map(|login| (*login).to_owned()).ok_or_else(refused)
    };
    list.iter().map(login).collect()
}

fn keep(repo: &mut Repo, name: &str, kept: Option<Environment>) -> Result<(), Problem> {
    let mut meta = repo.meta.clone();
    match kept {
        Some(kept) => meta.environments.insert(name.to_lowercase(), kept),
        None => meta.environments.remove(&name.to_lowercase()),
    };
    Ok(repo.put_meta(meta)?)
}
