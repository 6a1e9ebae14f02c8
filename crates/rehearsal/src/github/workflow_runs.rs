//! Runs of workflows, and what people said to their jobs.

use super::release_json::{api_base, html_base};
use super::time::stamp;
use super::{environments, page, person, repo_json};
use crate::http::{Answer, Call, Problem, Reply};
use crate::state::{Repo, RepoCell, WorkflowRun};
use serde_json::{Value, json};

fn find<'a>(repo: &'a Repo, id: &str) -> Result<&'a WorkflowRun, Problem> {
    id.parse().ok().and_then(|id: u64| repo.meta.runs.get(&id)).ok_or_else(Problem::not_found)
}

/// A `workflow-run`.
fn shown(call: &Call, repo: &Repo, run: &WorkflowRun) -> Value {
    let (api, id) = (api_base(call, repo), run.id);
    let at = format!("{api}/actions/runs/{id}");
    let home = repo_json::minimal(call, repo);
    json!({
        "id": id,
        "name": "Release",
        "node_id": person::node("WorkflowRun", id),
        "head_branch": repo.meta.default_branch,
        "head_sha": run.head_sha,
        "path": ".github/workflows/release.yml",
        "display_title": "Release",
        "run_number": 1,
        "run_attempt": 1,
        "event": "push",
        "status": "in_progress",
        "conclusion": null,
        "workflow_id": 1,
        "url": at,
        "html_url": format!("{}/actions/runs/{id}", html_base(call, repo)),
        "pull_requests": [],
        "created_at": stamp(run.created_at),
        "updated_at": stamp(run.created_at),
        "run_started_at": stamp(run.created_at),
        "actor": person::user(call, &run.actor),
        "triggering_actor": person::user(call, &run.triggering_actor),
        "jobs_url": format!("{at}/jobs"),
        "logs_url": format!("{at}/logs"),
        "check_suite_url": format!("{api}/check-suites/{id}"),
        "artifacts_url": format!("{at}/artifacts"),
        "cancel_url": format!("{at}/cancel"),
        "rerun_url": format!("{at}/rerun"),
        "workflow_url": format!("{api}/actions/workflows/1"),
        "head_commit": null,
        "repository": home,
        "head_repository": home,
    })
}

/// `GET actions/runs/{id}`.
pub(crate) async fn get(call: &Call, cell: &RepoCell, id: &str) -> Reply {
    let repo = call.view(cell).await;
    Ok(Answer::ok(&shown(call, &repo, find(&repo, id)?)))
}

/// `GET actions/runs/{id}/approvals`.
pub(crate) async fn approvals(call: &Call, cell: &RepoCell, id: &str) -> Reply {
    let repo = call.view(cell).await;
    let one = |review: &crate::state::Review| {
        json!({
            "environments": [environments::reviewed(call, &repo, &review.environment)],
            "state": review.state,
            "user": person::user(call, &review.user),
            "comment": review.comment,
        })
    };
    page::list(call, find(&repo, id)?.reviews.iter().map(one).collect())
}
