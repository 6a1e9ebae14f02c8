//! Issues, and pull requests as far as they are such.

use super::input::Input;
use super::release_json::{api_base, html_base};
use super::time::stamp;
use super::{labels, page, person};
use crate::effect::EffectKind;
use crate::http::{Answer, Call, Problem, Reply};
use crate::state::{Issue, Repo, RepoCell};
use chrono::Utc;
use http::StatusCode;
use serde_json::{Value, json};

/// Longest text of an issue or a comment, in characters.
const BODY_LIMIT: usize = 65_536;

/// An issue by the number in an address.
pub(crate) fn find<'a>(repo: &'a Repo, number: &str) -> Result<&'a Issue, Problem> {
    number.parse().ok().and_then(|number: u64| repo.issues.get(&number)).ok_or_else(Problem::not_found)
}

/// The labels of an issue that still exist.
pub(crate) fn labels(call: &Call, repo: &Repo, issue: &Issue) -> Vec<Value> {
    let known = issue.labels.iter().filter_map(|name| labels::find(repo, name));
    known.map(|label| labels::shown(call, repo, label)).collect()
}

/// An `issue`.
pub(crate) fn shown(call: &Call, repo: &Repo, issue: &Issue) -> Value {
    let (api, html) = (api_base(call, repo), html_base(call, repo));
    let at = format!("{api}/issues/{}", issue.number);
    let people: Vec<Value> = issue.assignees.iter().map(|login| person::user(call, login)).collect();
    let pull = repo.meta.pulls.get(&issue.number);
    let page = format!("{html}/{}/{}", if pull.is_some() { "pull" } else { "issues" }, issue.number);
    let mut shown = json!({
        "url": at,
        "repository_url": api,
        "labels_url": format!("{at}/labels{{/name}}"),
        "comments_url": format!("{at}/comments"),
        "events_url": format!("{at}/events"),
        "html_url": page,
        "id": issue.id,
        "node_id": person::node("Issue", issue.id),
        "number": issue.number,
        "title": issue.title,
        "user": person::user(call, &issue.user),
        "labels": labels(call, repo, issue),
        "state": if issue.open { "open" } else { "closed" },
        "locked": false,
        "assignee": people.first(),
        "assignees": people,
        "milestone": null,
        "comments": repo.comments.values().filter(|comment| comment.issue == issue.number).count(),
        "created_at": stamp(issue.created_at),
        "updated_at": stamp(issue.updated_at),
        "closed_at": issue.closed_at.map(stamp),
        "author_association": "NONE",
        "active_lock_reason": null,
        "body": issue.body,
        "closed_by": if issue.open { Value::Null } else { person::bot(call) },
        "reactions": reactions(&at),
        "timeline_url": format!("{at}/timeline"),
        "performed_via_github_app": null,
        "state_reason": issue.state_reason,
    });
    // By this key alone a client tells a pull request from an issue.
    if let Some(pull) = pull {
        shown["pull_request"] = json!({
            "url": format!("{api}/pulls/{}", pull.number),
            "html_url": page,
            "diff_url": format!("{page}.diff"),
            "patch_url": format!("{page}.patch"),
            "merged_at": stamp(pull.merged_at),
        });
    }
    shown
}

/// Nobody reacts here.
pub(crate) fn reactions(at: &str) -> Value {
    json!({
        "url": format!("{at}/reactions"), "total_count": 0, "+1": 0, "-1": 0, "laugh": 0, "hooray": 0,
        "confused": 0, "heart": 0, "rocket": 0, "eyes": 0,
    })
}

/// Refuses texts that GitHub finds too long.
pub(crate) fn check_body(resource: &str, body: Option<&str>) -> Result<(), Problem> {
    match body {
        Some(body) if body.chars().count() > BODY_LIMIT => {
            let message = format!("body is too long (maximum is {BODY_LIMIT} characters)");
            Err(Problem::custom(resource, "body", &message))
        }
        _ => Ok(()),
    }
}

/// `GET issues?state=&labels=&creator=`: open ones unless asked for otherwise, newest first, pull requests among them.
pub(crate) async fn list(call: &Call, cell: &RepoCell) -> Reply {
    let repo = call.view(cell).await;
    let state = call.query.get("state").unwrap_or("open");
    let wanted: Vec<&str> =
        call.query.get("labels").unwrap_or_default().split(',').filter(|l| !l.is_empty()).collect();
    let fits = |issue: &&Issue| {
        let has = |name: &&str| issue.labels.iter().any(|label| label.eq_ignore_ascii_case(name));
        let by = call.query.get("creator").is_none_or(|login| issue.user.eq_ignore_ascii_case(login));
        by && (state == "all" || issue.open == (state == "open")) && wanted.iter().all(has)
    };
    page::list(call, repo.issues.values().rev().filter(fits).map(|issue| shown(call, &repo, issue)).collect())
}

/// `GET issues/{number}`.
pub(crate) async fn get(call: &Call, cell: &RepoCell, number: &str) -> Reply {
    let repo = call.view(cell).await;
    Ok(Answer::ok(&shown(call, &repo, find(&repo, number)?)))
}

/// `POST issues`.
pub(crate) async fn create(call: &mut Call, cell: &RepoCell) -> Reply {
    call.must_write()?;
    let input = Input(call.json().await?);
    let title = input.required("Issue", "title")?;
    let body = input.plain("body")?;
    check_body("Issue", body.as_deref())?;
    let names = input.texts("labels")?.unwrap_or_default();
    let assignees = input.texts("assignees")?.unwrap_or_default();
    let mut repo = cell.write().await;
    if !repo.meta.has_issues {
        return Err(Problem::new(StatusCode::GONE, "Issues has been disabled in this repository."));
    }
    labels::ensure(call, &mut repo, &names)?;
    let now = Utc::now();
    let number = repo.next_number();
    let issue = Issue {
        id: call.world.ids.next()?,
        number,
        user: person::caller(call).to_owned(),
        title,
        body,
        open: true,
        state_reason: None,
        labels: names,
        assignees,
        created_at: now,
        updated_at: now,
        closed_at: None,
    };
    repo.put_issue(issue.clone())?;
    call.effect(EffectKind::IssueOpened, format!("issue {number} opened: {}", issue.title));
    Ok(Answer::created(&shown(call, &repo, &issue)))
}

/// `PATCH issues/{number}`.
pub(crate) async fn update(call: &mut Call, cell: &RepoCell, number: &str) -> Reply {
    call.must_write()?;
    let input = Input(call.json().await?);
    let mut repo = cell.write().await;
    let mut issue = find(&repo, number)?.clone();
    if let Some(title) = input.plain("title")? {
        issue.title = title;
    }
    if let Some(body) = input.text("body")? {
        check_body("Issue", body.as_deref())?;
        issue.body = body;
    }
    if let Some(names) = input.texts("labels")? {
        labels::ensure(call, &mut repo, &names)?;
        issue.labels = names;
    }
    if let Some(assignees) = input.texts("assignees")? {
        issue.assignees = assignees;
    }
    let now = Utc::now();
    match input.plain("state")?.as_deref() {
        None => {}
        Some("open") => {
            (issue.open, issue.closed_at, issue.state_reason) = (true, None, Some("reopened".to_owned()))
        }
        Some("closed") => {
            let reason = input.plain("state_reason")?.unwrap_or_else(|| "completed".to_owned());
            (issue.open, issue.closed_at, issue.state_reason) = (false, Some(now), Some(reason));
        }
        Some(_) => return Err(Problem::field("Issue", "invalid", "state")),
    }
    issue.updated_at = now;
    repo.put_issue(issue.clone())?;
    let state = if issue.open { "open" } else { "closed" };
    call.effect(EffectKind::IssueChanged, format!("issue {number} changed, it is {state}"));
    Ok(Answer::ok(&shown(call, &repo, &issue)))
}
