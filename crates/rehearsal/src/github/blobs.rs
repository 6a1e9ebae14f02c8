//! Blobs.

use super::contents::lines;
use super::input::Input;
use super::person;
use super::release_json::api_base;
use crate::effect::EffectKind;
use crate::http::{Answer, Call, Problem, Reply};
use crate::state::RepoCell;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::json;

/// `POST git/blobs`.
pub(crate) async fn create(call: &mut Call, cell: &RepoCell) -> Reply {
    call.must_write()?;
    let input = Input(call.json().await?);
    let content =
        input.plain("content")?.ok_or_else(|| Problem::field("Blob", "missing_field", "content"))?;
    let bytes = match input.plain("encoding")?.as_deref() {
        None | Some("utf-8") => content.into_bytes(),
        Some("base64") => {
            let stripped: String = content.chars().filter(|c| !c.is_whitespace()).collect();
            STANDARD.decode(stripped).map_err(|_| Problem::field("Blob", "invalid", "content"))?
        }
        Some(_) => return Err(Problem::field("Blob", "invalid", "encoding")),
    };
    let repo = cell.read().await;
    let sha = call.world.git.write_blob(&repo.git_dir(), &bytes).await?;
    call.effect(EffectKind::ObjectCreated, format!("blob {} of {} bytes made", &sha[..7], bytes.len()));
    Ok(Answer::created(&json!({"url": format!("{}/git/blobs/{sha}", api_base(call, &repo)), "sha": sha})))
}

/// `GET git/blobs/{sha}`.
pub(crate) async fn get(call: &Call, cell: &RepoCell, sha: &str) -> Reply {
    let repo = call.view(cell).await;
    let (git, dir) = (&call.world.git, repo.git_dir());
    if git.kind(&dir, sha).await.as_deref() != Some("blob") {
        return Err(Problem::not_found());
    }
    let bytes = git.blob(&dir, sha).await?;
    Ok(Answer::ok(&json!({
        "sha": sha,
        "node_id": person::node("Blob", sha),
        "size": bytes.len(),
        "url": format!("{}/git/blobs/{sha}", api_base(call, &repo)),
        "content": lines(&bytes),
        "encoding": "base64",
    })))
}
