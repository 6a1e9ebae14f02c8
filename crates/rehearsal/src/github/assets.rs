//! Reading, changing and deleting assets.

use super::input::Input;
use super::{page, release_json, releases, sanitise, storage};
use crate::effect::EffectKind;
use crate::http::{Answer, Call, Problem, Reply};
use crate::state::{Asset, AssetState, Release, Repo, RepoCell};
use chrono::Utc;

/// `GET releases/{id}/assets`.
pub(crate) async fn list(call: &Call, cell: &RepoCell, release: &str) -> Reply {
    let repo = call.view(cell).await;
    let release = releases::find(call, &repo, release)?;
    page::list(
        call,
        repo.assets_of(release.id).map(|a| release_json::asset(call, &repo, release, a)).collect(),
    )
}

/// `GET releases/assets/{id}`: the record or, on `Accept: application/octet-stream`, the way to the bytes.
pub(crate) async fn get(call: &Call, cell: &RepoCell, id: &str) -> Reply {
    let repo = call.view(cell).await;
    let (release, asset) = find(call, &repo, id)?;
    if !call.header("accept").is_some_and(|accept| accept.contains("application/octet-stream")) {
        return Ok(Answer::ok(&release_json::asset(call, &repo, release, asset)));
    }
    match asset.state {
        AssetState::Uploaded => storage::redirect(call, cell, asset.id).await,
        AssetState::Starter => Err(Problem::not_found()),
    }
}

/// `PATCH releases/assets/{id}`: name and label.
pub(crate) async fn update(call: &mut Call, cell: &RepoCell, id: &str) -> Reply {
    call.must_write()?;
    let input = Input(call.json().await?);
    let mut repo = cell.write().await;
    let (release, asset) = find(call, &repo, id)?;
    let (release, mut asset) = (release.clone(), asset.clone());
    if release.immutable {
        return Err(Problem::unprocessable("Cannot update assets of an immutable release."));
    }
    let old = asset.name.clone();
    if let Some(name) = input.plain("name")? {
        asset.name = sanitise::asset_name(&name);
    }
    if repo.assets_of(release.id).any(|other| other.id != asset.id && other.name == asset.name) {
        return Err(Problem::field("ReleaseAsset", "already_exists", "name"));
    }
    if let Some(label) = input.text("label")? {
        asset.label = label;
    }
    asset.updated_at = Utc::now();
    repo.put_asset(asset.clone())?;
    call.effect(
        EffectKind::AssetChanged,
        format!("asset {old} of {} is now {}", release.tag_name, asset.name),
    );
    Ok(Answer::ok(&release_json::asset(call, &repo, &release, &asset)))
}

/// `DELETE releases/assets/{id}`.
pub(crate) async fn delete(call: &Call, cell: &RepoCell, id: &str) -> Reply {
    call.must_write()?;
    let mut repo = cell.write().await;
    let (release, asset) = find(call, &repo, id)?;
    if release.immutable {
        return Err(Problem::unprocessable("Cannot delete assets from an immutable release."));
    }
    let (number, words) = (asset.id, format!("asset {} deleted from {}", asset.name, release.tag_name));
    repo.remove_asset(number)?;
    call.effect(EffectKind::AssetDeleted, words);
    Ok(Answer::no_content())
}

/// An asset by the number in an address, with its release; drafts' assets are as hidden as drafts.
fn find<'a>(call: &Call, repo: &'a Repo, id: &str) -> Result<(&'a Release, &'a Asset), Problem> {
    let asset = id.parse().ok().and_then(|id: u64| repo.assets.get(&id)).ok_or_else(Problem::not_found)?;
    let release = repo.releases.get(&asset.release).filter(|release| releases::visible(call, release));
    Ok((release.ok_or_else(Problem::not_found)?, asset))
}
