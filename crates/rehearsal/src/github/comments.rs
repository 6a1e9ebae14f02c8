//! Comments on issues.

use super::input::Input;
use super::release_json::{api_base, html_base};
use super::time::stamp;
use super::{issues, page, person};
use crate::effect::EffectKind;
use crate::http::{Answer, Call, Problem, Reply};
use crate::state::{Comment, Repo, RepoCell};
use chrono::Utc;
use serde_json::{Value, json};

/// An `issue-comment`.
fn shown(call: &Call, repo: &Repo, comment: &Comment) -> Value {
    let (api, html) = (api_base(call, repo), html_base(call, repo));
    let at = format!("{api}/issues/comments/{}", comment.id);
    let kind = if repo.meta.pulls.contains_key(&comment.issue) { "pull" } else { "issues" };
    json!({
        "url": at,
        "html_url": format!("{html}/{kind}/{}#issuecomment-{}", comment.issue, comment.id),
        "issue_url": format!("{api}/issues/{}", comment.issue),
        "id": comment.id,
        "node_id": person::node("IssueComment", comment.id),
        "user": person::user(call, &comment.user),
        "created_at": stamp(comment.created_at),
        "updated_at": stamp(comment.updated_at),
        "author_association": "NONE",
        "body": comment.body,
        "reactions": issues::reactions(&at),
        "performed_via_github_app": null,
    })
}

fn find<'a>(repo: &'a Repo, id: &str) -> Result<&'a Comment, Problem> {
    id.parse().ok().and_then(|id: u64| repo.comments.get(&id)).ok_or_else(Problem::not_found)
}

/// `GET issues/{number}/comments`.
pub(crate) async fn list(call: &Call, cell: &RepoCell, number: &str) -> Reply {
    let repo = call.view(cell).await;
    let issue = issues::find(&repo, number)?.number;
    let comments = repo.comments.values().filter(|comment| comment.issue == issue);
    page::list(call, comments.map(|comment| shown(call, &repo, comment)).collect())
}

/// `GET issues/comments/{id}`.
pub(crate) async fn get(call: &Call, cell: &RepoCell, id: &str) -> Reply {
    let repo = call.view(cell).await;
    Ok(Answer::ok(&shown(call, &repo, find(&repo, id)?)))
}

/// `POST issues/{number}/comments`.
pub(crate) async fn create(call: &mut Call, cell: &RepoCell, number: &str) -> Reply {
    call.must_write()?;
    let input = Input(call.json().await?);
    let body = input.required("IssueComment", "body")?;
    issues::check_body("IssueComment", Some(&body))?;
    let mut repo = cell.write().await;
    let issue = issues::find(&repo, number)?.number;
    let now = Utc::now();
    let (id, user) = (call.world.ids.next()?, person::caller(call).to_owned());
    let comment = Comment { id, issue, user, body, created_at: now, updated_at: now };
    repo.put_comment(comment.clone())?;
    call.effect(EffectKind::Comment, format!("comment {} on issue {issue} written", comment.id));
    Ok(Answer::created(&shown(call, &repo, &comment)))
}

/// `PATCH issues/comments/{id}`.
pub(crate) async fn update(call: &mut Call, cell: &RepoCell, id: &str) -> Reply {
    call.must_write()?;
    let input = Input(call.json().await?);
    let body = input.required("IssueComment", "body")?;
    issues::check_body("IssueComment", Some(&body))?;
    let mut repo = cell.write().await;
    let comment = Comment { body, updated_at: Utc::now(), ..find(&repo, id)?.clone() };
    repo.put_comment(comment.clone())?;
    call.effect(EffectKind::Comment, format!("comment {id} changed"));
    Ok(Answer::ok(&shown(call, &repo, &comment)))
}

/// `DELETE issues/comments/{id}`.
pub(crate) async fn delete(call: &Call, cell: &RepoCell, id: &str) -> Reply {
    call.must_write()?;
    let mut repo = cell.write().await;
    let number = find(&repo, id)?.id;
    repo.remove_comment(number)?;
    call.effect(EffectKind::Comment, format!("comment {id} deleted"));
    Ok(Answer::no_content())
}
