//! Files of a repository: read, and written as real commits.

use super::input::Input;
use super::release_json::{api_base, html_base, segment};
use super::{commits, git_json, tags};
use crate::effect::EffectKind;
use crate::git::{Entry, NewCommit};
use crate::http::{Answer, Call, Problem, Reply};
use crate::state::{RefTarget, Repo, RepoCell, WriteGuard};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use http::StatusCode;
use serde_json::{Map, Value, json};

/// `GET contents/{path}?ref=`.
pub(crate) async fn get(call: &Call, cell: &RepoCell, path: &[&str]) -> Reply {
    let repo = call.view(cell).await;
    let name = call.query.get("ref").unwrap_or(&repo.meta.default_branch);
    let commit = commits::resolve(call, &repo, name).await.ok_or_else(Problem::not_found)?;
    let path = clean(path)?;
    let (git, dir) = (&call.world.git, repo.git_dir());
    if let Some((file, folder)) = path.split_last() {
        let entries = git.tree(&dir, &format!("{commit}:{}", folder.join("/"))).await;
        // A folder that isn't there is an exit code of ls-tree.
        let entry = entries.ok().and_then(|all| all.into_iter().find(|entry| entry.name == *file));
        let entry = entry.ok_or_else(Problem::not_found)?;
        if entry.kind == "blob" {
            let bytes = git.blob(&dir, &entry.sha).await?;
            if call.header("accept").is_some_and(|accept| accept.contains("raw")) {
                return Ok(Answer::bytes(StatusCode::OK, "application/vnd.github.raw; charset=utf-8", bytes));
            }
            let mut shown = shown(call, &repo, &path, &entry, name);
            shown.insert("content".to_owned(), json!(lines(&bytes)));
            shown.insert("encoding".to_owned(), json!("base64"));
            return Ok(Answer::ok(&shown));
        }
    }
    let entries = git.tree(&dir, &format!("{commit}:{}", path.join("/"))).await?;
    let item = |entry: &Entry| {
        let whole: Vec<&str> = path.iter().copied().chain([entry.name.as_str()]).collect();
        shown(call, &repo, &whole, entry, name)
    };
    Ok(Answer::ok(&entries.iter().map(item).collect::<Vec<_>>()))
}

/// Base64 in lines of 60 characters, as GitHub sends it.
pub(crate) fn lines(bytes: &[u8]) -> String {
    let text = STANDARD.encode(bytes);
    let cut = text.as_bytes().chunks(60).map(String::from_utf8_lossy);
    cut.fold(String::new(), |all, line| all + &line + "\n")
}

/// No empty part, no `.` or `..`, nothing of Git's own.
fn clean<'a>(path: &[&'a str]) -> Result<Vec<&'a str>, Problem> {
    let parts: Vec<&str> = path.iter().flat_map(|part| part.split('/')).collect();
    let parts = if parts == [""] { Vec::new() } else { parts };
    let bad =
        |part: &&str| part.is_empty() || matches!(*part, "." | "..") || part.eq_ignore_ascii_case(".git");
    if parts.iter().any(bad) {
        Err(Problem::unprocessable("path contains a malformed path component"))
    } else {
        Ok(parts)
    }
}

fn shown(call: &Call, repo: &Repo, path: &[&str], entry: &Entry, name: &str) -> Map<String, Value> {
    let (api, html) = (api_base(call, repo), html_base(call, repo));
    let address = path.iter().map(|part| segment(part)).collect::<Vec<_>>().join("/");
    let (kind, object) = if entry.kind == "tree" { ("dir", "tree") } else { ("file", "blob") };
    let at = format!("{api}/contents/{address}?ref={}", segment(name));
    let git = format!("{api}/git/{object}s/{}", entry.sha);
    let page = format!("{html}/{object}/{name}/{address}");
    let value = json!({
        "name": entry.name,
        "path": path.join("/"),
        "sha": entry.sha,
        "size": entry.size,
        "url": at,
        "html_url": page,
        "git_url": git,
        "download_url": (kind == "file").then(|| format!("{html}/raw/{name}/{address}")),
        "type": kind,
        "_links": {"self": at, "git": git, "html": page},
    });
    value.as_object().cloned().unwrap_or_default()
}

/// `PUT contents/{path}`.
pub(crate) async fn put(call: &mut Call, cell: &RepoCell, path: &[&str]) -> Reply {
    call.must_write()?;
    let input = Input(call.json().await?);
    let content =
        input.plain("content")?.ok_or_else(|| Problem::field("Commit", "missing_field", "content"))?;
    let stripped: String = content.chars().filter(|c| !c.is_whitespace()).collect();
    let bytes =
        STANDARD.decode(stripped).map_err(|_| Problem::unprocessable("content is not valid Base64"))?;
    let mut repo = cell.write().await;
    let edit = Edit::begin(call, &repo, &input, path).await?;
    match (&edit.old, input.plain("sha")?) {
        (Some(_), None) => {
            return Err(Problem::unprocessable("Invalid request.\n\n\"sha\" wasn't supplied."));
        }
        (Some(old), Some(sha)) if old.sha != sha => return Err(edit.mismatch(&sha)),
        (None, Some(sha)) => return Err(edit.mismatch(&sha)),
        _ => {}
    }
    let dir = repo.git_dir();
    let blob = call.world.git.write_blob(&dir, &bytes).await?;
    let status = if edit.old.is_some() { StatusCode::OK } else { StatusCode::CREATED };
    let commit = edit.commit(call, &mut repo, &input, Some(&blob)).await?;
    let size = bytes.len() as u64;
    let name = edit.path.last().copied().unwrap_or_default().to_owned();
    let entry = Entry { mode: String::new(), kind: "blob".to_owned(), sha: blob, size, name };
    let content = shown(call, &repo, &edit.path, &entry, &edit.branch);
    Ok(Answer::json(status, &json!({"content": content, "commit": commit})))
}

/// `DELETE contents/{path}`.
pub(crate) async fn delete(call: &mut Call, cell: &RepoCell, path: &[&str]) -> Reply {
    call.must_write()?;
    let mut input = Input(call.json().await?);
    for (name, value) in &call.query.0 {
        input.0.entry(name.clone()).or_insert_with(|| json!(value));
    }
    let sha = input.required("Commit", "sha")?;
    let mut repo = cell.write().await;
    let edit = Edit::begin(call, &repo, &input, path).await?;
    match &edit.old {
        None => return Err(Problem::not_found()),
        Some(old) if old.sha != sha => return Err(edit.mismatch(&sha)),
        Some(_) => {}
    }
    let commit = edit.commit(call, &mut repo, &input, None).await?;
    Ok(Answer::ok(&json!({"content": null, "commit": commit})))
}

/// A change of one file on a branch.
struct Edit<'a> {
    path: Vec<&'a str>,
    branch: String,
    message: String,
    /// Commit the branch is at; none in an empty repository.
    tip: Option<String>,
    old: Option<Entry>,
}

impl<'a> Edit<'a> {
    async fn begin(call: &Call, repo: &Repo, input: &Input, path: &[&'a str]) -> Result<Self, Problem> {
        let message = input.required("Commit", "message")?;
        let path = clean(path)?;
        let branch = input.plain("branch")?.unwrap_or_else(|| repo.meta.default_branch.clone());
        let tip = repo.refs.get(&format!("refs/heads/{branch}")).map(|target| target.commit().to_owned());
        if tip.is_none() && !repo.refs.is_empty() {
            return Err(Problem::new(StatusCode::NOT_FOUND, &format!("Branch {branch} not found")));
        }
        let (file, folder) =
            path.split_last().ok_or_else(|| Problem::unprocessable("path can't be empty"))?;
        let old = match &tip {
            // A folder that isn't there is an exit code of ls-tree.
            Some(tip) => {
                call.world.git.tree(&repo.git_dir(), &format!("{tip}:{}", folder.join("/"))).await.ok()
            }
            None => None,
        };
        let old = old.and_then(|entries| entries.into_iter().find(|e| e.name == *file && e.kind == "blob"));
        Ok(Self { path, branch, message, tip, old })
    }

    fn mismatch(&self, sha: &str) -> Problem {
        Problem::conflict(&format!("{} does not match {sha}", self.path.join("/")))
    }

    /// Makes the commit, moves the branch and shows the commit.
    async fn commit(
        &self,
        call: &Call,
        repo: &mut WriteGuard<'_>,
        input: &Input,
        blob: Option<&str>,
    ) -> Result<Value, Problem> {
        let (git, dir) = (&call.world.git, repo.git_dir());
        let base = self.tip.as_ref().map(|tip| format!("{tip}^{{tree}}"));
        let tree = git.graft(&dir, base.as_deref(), &self.path, blob).await?;
        let committer = tags::person(input, "committer")?;
        let author =
            if input.0.contains_key("author") { tags::person(input, "author")? } else { committer.clone() };
        let parents: Vec<String> = self.tip.iter().cloned().collect();
        let new = NewCommit {
            tree: &tree,
            parents: &parents,
            message: &self.message,
            author: &author,
            committer: &committer,
        };
        let sha = git.write_commit(&dir, &new).await?;
        let name = format!("refs/heads/{}", self.branch);
        let nothing = "0".repeat(40);
        git.update_ref(&dir, &name, &sha, Some(self.tip.as_deref().unwrap_or(&nothing))).await?;
        repo.refs.insert(name, RefTarget { sha: sha.clone(), kind: "commit".to_owned(), peeled: None });
        let verb = if blob.is_some() { "written" } else { "deleted" };
        let words = format!("{} {verb} on {} as {}", self.path.join("/"), self.branch, &sha[..7]);
        call.effect(EffectKind::CommitCreated, words);
        Ok(git_json::git_commit(call, repo, &git.commit(&dir, &sha).await?))
    }
}
