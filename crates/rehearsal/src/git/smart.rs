//! Git over HTTP: `git http-backend` as a CGI child, streaming both ways.

use crate::effect::EffectKind;
use crate::http::{Answer, Call, Failure, Payload, Problem, Reply, channel, discard};
use crate::state::{Caller, RefTarget, RepoCell};
use bytes::{Bytes, BytesMut};
use chrono::Utc;
use http::StatusCode;
use http_body_util::BodyExt;
use hyper::body::Incoming;
use std::collections::BTreeMap;
use std::io;
use std::process::Stdio;
use std::sync::Arc;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::process::{Child, ChildStdin, ChildStdout, Command};
use tokio::sync::mpsc::Sender;

/// The header block of a CGI answer is a few lines; more is an error.
const HEADERS_LIMIT: usize = 16 * 1024;

/// `/{owner}/{repo}[.git]/…` of the smart protocol.
pub(crate) async fn serve(call: &mut Call, owner: &str, name: &str, rest: &str) -> Reply {
    let name = name.strip_suffix(".git").unwrap_or(name);
    let push = match (call.method.as_str(), rest) {
        ("GET", "info/refs") => match call.query.get("service") {
            Some("git-upload-pack") => false,
            Some("git-receive-pack") => true,
            _ => return Err(Problem::new(StatusCode::FORBIDDEN, "Please upgrade your git client.")),
        },
        ("POST", "git-upload-pack") => false,
        ("POST", "git-receive-pack") => true,
        _ => return Err(Problem::not_found()),
    };
    let cell = permitted(call, owner, name, push).await?;
    let changes = push && call.method == http::Method::POST;
    run(call, cell, rest, push, changes).await
}

/// The repository, if the caller may fetch from it or push to it.
async fn permitted(call: &Call, owner: &str, name: &str, push: bool) -> Result<Arc<RepoCell>, Problem> {
    match call.caller {
        Caller::Writer | Caller::Admin => {
            return Ok(call.world.repo_or_new(owner, name, (call.method.as_str(), &call.path)).await?);
        }
        Caller::Reader if push => return Err(Problem::forbidden()),
        Caller::Anonymous if push => return Err(challenge()),
        _ => {}
    }
    let cell = call.world.repo(owner, name).await.ok_or_else(challenge)?;
    let hidden = call.caller == Caller::Anonymous && cell.read().await.meta.private;
    if hidden { Err(challenge()) } else { Ok(cell) }
}

/// 401 that makes Git ask for credentials; it is also what GitHub answers for an unknown repository.
fn challenge() -> Problem {
    let Problem(answer) = Problem::requires_authentication();
    Problem(Box::new((*answer).with("www-authenticate", "Basic realm=\"GitHub\"")))
}

async fn run(call: &mut Call, cell: Arc<RepoCell>, rest: &str, push: bool, changes: bool) -> Reply {
    let locked = if push { cell.read().await.locked_tags() } else { Vec::new() };
    let mut child = command(call, &cell, rest, push, &locked).spawn()?;
    let body = call.body.take();
    let (stdin, stdout) = match (child.stdin.take(), child.stdout.take()) {
        (Some(stdin), Some(stdout)) => (stdin, stdout),
        _ => return Err(Problem::from(io::Error::other("git http-backend has no pipes"))),
    };
    tokio::spawn(feed(body, stdin));
    let mut stdout = stdout;
    let (head, first) = headers(&mut stdout).await?;
    let (sender, out) = channel();
    let after = After { world: Arc::clone(&call.world), cell, path: call.path.clone(), changes };
    tokio::spawn(pump(first, stdout, child, sender, after));
    let mut answer = Answer::empty(StatusCode::OK);
    for (name, value) in head {
        if name.eq_ignore_ascii_case("status") {
            let code = value.split(' ').next().and_then(|code| code.parse::<u16>().ok());
            answer.status =
                code.and_then(|code| StatusCode::from_u16(code).ok()).unwrap_or(StatusCode::BAD_GATEWAY);
        } else {
            answer = answer.with(&name, &value);
        }
    }
    answer.payload = Payload::Stream(out);
    Ok(answer)
}

/// The child with the environment that CGI asks for (RFC 3875) and nothing of ours.
fn command(call: &Call, cell: &RepoCell, rest: &str, push: bool, locked: &[String]) -> Command {
    let mut command: Command = call.world.git.command();
    // Refs that are hidden from receive-pack can't be pushed to.
    for tag in locked {
        command.arg("-c").arg(format!("receive.hideRefs=refs/tags/{tag}"));
    }
    let query = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(&call.query.0).finish();
    command
        .arg("http-backend")
        .env("GIT_PROJECT_ROOT", &cell.dir)
        .env("GIT_HTTP_EXPORT_ALL", "1")
        .env("PATH_INFO", format!("/git/{rest}"))
        .env("QUERY_STRING", query)
        .env("REQUEST_METHOD", call.method.as_str())
        .env("CONTENT_TYPE", call.header("content-type").unwrap_or_default())
        .env("REMOTE_ADDR", "127.0.0.1");
    if push {
        command.env("REMOTE_USER", "x-access-token");
    }
    let length = call.content_length().map(|length| length.to_string());
    for (name, value) in [
        ("CONTENT_LENGTH", length.as_deref()),
        ("HTTP_CONTENT_ENCODING", call.header("content-encoding")),
        ("GIT_PROTOCOL", call.header("git-protocol")),
    ] {
        if let Some(value) = value {
            command.env(name, value);
        }
    }
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
    command
}

/// Gives the request's body to the child.
async fn feed(body: Option<Incoming>, mut stdin: ChildStdin) {
    let Some(mut body) = body else { return };
    while let Some(frame) = body.frame().await {
        let Ok(frame) = frame else { return };
        if let Some(data) = frame.data_ref()
            && stdin.write_all(data).await.is_err()
        {
            // The child has heard enough; the rest is read so that the connection lives on.
            if let Err(error) = discard(body).await {
                tracing::debug!(%error, "a push ended early");
            }
            return;
        }
    }
}

type Head = Vec<(String, String)>;

/// Reads the child's header block and whatever came with it.
async fn headers(stdout: &mut ChildStdout) -> io::Result<(Head, Bytes)> {
    let mut read = BytesMut::new();
    loop {
        if let Some(end) = read.windows(4).position(|part| part == b"\r\n\r\n") {
            let head = String::from_utf8_lossy(&read[..end]).into_owned();
            let body = read.freeze().slice(end + 4..);
            let pair =
                |line: &str| line.split_once(": ").map(|(name, value)| (name.to_owned(), value.to_owned()));
            return Ok((head.split("\r\n").filter_map(pair).collect(), body));
        }
        if read.len() > HEADERS_LIMIT || stdout.read_buf(&mut read).await? == 0 {
            return Err(io::Error::other("git http-backend answered without headers"));
        }
    }
}

/// What is to be done when the child has ended.
struct After {
    world: Arc<crate::state::World>,
    cell: Arc<RepoCell>,
    path: String,
    changes: bool,
}

/// Gives the child's output to the client; before its last byte the forge has learnt the new refs.
async fn pump(
    first: Bytes,
    mut stdout: ChildStdout,
    mut child: Child,
    out: Sender<Result<Bytes, Failure>>,
    after: After,
) {
    // One push at a time, so that each change of a ref is told once.
    let _turn = if after.changes { Some(after.cell.pushing.lock().await) } else { None };
    let mut open = first.is_empty() || out.send(Ok(first)).await.is_ok();
    let mut held: Option<Bytes> = None;
    loop {
        let mut chunk = BytesMut::with_capacity(64 * 1024);
        match stdout.read_buf(&mut chunk).await {
            Ok(0) => break,
            Ok(_) => {
                if let Some(held) = held.replace(chunk.freeze()) {
                    open = open && out.send(Ok(held)).await.is_ok();
                }
            }
            Err(error) => {
                tracing::debug!(%error, "git http-backend");
                break;
            }
        }
    }
    let ended = child.wait().await;
    if after.changes
        && let Err(error) = learn(&after).await
    {
        tracing::error!(%error, "the refs after a push");
    }
    let last = match ended {
        Ok(status) if status.success() => held.map(Ok),
        _ => Some(Err(Failure::Cut)),
    };
    if let (true, Some(last)) = (open, last)
        && out.send(last).await.is_err()
    {
        tracing::debug!("the client went away during a push");
    }
}

/// Why the refs of a push could not be learnt.
#[derive(Debug, thiserror::Error)]
enum LearnError {
    #[error(transparent)]
    Git(#[from] super::GitError),
    #[error(transparent)]
    Store(#[from] io::Error),
}

/// Reads the refs again and records what a push has changed.
async fn learn(after: &After) -> Result<(), LearnError> {
    let mut repo = after.cell.write().await;
    let refs = after.world.git.refs(&repo.git_dir()).await?;
    if refs == repo.refs {
        return Ok(());
    }
    for (kind, words) in changes(&repo.refs, &refs) {
        after.world.effects.add(kind, "POST", &after.path, words);
    }
    let mut meta = repo.meta.clone();
    meta.pushed_at = Utc::now();
    // The first branch that is pushed to an empty repository becomes the default one.
    let known =
        |refs: &BTreeMap<String, RefTarget>, branch: &str| refs.contains_key(&format!("refs/heads/{branch}"));
    if !known(&refs, &meta.default_branch)
        && let Some(branch) = refs.keys().find_map(|name| name.strip_prefix("refs/heads/"))
    {
        after.world.git.set_head(&repo.git_dir(), branch).await?;
        meta.default_branch = branch.to_owned();
    }
    repo.put_meta(meta)?;
    repo.refs = refs;
    Ok(())
}

fn changes(
    old: &BTreeMap<String, RefTarget>,
    new: &BTreeMap<String, RefTarget>,
) -> Vec<(EffectKind, String)> {
    let mut found = Vec::new();
    for (name, target) in new {
        let at = &target.commit()[..7];
        match (old.get(name), name.strip_prefix("refs/tags/")) {
            (None, Some(tag)) => found.push((EffectKind::TagCreated, format!("tag {tag} pushed at {at}"))),
            (None, None) => found.push((EffectKind::RefCreated, format!("{name} pushed at {at}"))),
            (Some(before), _) if before != target => {
                found.push((
                    EffectKind::RefUpdated,
                    format!("{name} moved from {} to {at}", &before.commit()[..7]),
                ));
            }
            _ => {}
        }
    }
    for name in old.keys().filter(|name| !new.contains_key(*name)) {
        found.push((EffectKind::RefDeleted, format!("{name} deleted")));
    }
    found
}
