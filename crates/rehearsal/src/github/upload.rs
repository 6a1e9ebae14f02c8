//! Uploading an asset: streamed to disk and hashed on the way.

use super::{release_json, releases, sanitise};
use crate::effect::EffectKind;
use crate::fault::FaultKind;
use crate::http::{Answer, Call, Problem, Reply, discard};
use crate::state::{Asset, AssetState, RepoCell, hex, remove_file};
use camino::Utf8Path;
use chrono::Utc;
use http::StatusCode;
use http_body_util::BodyExt;
use hyper::body::Incoming;
use serde_json::json;
use sha2::{Digest, Sha256};
use std::io;
use tokio::io::AsyncWriteExt;

/// A file must be smaller than this (orgs/community#61733).
const SIZE_LIMIT: u64 = 2 * 1024 * 1024 * 1024;

/// Most assets of a release.
const COUNT_LIMIT: usize = 1000;

/// `POST /api/uploads/repos/{owner}/{repo}/releases/{id}/assets?name=&label=`.
pub(crate) async fn upload(call: &mut Call, owner: &str, name: &str, release: &str) -> Reply {
    call.must_write()?;
    let cell = call.world.repo(owner, name).await.ok_or_else(Problem::not_found)?;
    let asset = reserve(call, &cell, release).await?;
    let body = call.body.take();
    if call.strike.kind == Some(FaultKind::Starter) {
        if let Some(body) = body
            && let Err(error) = discard(body).await
        {
            tracing::debug!(%error, "an upload ended early");
        }
        broken(call, &asset, "by a fault");
        return Err(Problem::new(StatusCode::BAD_GATEWAY, "Server Error"));
    }
    let file = cell.dir.join("assets").join(asset.id.to_string());
    let part = file.with_extension("part");
    match receive(body, &part).await {
        Ok((size, digest)) if size == asset.size => finish(call, &cell, asset, &part, digest).await,
        Ok((size, _)) => {
            remove_file(&part)?;
            broken(call, &asset, &format!("after {size} of {} bytes", asset.size));
            Err(Problem::bad_request("Bad Content-Length"))
        }
        Err(error) => {
            remove_file(&part)?;
            broken(call, &asset, "in the middle");
            tracing::debug!(%error, "an upload ended early");
            Err(Problem::new(StatusCode::BAD_GATEWAY, "Server Error"))
        }
    }
}

/// Checks the request and takes the name; from here on an interruption leaves a `starter`.
/// The record keeps the announced size until the bytes are there, and shows 0.
async fn reserve(call: &Call, cell: &RepoCell, release: &str) -> Result<Asset, Problem> {
    let size = announced(call)?;
    let given = call.query.get("name").filter(|name| !name.is_empty());
    let name = given.ok_or_else(|| Problem::field("ReleaseAsset", "missing_field", "name"))?;
    let content_type = call.header("content-type").filter(|kind| !kind.is_empty());
    let content_type =
        content_type.ok_or_else(|| Problem::field("ReleaseAsset", "missing_field", "content_type"))?;
    let name = sanitise::asset_name(name);
    let mut repo = cell.write().await;
    let release = releases::find(call, &repo, release)?.clone();
    if release.immutable {
        return Err(Problem::unprocessable("Cannot upload assets to an immutable release."));
    }
    if repo.assets_of(release.id).any(|other| other.name == name) {
        return Err(Problem::field("ReleaseAsset", "already_exists", "name"));
    }
    if repo.assets_of(release.id).count() >= COUNT_LIMIT {
        let message = format!("file_count limited to {COUNT_LIMIT} assets per release");
        return Err(Problem::custom("ReleaseAsset", "file_count", &message));
    }
    let now = Utc::now();
    let asset = Asset {
        id: call.world.ids.next()?,
        release: release.id,
        name,
        label: Some(call.query.get("label").unwrap_or_default().to_owned()),
        content_type: content_type.to_owned(),
        state: AssetState::Starter,
        size: 0,
        digest: None,
        download_count: 0,
        created_at: now,
        updated_at: now,
    };
    repo.put_asset(asset.clone())?;
    Ok(Asset { size, ..asset })
}

/// The exact length; GitHub refuses chunked bodies with these words.
fn announced(call: &Call) -> Result<u64, Problem> {
    match call.content_length() {
        None => {
            let body = json!({"message": "Bad Content-Length: ", "request_id": call.request_id});
            Err(Problem(Box::new(Answer::json(StatusCode::BAD_REQUEST, &body))))
        }
        Some(0) => Err(Problem::custom("ReleaseAsset", "size", "size must be greater than or equal to 1")),
        Some(size) if size >= SIZE_LIMIT => {
            let Problem(mut answer) =
                Problem::custom("ReleaseAsset", "size", &format!("size must be less than {SIZE_LIMIT}"));
            // Nobody wants to read two gigabytes to throw them away.
            answer.close = true;
            Err(Problem(answer))
        }
        Some(size) => Ok(size),
    }
}

/// Writes the body to a file and gives its length and SHA-256.
async fn receive(body: Option<Incoming>, part: &Utf8Path) -> io::Result<(u64, String)> {
    let mut file = tokio::io::BufWriter::with_capacity(256 * 1024, tokio::fs::File::create(part).await?);
    let mut digest = Sha256::new();
    let mut size = 0;
    if let Some(mut body) = body {
        while let Some(frame) = body.frame().await {
            let frame = frame.map_err(io::Error::other)?;
            let Some(data) = frame.data_ref() else { continue };
            digest.update(data);
            size += data.len() as u64;
            file.write_all(data).await?;
        }
    }
    file.flush().await?;
    Ok((size, hex(&digest.finalize())))
}

/// The bytes are there: the asset counts, unless somebody deleted it meanwhile.
async fn finish(call: &Call, cell: &RepoCell, mut asset: Asset, part: &Utf8Path, digest: String) -> Reply {
    let mut repo = cell.amend().await;
    let release = repo.releases.get(&asset.release).filter(|_| repo.assets.contains_key(&asset.id)).cloned();
    let Some(release) = release else {
        remove_file(part)?;
        return Err(Problem::not_found());
    };
    std::fs::rename(part, repo.asset_file(asset.id))?;
    asset.state = AssetState::Uploaded;
    asset.digest = Some(format!("sha256:{digest}"));
    asset.updated_at = Utc::now();
    repo.put_asset(asset.clone())?;
    let words = format!("asset {} uploaded to {}, {} bytes", asset.name, release.tag_name, asset.size);
    call.effect(EffectKind::AssetUploaded, words);
    Ok(Answer::created(&release_json::asset(call, &repo, &release, &asset)))
}

fn broken(call: &Call, asset: &Asset, how: &str) {
    let words = format!("upload of {} ended {how}; the asset stays in state starter", asset.name);
    call.effect(EffectKind::AssetBroken, words);
}
