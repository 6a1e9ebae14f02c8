//! Code scanning: SARIF that is uploaded, and the analyses that are made of it.

use super::input::Input;
use super::release_json::api_base;
use super::time::stamp;
use super::{page, sarif};
use crate::effect::EffectKind;
use crate::http::{Answer, Call, Problem, Reply};
use crate::state::{Analysis, Repo, RepoCell, Scan};
use base64::Engine as _;
use chrono::Utc;
use flate2::read::GzDecoder;
use http::StatusCode;
use serde_json::{Value, json};
use std::io::Read;

/// Most bytes of an upload, packed (GitHub documentation, "SARIF support for code scanning").
const PACKED_LIMIT: usize = 10 * 1024 * 1024;

/// Most bytes of what is unpacked here.
const UNPACKED_LIMIT: u64 = 256 * 1024 * 1024;

/// How often an upload that was just made is said to be pending.
const PENDING: u32 = 1;

/// The name by which clients know an upload.
fn name(id: u64) -> String {
    format!("{id:08x}-5a21-4f00-8000-{id:012x}")
}

/// Where code scanning is off, or the token may not use it.
fn admitted(call: &Call, repo: &Repo) -> Result<(), Problem> {
    call.must_write()?;
    let off = if repo.meta.archived {
        "Repository was archived so is read-only."
    } else if repo.meta.private {
        "Advanced Security must be enabled for this repository to use code scanning."
    } else {
        return Ok(());
    };
    Err(Problem::new(StatusCode::FORBIDDEN, off))
}

/// Whether the forge has a ref; those of a pull request are there where its issue is.
fn knows(repo: &Repo, name: &str) -> bool {
    let of_pull = name.strip_prefix("refs/pull/").and_then(|rest| rest.split_once('/'));
    match of_pull {
        Some((number, "merge" | "head")) => {
            number.parse().is_ok_and(|number: u64| repo.issues.contains_key(&number))
        }
        _ => repo.refs.contains_key(name),
    }
}

/// `POST code-scanning/sarifs`.
pub(crate) async fn upload(call: &mut Call, cell: &RepoCell) -> Reply {
    call.must_write()?;
    let input = Input(call.json().await?);
    let commit_sha = input.required("Sarif", "commit_sha")?;
    let git_ref = input.required("Sarif", "ref")?;
    let packed = input.required("Sarif", "sarif")?;
    let mut repo = cell.write().await;
    admitted(call, &repo)?;
    let text = unpacked(&packed)?;
    let is_id = matches!(commit_sha.len(), 40 | 64) && commit_sha.bytes().all(|c| c.is_ascii_hexdigit());
    if !is_id {
        return Err(Problem::unprocessable("Invalid request.\n\ncommit_sha is no commit."));
    }
    // The merge of a pull request is GitHub's own commit, which this forge doesn't make.
    let merge = git_ref.starts_with("refs/pull/") && git_ref.ends_with("/merge");
    if !merge && call.world.git.kind(&repo.git_dir(), &commit_sha).await.as_deref() != Some("commit") {
        return Err(Problem::new(StatusCode::NOT_FOUND, "commit not found"));
    }
    if !knows(&repo, &git_ref) {
        let words = format!("ref '{git_ref}' not found in this repository");
        return Err(Problem::new(StatusCode::NOT_FOUND, &words));
    }
    let id = call.world.ids.next()?;
    let (errors, runs) = match sarif::processed(&text) {
        Ok(runs) => (Vec::new(), runs),
        Err(why) => {
            (vec![format!("Code Scanning could not process the submitted SARIF file:\n{why}")], vec![])
        }
    };
    let mut analyses = Vec::new();
    for sarif::Run { category, warning, run } in runs {
        analyses.push(Analysis { id: call.world.ids.next()?, category, warning, run });
    }
    let count: usize = analyses.iter().map(|analysis| results(&analysis.run).len()).sum();
    let words = format!("code scanning of {} on {git_ref}: {count} results", &commit_sha[..7]);
    repo.put_scan(Scan { id, commit_sha, git_ref, created_at: Utc::now(), errors, analyses })?;
    call.world.unseen.hide(id, PENDING);
    call.effect(EffectKind::Scan, words);
    let url = format!("{}/code-scanning/sarifs/{}", api_base(call, &repo), name(id));
    Ok(Answer::json(StatusCode::ACCEPTED, &json!({"id": name(id), "url": url})))
}

/// The bytes behind base64 and gzip.
fn unpacked(packed: &str) -> Result<Vec<u8>, Problem> {
    let bad = || Problem::bad_request("The sarif field is invalid: it must be gzip in base64");
    let bytes = base64::engine::general_purpose::STANDARD.decode(packed).map_err(|_| bad())?;
    if bytes.len() > PACKED_LIMIT {
        return Err(Problem::new(StatusCode::PAYLOAD_TOO_LARGE, "The sarif field is too large"));
    }
    let mut text = Vec::new();
    GzDecoder::new(bytes.as_slice()).take(UNPACKED_LIMIT).read_to_end(&mut text).map_err(|_| bad())?;
    Ok(text)
}

/// `GET code-scanning/sarifs/{id}`.
pub(crate) async fn status(call: &Call, cell: &RepoCell, id: &str) -> Reply {
    let repo = call.view(cell).await;
    admitted(call, &repo)?;
    let scan = repo.scans.values().find(|scan| name(scan.id) == id).ok_or_else(Problem::not_found)?;
    if call.world.unseen.misses(scan.id) {
        return Ok(Answer::ok(&json!({"processing_status": "pending"})));
    }
    let analyses = format!("{}/code-scanning/analyses?sarif_id={id}", api_base(call, &repo));
    if scan.errors.is_empty() {
        let done = json!({"processing_status": "complete", "analyses_url": analyses, "errors": null});
        return Ok(Answer::ok(&done));
    }
    let failed = json!({"processing_status": "failed", "analyses_url": null, "errors": scan.errors});
    Ok(Answer::ok(&failed))
}

fn results(run: &Value) -> &[Value] {
    run["results"].as_array().map_or(&[], Vec::as_slice)
}

/// A `code-scanning-analysis`.
fn shown(call: &Call, repo: &Repo, scan: &Scan, analysis: &Analysis) -> Value {
    let driver = &analysis.run["tool"]["driver"];
    let version = driver.get("semanticVersion").or(driver.get("version")).cloned().unwrap_or_default();
    json!({
        "ref": scan.git_ref,
        "commit_sha": scan.commit_sha,
        "analysis_key": "(default)",
        "environment": "{}",
        "category": analysis.category,
        "error": "",
        "created_at": stamp(scan.created_at),
        "results_count": results(&analysis.run).len(),
        "rules_count": driver["rules"].as_array().map_or(0, Vec::len),
        "id": analysis.id,
        "url": format!("{}/code-scanning/analyses/{}", api_base(call, repo), analysis.id),
        "sarif_id": name(scan.id),
        "tool": {"name": driver["name"], "guid": driver.get("guid"), "version": version},
        "deletable": true,
        "warning": analysis.warning,
    })
}

/// `GET code-scanning/analyses?ref=&tool_name=&sarif_id=`, newest first.
pub(crate) async fn list(call: &Call, cell: &RepoCell) -> Reply {
    let repo = call.view(cell).await;
    admitted(call, &repo)?;
    let (wanted, tool, upload) =
        (call.query.get("ref"), call.query.get("tool_name"), call.query.get("sarif_id"));
    let mut found = Vec::new();
    for scan in repo.scans.values().rev() {
        let of_ref = wanted.is_none_or(|wanted| {
            scan.git_ref == wanted || scan.git_ref.strip_prefix("refs/heads/") == Some(wanted)
        });
        // What is still being processed is in no list.
        if !of_ref || upload.is_some_and(|id| id != name(scan.id)) || call.world.unseen.misses(scan.id) {
            continue;
        }
        let of_tool = |analysis: &&Analysis| {
            tool.is_none_or(|tool| analysis.run["tool"]["driver"]["name"].as_str() == Some(tool))
        };
        found.extend(
            scan.analyses.iter().rev().filter(of_tool).map(|analysis| shown(call, &repo, scan, analysis)),
        );
    }
    if found.is_empty() && repo.scans.is_empty() {
        return Err(Problem::new(StatusCode::NOT_FOUND, "no analysis found"));
    }
    page::list(call, found)
}

/// `GET code-scanning/analyses/{id}`: what is known of it, or as SARIF what was kept.
pub(crate) async fn get(call: &Call, cell: &RepoCell, id: &str) -> Reply {
    let repo = call.view(cell).await;
    admitted(call, &repo)?;
    let found = repo.scans.values().find_map(|scan| {
        let analysis = scan.analyses.iter().find(|analysis| analysis.id.to_string() == id)?;
        Some((scan, analysis))
    });
    let (scan, analysis) = found.ok_or_else(Problem::not_found)?;
    let as_sarif = call.header("accept").is_some_and(|accept| accept.contains("application/sarif+json"));
    if as_sarif {
        let document = json!({"version": "2.1.0", "runs": [analysis.run]});
        let bytes = serde_json::to_vec(&document).map_err(std::io::Error::from)?;
        return Ok(Answer::bytes(StatusCode::OK, "application/sarif+json; charset=utf-8", bytes));
    }
    Ok(Answer::ok(&shown(call, &repo, scan, analysis)))
}
