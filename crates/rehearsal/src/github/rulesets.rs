//! Rulesets of a repository.

use super::input::Input;
use super::page;
use super::person;
use super::release_json::{api_base, html_base};
use crate::effect::EffectKind;
use crate::http::{Answer, Call, Problem, Reply};
use crate::state::{Caller, Repo, RepoCell};
use chrono::Utc;
use serde_json::{Map, Value, json};

/// What a body may hold, and what stands for it where it does not.
const FIELDS: [&str; 6] = ["name", "target", "enforcement", "bypass_actors", "conditions", "rules"];

fn find<'a>(repo: &'a Repo, id: &str) -> Result<(u64, &'a Value), Problem> {
    let id: u64 = id.parse().map_err(|_| Problem::not_found())?;
    repo.meta.rulesets.get(&id).map(|kept| (id, kept)).ok_or_else(Problem::not_found)
}

/// A `repository-ruleset`. Who may pass it by is shown to administrators alone.
fn shown(call: &Call, kept: &Value, whole: bool) -> Value {
    let mut shown = kept.clone();
    if let Value::Object(fields) = &mut shown {
        let hidden: &[&str] = match (whole, call.caller) {
            (true, Caller::Admin) => &[],
            (true, _) => &["bypass_actors"],
            (false, _) => &["bypass_actors", "conditions", "rules"],
        };
        fields.retain(|name, _| !hidden.contains(&name.as_str()));
    }
    shown
}

/// `GET rulesets`: without their rules.
pub(crate) async fn list(call: &Call, cell: &RepoCell) -> Reply {
    let repo = call.view(cell).await;
    page::list(call, repo.meta.rulesets.values().map(|kept| shown(call, kept, false)).collect())
}

/// `GET rulesets/{id}`.
pub(crate) async fn get(call: &Call, cell: &RepoCell, id: &str) -> Reply {
    let repo = call.view(cell).await;
    Ok(Answer::ok(&shown(call, find(&repo, id)?.1, true)))
}

/// `POST rulesets`.
pub(crate) async fn create(call: &mut Call, cell: &RepoCell) -> Reply {
    call.must_administer()?;
    let input = Input(call.json().await?);
    let (name, enforcement) = (input.required("Ruleset", "name")?, input.required("Ruleset", "enforcement")?);
    if !["disabled", "active", "evaluate"].contains(&enforcement.as_str()) {
        return Err(Problem::field("Ruleset", "invalid", "enforcement"));
    }
    let mut repo = cell.write().await;
    if repo.meta.rulesets.values().any(|kept| kept["name"] == name.as_str()) {
        return Err(Problem::custom("Ruleset", "name", "Name must be unique"));
    }
    let id = call.world.ids.next()?;
    let (now, api) = (Utc::now().to_rfc3339(), api_base(call, &repo));
    let blank = json!({
        "id": id, "name": name, "target": "branch", "source_type": "Repository",
        "source": format!("{}/{}", repo.meta.owner, repo.meta.name), "enforcement": enforcement,
        "bypass_actors": [], "conditions": {"ref_name": {"include": [], "exclude": []}}, "rules": [],
        "node_id": person::node("RepositoryRuleset", id), "created_at": now, "updated_at": now,
        "_links": {"self": {"href": format!("{api}/rulesets/{id}")},
            "html": {"href": format!("{}/rules/{id}", html_base(call, &repo))}},
    });
    let kept = filled(blank, &input.0);
    put(&mut repo, id, Some(kept.clone()))?;
    call.effect(EffectKind::RepoChanged, format!("ruleset {name} made, {enforcement}"));
    Ok(Answer::created(&shown(call, &kept, true)))
}

/// `PUT rulesets/{id}`: what is named takes the place of what there was.
pub(crate) async fn update(call: &mut Call, cell: &RepoCell, id: &str) -> Reply {
    call.must_administer()?;
    let input = Input(call.json().await?);
    let mut repo = cell.write().await;
    let (id, kept) = find(&repo, id)?;
    let mut kept = filled(kept.clone(), &input.0);
    kept["updated_at"] = json!(Utc::now().to_rfc3339());
    put(&mut repo, id, Some(kept.clone()))?;
    call.effect(
        EffectKind::RepoChanged,
        format!("ruleset {} changed", kept["name"].as_str().unwrap_or_default()),
    );
    Ok(Answer::ok(&shown(call, &kept, true)))
}

/// `DELETE rulesets/{id}`.
pub(crate) async fn delete(call: &Call, cell: &RepoCell, id: &str) -> Reply {
    call.must_administer()?;
    let mut repo = cell.write().await;
    let (number, _) = find(&repo, id)?;
    put(&mut repo, number, None)?;
    call.effect(EffectKind::RepoChanged, format!("ruleset {number} deleted"));
    Ok(Answer::no_content())
}

fn filled(mut kept: Value, given: &Map<String, Value>) -> Value {
    for name in FIELDS {
        if let Some(value) = given.get(name).filter(|value| !value.is_null()) {
            kept[name] = value.clone();
        }
    }
    kept
}

fn put(repo: &mut Repo, id: u64, kept: Option<Value>) -> Result<(), Problem> {
    let mut meta = repo.meta.clone();
    match kept {
        Some(kept) => meta.rulesets.insert(id, kept),
        None => meta.rulesets.remove(&id),
    };
    Ok(repo.put_meta(meta)?)
}
