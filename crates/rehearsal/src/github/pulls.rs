//! Pull requests, as far as a commit came by one.

use super::release_json::{api_base, html_base};
use super::time::stamp;
use super::{commits, page, person, repo_json};
use crate::http::{Call, Problem, Reply};
use crate::state::{PullRequest, Repo, RepoCell};
use serde_json::{Value, json};

/// A branch of a pull request: the one it goes to, or the one it comes from.
fn side(call: &Call, repo: &Repo, user: &str, name: &str, sha: &str) -> Value {
    json!({
        "label": format!("{user}:{name}"),
        "ref": name,
        "sha": sha,
        "user": person::user(call, user),
        "repo": repo_json::full(call, repo),
    })
}

/// A `pull-request-simple`, merged.
fn shown(call: &Call, repo: &Repo, pull: &PullRequest) -> Value {
    let (api, html, number) = (api_base(call, repo), html_base(call, repo), pull.number);
    let (at, issue) = (format!("{api}/pulls/{number}"), format!("{api}/issues/{number}"));
    let (page, time) = (format!("{html}/pull/{number}"), stamp(pull.merged_at));
    let comments = format!("{at}/comments{{/number}}");
    let statuses = format!("{api}/statuses/{}", pull.merge_commit);
    let link = |href: &str| json!({ "href": href });
    json!({
        "url": at,
        "id": number,
        "node_id": person::node("PullRequest", number),
        "html_url": page,
        "diff_url": format!("{page}.diff"),
        "patch_url": format!("{page}.patch"),
        "issue_url": issue,
        "commits_url": format!("{at}/commits"),
        "review_comments_url": format!("{at}/comments"),
        "review_comment_url": comments,
        "comments_url": format!("{issue}/comments"),
        "statuses_url": statuses,
        "number": number,
        "state": "closed",
        "locked": false,
        "title": format!("Pull request {number}"),
        "user": person::user(call, &pull.user),
        "body": null,
        "labels": [],
        "milestone": null,
        "created_at": time,
        "updated_at": time,
        "closed_at": time,
        "merged_at": time,
        "merge_commit_sha": pull.merge_commit,
        "assignee": null,
        "head": side(call, repo, &pull.user, "change", &pull.merge_commit),
        "base": side(call, repo, &repo.meta.owner, &repo.meta.default_branch, &pull.merge_commit),
        "author_association": "CONTRIBUTOR",
        "auto_merge": null,
        "draft": false,
        "_links": {
            "self": link(&at),
            "html": link(&page),
            "issue": link(&issue),
            "comments": link(&format!("{issue}/comments")),
            "review_comments": link(&format!("{at}/comments")),
            "review_comment": link(&comments),
            "commits": link(&format!("{at}/commits")),
            "statuses": link(&statuses),
        },
    })
}

/// `GET commits/{sha}/pulls`: those that the commit came by.
pub(crate) async fn of_commit(call: &Call, cell: &RepoCell, name: &str) -> Reply {
    let repo = call.view(cell).await;
    let sha = commits::resolve(call, &repo, name).await;
    let sha = sha.ok_or_else(|| Problem::unprocessable(&format!("No commit found for SHA: {name}")))?;
    let of_it = repo.meta.pulls.values().filter(|pull| pull.merge_commit == sha);
    page::list(call, of_it.map(|pull| shown(call, &repo, pull)).collect())
}
