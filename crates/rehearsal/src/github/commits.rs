//! Commits and their comparison.

use super::release_json::{api_base, html_base};
use super::{git_json, page};
use crate::http::{Answer, Call, Problem, Reply};
use crate::state::{Repo, RepoCell};
use serde_json::{Value, json};

/// The commit that a name in an address means: branch, tag or (also shortened) id.
pub(crate) async fn resolve(call: &Call, repo: &Repo, name: &str) -> Option<String> {
    for prefix in ["refs/heads/", "refs/tags/", "refs/", ""] {
        if let Some(target) = repo.refs.get(&format!("{prefix}{name}")) {
            return Some(target.commit().to_owned());
        }
    }
    if name == "HEAD" {
        let head = format!("refs/heads/{}", repo.meta.default_branch);
        return repo.refs.get(&head).map(|target| target.commit().to_owned());
    }
    let id = (4..=40).contains(&name.len()) && name.bytes().all(|c| c.is_ascii_hexdigit());
    if id { call.world.git.commit_id(&repo.git_dir(), name).await } else { None }
}

/// `GET commits?sha=&path=`.
pub(crate) async fn list(call: &Call, cell: &RepoCell) -> Reply {
    let repo = call.view(cell).await;
    if repo.refs.is_empty() {
        return Err(Problem::conflict("Git Repository is empty."));
    }
    let start = call.query.get("sha").unwrap_or(&repo.meta.default_branch);
    let start = resolve(call, &repo, start).await.ok_or_else(Problem::not_found)?;
    let (git, dir) = (&call.world.git, repo.git_dir());
    let path = call.query.get("path").unwrap_or_default();
    let mut args = vec!["rev-list", start.as_str(), "--"];
    args.extend(Some(path).filter(|path| !path.is_empty()));
    let ids = git.text(&dir, &args).await?;
    let (ids, link) = page::cut(call, ids.lines().map(str::to_owned).collect());
    let mut shown: Vec<Value> = Vec::new();
    if !ids.is_empty() {
        let mut args = vec!["--no-walk=unsorted"];
        args.extend(ids.iter().map(String::as_str));
        shown = git.log(&dir, &args).await?.iter().map(|c| git_json::commit(call, &repo, c)).collect();
    }
    Ok(page::linked(Answer::ok(&shown), link))
}

/// `GET commits/{ref}`; with the media type `sha` only the id.
pub(crate) async fn get(call: &Call, cell: &RepoCell, name: &str) -> Reply {
    let repo = call.view(cell).await;
    let sha = resolve(call, &repo, name).await;
    let sha = sha.ok_or_else(|| Problem::unprocessable(&format!("No commit found for SHA: {name}")))?;
    if call.header("accept").is_some_and(|accept| accept.contains("sha")) {
        return Ok(Answer::bytes(http::StatusCode::OK, "application/vnd.github.sha; charset=utf-8", sha));
    }
    let commit = call.world.git.commit(&repo.git_dir(), &sha).await?;
    Ok(Answer::ok(&git_json::commit(call, &repo, &commit)))
}

/// `GET git/commits/{sha}`.
pub(crate) async fn object(call: &Call, cell: &RepoCell, sha: &str) -> Reply {
    let repo = call.view(cell).await;
    let (git, dir) = (&call.world.git, repo.git_dir());
    if git.kind(&dir, sha).await.as_deref() != Some("commit") {
        return Err(Problem::not_found());
    }
    Ok(Answer::ok(&git_json::git_commit(call, &repo, &git.commit(&dir, sha).await?)))
}

/// `GET compare/{base}...{head}`.
pub(crate) async fn compare(call: &Call, cell: &RepoCell, basehead: &str) -> Reply {
    let repo = call.view(cell).await;
    let (base, head) = basehead.split_once("...").ok_or_else(Problem::not_found)?;
    let base = resolve(call, &repo, base).await.ok_or_else(Problem::not_found)?;
    let head = resolve(call, &repo, head).await.ok_or_else(Problem::not_found)?;
    let (git, dir) = (&call.world.git, repo.git_dir());
    // Histories without a common commit can't be compared; GitHub answers 404, too.
    let Ok(middle) = git.text(&dir, &["merge-base", &base, &head]).await else {
        return Err(Problem::not_found());
    };
    let ahead = git.log(&dir, &["--reverse", &format!("{base}..{head}")]).await?;
    let behind = git.text(&dir, &["rev-list", "--count", &format!("{head}..{base}")]).await?;
    let behind: usize = behind.parse().unwrap_or(0);
    let status = match (ahead.len(), behind) {
        (0, 0) => "identical",
        (_, 0) => "ahead",
        (0, _) => "behind",
        _ => "diverged",
    };
    let files = changed_files(call, &repo, &middle, &head).await?;
    let total = ahead.len();
    let shown: Vec<Value> = ahead.iter().map(|c| git_json::commit(call, &repo, c)).collect();
    let (commits, link) = page::cut(call, shown);
    let (api, html) = (api_base(call, &repo), html_base(call, &repo));
    let page = format!("{html}/compare/{base}...{head}");
    let base_commit = git.commit(&dir, &base).await?;
    let middle = git.commit(&dir, &middle).await?;
    let body = json!({
        "url": format!("{api}/compare/{base}...{head}"),
        "html_url": page,
        "permalink_url": page,
        "diff_url": format!("{page}.diff"),
        "patch_url": format!("{page}.patch"),
        "base_commit": git_json::commit(call, &repo, &base_commit),
        "merge_base_commit": git_json::commit(call, &repo, &middle),
        "status": status,
        "ahead_by": total,
        "behind_by": behind,
        "total_commits": total,
        "commits": commits,
        "files": files,
    });
    Ok(page::linked(Answer::ok(&body), link))
}

/// The files that differ, at most GitHub's 300.
async fn changed_files(call: &Call, repo: &Repo, from: &str, to: &str) -> Result<Vec<Value>, Problem> {
    let (git, dir) = (&call.world.git, repo.git_dir());
    let raw = git
        .run(&dir, &["diff-tree", "-r", "-z", "--raw", "--numstat", "--no-renames", "--no-abbrev", from, to])
        .await?;
    let raw = String::from_utf8_lossy(&raw).into_owned();
    let mut fields = raw.split('\0').peekable();
    let mut found: Vec<(String, String, String)> = Vec::new();
    while let Some(head) = fields.next_if(|field| field.starts_with(':')) {
        let parts: Vec<&str> = head.split(' ').collect();
        let (Some(path), [_, _, old, new, kind]) = (fields.next(), parts.as_slice()) else { break };
        let sha = if *kind == "D" { old } else { new };
        found.push((path.to_owned(), (*sha).to_owned(), (*kind).to_owned()));
    }
    let counts: Vec<(u64, u64)> = fields.filter_map(numbers).collect();
    let (api, html) = (api_base(call, repo), html_base(call, repo));
    let shown = found.into_iter().zip(counts).take(300).map(|((path, sha, kind), (added, removed))| {
        json!({
            "sha": sha,
            "filename": path,
            "status": match kind.as_str() { "A" => "added", "D" => "removed", "T" => "changed", _ => "modified" },
            "additions": added,
            "deletions": removed,
            "changes": added + removed,
            "blob_url": format!("{html}/blob/{to}/{path}"),
            "raw_url": format!("{html}/raw/{to}/{path}"),
            "contents_url": format!("{api}/contents/{path}?ref={to}"),
        })
    });
    Ok(shown.collect())
}

/// `added TAB removed TAB path`; binaries have `-` for figures.
fn numbers(line: &str) -> Option<(u64, u64)> {
    let mut parts = line.split('\t');
    let (added, removed) = (parts.next()?, parts.next()?);
    Some((added.parse().unwrap_or(0), removed.parse().unwrap_or(0)))
}
