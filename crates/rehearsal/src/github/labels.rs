//! Labels of a repository and of its issues.

use super::input::Input;
use super::release_json::{api_base, segment};
use super::{issues, page, person};
use crate::effect::EffectKind;
use crate::http::{Answer, Call, Problem, Reply};
use crate::state::{Label, Repo, RepoCell, WriteGuard};
use serde_json::{Value, json};

/// A `label`.
pub(crate) fn shown(call: &Call, repo: &Repo, label: &Label) -> Value {
    json!({
        "id": label.id,
        "node_id": person::node("Label", label.id),
        "url": format!("{}/labels/{}", api_base(call, repo), segment(&label.name)),
        "name": label.name,
        "description": label.description,
        "color": label.color,
        "default": false,
    })
}

/// A label by name; GitHub doesn't tell labels apart by case.
pub(crate) fn find<'a>(repo: &'a Repo, name: &str) -> Option<&'a Label> {
    repo.labels.values().find(|label| label.name.eq_ignore_ascii_case(name))
}

/// `GET labels`.
pub(crate) async fn list(call: &Call, cell: &RepoCell) -> Reply {
    let repo = call.view(cell).await;
    page::list(call, repo.labels.values().map(|label| shown(call, &repo, label)).collect())
}

/// `GET labels/{name}`.
pub(crate) async fn get(call: &Call, cell: &RepoCell, name: &str) -> Reply {
    let repo = call.view(cell).await;
    let label = find(&repo, name).ok_or_else(Problem::not_found)?;
    Ok(Answer::ok(&shown(call, &repo, label)))
}

/// `POST labels`.
pub(crate) async fn create(call: &mut Call, cell: &RepoCell) -> Reply {
    call.must_write()?;
    let input = Input(call.json().await?);
    let name = input.required("Label", "name")?;
    let color = color(input.plain("color")?.unwrap_or_else(|| "ededed".to_owned()))?;
    let description = input.plain("description")?;
    let mut repo = cell.write().await;
    if find(&repo, &name).is_some() {
        return Err(Problem::field("Label", "already_exists", "name"));
    }
    let label = Label { id: call.world.ids.next()?, name, color, description };
    repo.put_label(label.clone())?;
    call.effect(EffectKind::Label, format!("label {} made", label.name));
    Ok(Answer::created(&shown(call, &repo, &label)))
}

/// `PATCH labels/{name}`.
pub(crate) async fn update(call: &mut Call, cell: &RepoCell, name: &str) -> Reply {
    call.must_write()?;
    let input = Input(call.json().await?);
    let mut repo = cell.write().await;
    let mut label = find(&repo, name).cloned().ok_or_else(Problem::not_found)?;
    if let Some(name) = input.plain("new_name")? {
        label.name = name;
    }
    if let Some(given) = input.plain("color")? {
        label.color = color(given)?;
    }
    if let Some(description) = input.text("description")? {
        label.description = description;
    }
    repo.put_label(label.clone())?;
    call.effect(EffectKind::Label, format!("label {name} changed"));
    Ok(Answer::ok(&shown(call, &repo, &label)))
}

/// `DELETE labels/{name}`.
pub(crate) async fn delete(call: &Call, cell: &RepoCell, name: &str) -> Reply {
    call.must_write()?;
    let mut repo = cell.write().await;
    let id = find(&repo, name).map(|label| label.id).ok_or_else(Problem::not_found)?;
    repo.remove_label(id)?;
    call.effect(EffectKind::Label, format!("label {name} deleted"));
    Ok(Answer::no_content())
}

fn color(text: String) -> Result<String, Problem> {
    let good = text.len() == 6 && text.bytes().all(|c| c.is_ascii_hexdigit());
    if good { Ok(text) } else { Err(Problem::field("Label", "invalid", "color")) }
}

/// Makes the labels that an issue names and the repository doesn't have.
pub(crate) fn ensure(call: &Call, repo: &mut WriteGuard<'_>, names: &[String]) -> Result<(), Problem> {
    for name in names {
        if find(repo, name).is_none() {
            let (id, color) = (call.world.ids.next()?, "ededed".to_owned());
            repo.put_label(Label { id, name: name.clone(), color, description: None })?;
        }
    }
    Ok(())
}

/// `GET issues/{number}/labels`.
pub(crate) async fn of_issue(call: &Call, cell: &RepoCell, number: &str) -> Reply {
    let repo = call.view(cell).await;
    let issue = issues::find(&repo, number)?;
    page::list(call, issues::labels(call, &repo, issue))
}

/// `POST` (adds), `PUT` (replaces) and `DELETE` (clears) `issues/{number}/labels`.
pub(crate) async fn set(call: &mut Call, cell: &RepoCell, number: &str) -> Reply {
    call.must_write()?;
    let input = Input(call.json().await?);
    let given = input.texts("labels")?.unwrap_or_default();
    let mut repo = cell.write().await;
    let mut issue = issues::find(&repo, number)?.clone();
    ensure(call, &mut repo, &given)?;
    if call.method != http::Method::POST {
        issue.labels.clear();
    }
    for name in given {
        if !issue.labels.contains(&name) {
            issue.labels.push(name);
        }
    }
    issue.updated_at = chrono::Utc::now();
    repo.put_issue(issue.clone())?;
    call.effect(EffectKind::IssueChanged, format!("issue {number} has labels {:?}", issue.labels));
    if call.method == http::Method::DELETE {
        return Ok(Answer::no_content());
    }
    Ok(Answer::ok(&issues::labels(call, &repo, &issue)))
}
