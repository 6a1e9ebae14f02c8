//! Check runs.

use super::input::Input;
use super::release_json::{api_base, html_base};
use super::time::stamp;
use super::{commits, page, person};
use crate::effect::EffectKind;
use crate::http::{Answer, Call, Problem, Reply};
use crate::state::{CheckRun, Repo, RepoCell};
use chrono::{DateTime, Utc};
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// Most annotations in one call (GitHub documentation, "Create a check run").
const ANNOTATIONS_LIMIT: usize = 50;

/// Most characters of summary and text.
const OUTPUT_LIMIT: usize = 65_535;

/// A `check-run`.
fn shown(call: &Call, repo: &Repo, run: &CheckRun) -> Value {
    let (api, html) = (api_base(call, repo), html_base(call, repo));
    let at = format!("{api}/check-runs/{}", run.id);
    json!({
        "id": run.id,
        "head_sha": run.head_sha,
        "node_id": person::node("CheckRun", run.id),
        "external_id": run.external_id,
        "url": at,
        "html_url": format!("{html}/runs/{}", run.id),
        "details_url": run.details_url,
        "status": run.status,
        "conclusion": run.conclusion,
        "started_at": stamp(run.started_at),
        "completed_at": run.completed_at.map(stamp),
        "output": {
            "title": run.title,
            "summary": run.summary,
            "text": run.text,
            "annotations_count": run.annotations.len(),
            "annotations_url": format!("{at}/annotations"),
        },
        "name": run.name,
        "check_suite": {"id": repo.meta.id},
        "app": null,
        "pull_requests": [],
    })
}

fn find<'a>(repo: &'a Repo, id: &str) -> Result<&'a CheckRun, Problem> {
    id.parse().ok().and_then(|id: u64| repo.checks.get(&id)).ok_or_else(Problem::not_found)
}

/// `POST check-runs`.
pub(crate) async fn create(call: &mut Call, cell: &RepoCell) -> Reply {
    call.must_be_app()?;
    let input = Input(call.json().await?);
    let name = input.required("CheckRun", "name")?;
    let head_sha = input.required("CheckRun", "head_sha")?;
    let mut repo = cell.write().await;
    if call.world.git.kind(&repo.git_dir(), &head_sha).await.as_deref() != Some("commit") {
        return Err(Problem::unprocessable(&format!("No commit found for SHA: {head_sha}")));
    }
    let blank = CheckRun {
        id: call.world.ids.next()?,
        head_sha,
        name,
        status: "queued".to_owned(),
        conclusion: None,
        details_url: None,
        external_id: Some(String::new()),
        started_at: Utc::now(),
        completed_at: None,
        title: None,
        summary: None,
        text: None,
        annotations: Vec::new(),
    };
    let run = fill(blank, &input)?;
    repo.put_check(run.clone())?;
    call.effect(EffectKind::CheckRun, format!("check run {} made, {}", run.name, state(&run)));
    Ok(Answer::created(&shown(call, &repo, &run)))
}

/// `PATCH check-runs/{id}`.
pub(crate) async fn update(call: &mut Call, cell: &RepoCell, id: &str) -> Reply {
    call.must_be_app()?;
    let input = Input(call.json().await?);
    let mut repo = cell.write().await;
    let run = fill(find(&repo, id)?.clone(), &input)?;
    repo.put_check(run.clone())?;
    call.effect(EffectKind::CheckRun, format!("check run {} changed, {}", run.name, state(&run)));
    Ok(Answer::ok(&shown(call, &repo, &run)))
}

/// `GET check-runs/{id}`.
pub(crate) async fn get(call: &Call, cell: &RepoCell, id: &str) -> Reply {
    let repo = call.view(cell).await;
    Ok(Answer::ok(&shown(call, &repo, find(&repo, id)?)))
}

/// `GET check-runs/{id}/annotations`.
pub(crate) async fn annotations(call: &Call, cell: &RepoCell, id: &str) -> Reply {
    let repo = call.view(cell).await;
    let run = find(&repo, id)?;
    let at = html_base(call, &repo);
    let shown = |given: &Value| {
        let path = given["path"].as_str().unwrap_or_default();
        json!({
            "path": path,
            "blob_href": format!("{at}/blob/{}/{path}", run.head_sha),
            "start_line": given["start_line"],
            "end_line": given["end_line"],
            "start_column": given["start_column"],
            "end_column": given["end_column"],
            "annotation_level": given["annotation_level"],
            "title": given["title"],
            "message": given["message"],
            "raw_details": given["raw_details"],
        })
    };
    page::list(call, run.annotations.iter().map(shown).collect())
}

/// Whether GitHub takes it: path, lines, level and words have to be there.
fn is_annotation(given: &Value) -> bool {
    let levels = ["notice", "warning", "failure"];
    given["path"].as_str().is_some_and(|path| !path.is_empty() && !path.starts_with('/'))
        && given["start_line"].as_u64().is_some_and(|line| line > 0)
        && given["end_line"].as_u64() >= given["start_line"].as_u64()
        && given["annotation_level"].as_str().is_some_and(|level| levels.contains(&level))
        && given["message"].as_str().is_some_and(|words| !words.is_empty() && words.len() <= 64 * 1024)
        && given["title"].as_str().is_none_or(|title| title.chars().count() <= 255)
}

/// `GET commits/{ref}/check-runs?check_name=&status=&filter=`: the newest of each name, or all.
pub(crate) async fn list(call: &Call, cell: &RepoCell, name: &str) -> Reply {
    let repo = call.view(cell).await;
    let sha = commits::resolve(call, &repo, name).await;
    let sha = sha.ok_or_else(|| Problem::unprocessable(&format!("No commit found for SHA: {name}")))?;
    let (wanted, status) = (call.query.get("check_name"), call.query.get("status"));
    let fits = |run: &&CheckRun| {
        run.head_sha == sha
            && wanted.is_none_or(|name| run.name == name)
            && status.is_none_or(|s| run.status == s)
    };
    let mut found: Vec<&CheckRun> = repo.checks.values().filter(fits).collect();
    if call.query.get("filter") != Some("all") {
        // One app makes them all, in one suite.
        let newest: BTreeMap<&str, u64> = found.iter().map(|run| (run.name.as_str(), run.id)).collect();
        found.retain(|run| newest.get(run.name.as_str()) == Some(&run.id));
    }
    page::counted(call, "check_runs", found.into_iter().map(|run| shown(call, &repo, run)).collect())
}

fn state(run: &CheckRun) -> &str {
    run.conclusion.as_deref().unwrap_or(&run.status)
}

/// Lays the fields of a body over a run.
fn fill(mut run: CheckRun, input: &Input) -> Result<CheckRun, Problem> {
    const STATUSES: [&str; 6] = ["queued", "in_progress", "completed", "waiting", "requested", "pending"];
    const CONCLUSIONS: [&str; 8] =
        ["action_required", "cancelled", "failure", "neutral", "success", "skipped", "stale", "timed_out"];
    if let Some(name) = input.plain("name")? {
        run.name = name;
    }
    if let Some(url) = input.text("details_url")? {
        run.details_url = url;
    }
    if let Some(id) = input.text("external_id")? {
        run.external_id = id;
    }
    if let Some(status) = input.plain("status")? {
        if !STATUSES.contains(&status.as_str()) {
            return Err(Problem::field("CheckRun", "invalid", "status"));
        }
        run.status = status;
    }
    if let Some(time) = time(input, "started_at")? {
        run.started_at = time;
    }
    if let Some(conclusion) = input.plain("conclusion")? {
        if !CONCLUSIONS.contains(&conclusion.as_str()) {
            return Err(Problem::field("CheckRun", "invalid", "conclusion"));
        }
        run.conclusion = Some(conclusion);
        run.status = "completed".to_owned();
        run.completed_at = Some(time(input, "completed_at")?.unwrap_or_else(Utc::now));
    } else if run.status == "completed" && run.conclusion.is_none() {
        return Err(Problem::field("CheckRun", "missing_field", "conclusion"));
    }
    output(&mut run, input.0.get("output").unwrap_or(&Value::Null))?;
    Ok(run)
}

fn time(input: &Input, name: &str) -> Result<Option<DateTime<Utc>>, Problem> {
    let parse = |text: String| text.parse().map_err(|_| Problem::field("CheckRun", "invalid", name));
    input.plain(name)?.map(parse).transpose()
}

/// Title, summary and text replace; annotations are added.
fn output(run: &mut CheckRun, output: &Value) -> Result<(), Problem> {
    let text = |name: &str| output[name].as_str().map(str::to_owned);
    for (name, most) in [("title", 255), ("summary", OUTPUT_LIMIT), ("text", OUTPUT_LIMIT)] {
        if text(name).is_some_and(|words| words.chars().count() > most) {
            return Err(Problem::field("CheckRun", "invalid", name));
        }
    }
    run.title = text("title").or(run.title.take());
    run.summary = text("summary").or(run.summary.take());
    run.text = text("text").or(run.text.take());
    if let Some(annotations) = output["annotations"].as_array() {
        if annotations.len() > ANNOTATIONS_LIMIT || !annotations.iter().all(is_annotation) {
            return Err(Problem::field("CheckRun", "invalid", "annotations"));
        }
        run.annotations.extend(annotations.iter().cloned());
    }
    Ok(())
}
