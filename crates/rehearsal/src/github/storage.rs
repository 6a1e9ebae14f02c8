//! The bytes of assets: signed addresses that need no token, and the public download pages.

use super::{latest, release_json};
use crate::http::{Answer, Call, Problem, Reply};
use crate::state::{Caller, Repo, RepoCell, World, hex};
use http::{Method, StatusCode};
use sha2::{Digest, Sha256};

/// `GET /storage/{owner}/{name}/{id}/{key}`: whoever has the address gets the bytes.
pub(crate) async fn storage(call: &Call, owner: &str, name: &str, id: &str, key: &str) -> Reply {
    let cell = call.world.repo(owner, name).await.ok_or_else(Problem::not_found)?;
    let repo = cell.read().await;
    let asset = id.parse().ok().and_then(|id: u64| repo.assets.get(&id)).ok_or_else(Problem::not_found)?;
    if call.method != Method::GET || key != signature(&call.world, &repo, asset.id) {
        return Err(Problem::not_found());
    }
    let answer = Answer::file(&repo.asset_file(asset.id), "application/octet-stream").await?;
    let disposition = format!("attachment; filename={}", asset.name);
    Ok(answer.with("content-disposition", &disposition).with("accept-ranges", "none"))
}

/// Counts a download and sends the client to the bytes.
pub(crate) async fn redirect(call: &Call, cell: &RepoCell, id: u64) -> Reply {
    let mut repo = cell.amend().await;
    let mut asset = repo.assets.get(&id).cloned().ok_or_else(Problem::not_found)?;
    asset.download_count += 1;
    repo.put_asset(asset)?;
    let key = signature(&call.world, &repo, id);
    let at = format!("{}/storage/{}/{}/{id}/{key}", call.world.url, repo.meta.owner, repo.meta.name);
    Ok(Answer::empty(StatusCode::FOUND).with("location", &at))
}

/// `GET /{owner}/{repo}/releases/download/{tag}/{name}`, as a stranger does it.
pub(crate) async fn download(call: &Call, owner: &str, name: &str, tag: &str, file: &str) -> Reply {
    let cell = public(call, owner, name).await?;
    let id = call.view(&cell).await.download(tag, file).map(|asset| asset.id);
    redirect(call, &cell, id.ok_or_else(Problem::not_found)?).await
}

/// `GET /{owner}/{repo}/releases/latest/download/{name}`.
pub(crate) async fn download_latest(call: &Call, owner: &str, name: &str, file: &str) -> Reply {
    let cell = public(call, owner, name).await?;
    let repo = call.view(&cell).await;
    let latest = latest::latest(&repo).ok_or_else(Problem::not_found)?;
    let html = release_json::html_base(call, &repo);
    let (tag, file) = (release_json::segment(&latest.tag_name), release_json::segment(file));
    Ok(Answer::empty(StatusCode::FOUND).with("location", &format!("{html}/releases/download/{tag}/{file}")))
}

/// A repository that the caller may see.
async fn public(call: &Call, owner: &str, name: &str) -> Result<std::sync::Arc<RepoCell>, Problem> {
    let cell = call.world.repo(owner, name).await.ok_or_else(Problem::not_found)?;
    let hidden = call.caller == Caller::Anonymous && cell.read().await.meta.private;
    if call.method != Method::GET || hidden { Err(Problem::not_found()) } else { Ok(cell) }
}

/// What can't be guessed without the forge's secret.
fn signature(world: &World, repo: &Repo, id: u64) -> String {
    let text = format!("{}/{}/{id}", world.secrets.writer, repo.meta.id);
    hex(&Sha256::digest(text))[..32].to_owned()
}
