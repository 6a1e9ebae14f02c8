//! Releases and assets as the API shows them.

use super::person;
use super::time::stamp;
use crate::http::Call;
use crate::state::{Asset, AssetState, Release, Repo};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Value, json};

/// What may stand in a path segment as it is.
const SEGMENT: &AsciiSet =
    &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~').remove(b'@').remove(b'+');

/// A text as one path segment.
pub(crate) fn segment(text: &str) -> String {
    utf8_percent_encode(text, SEGMENT).to_string()
}

/// Start of a repository's API addresses.
pub(crate) fn api_base(call: &Call, repo: &Repo) -> String {
    format!("{}/repos/{}/{}", call.api, repo.meta.owner, repo.meta.name)
}

/// Start of a repository's pages.
pub(crate) fn html_base(call: &Call, repo: &Repo) -> String {
    format!("{}/{}/{}", call.world.url, repo.meta.owner, repo.meta.name)
}

/// The tag as it stands in addresses: a draft has a stand-in that changes at publishing.
fn shown_tag(release: &Release) -> String {
    if release.draft { release.untagged.clone() } else { segment(&release.tag_name) }
}

/// A `release`.
pub(crate) fn release(call: &Call, repo: &Repo, release: &Release) -> Value {
    let (api, html) = (api_base(call, repo), html_base(call, repo));
    let at = format!("{api}/releases/{}", release.id);
    let upload = format!(
        "{}/api/uploads/repos/{}/{}/releases/{}/assets{{?name,label}}",
        call.world.url, repo.meta.owner, repo.meta.name, release.id
    );
    let ball = |kind: &str| (!release.draft).then(|| format!("{api}/{kind}/{}", segment(&release.tag_name)));
    let mut value = json!({
        "url": at,
        "assets_url": format!("{at}/assets"),
        "upload_url": upload,
        "html_url": format!("{html}/releases/tag/{}", shown_tag(release)),
        "id": release.id,
        "author": person::bot(call),
        "node_id": person::node("Release", release.id),
        "tag_name": release.tag_name,
        "target_commitish": release.target_commitish,
        "name": release.name,
        "draft": release.draft,
        "immutable": release.immutable,
        "prerelease": release.prerelease,
        "created_at": stamp(release.created_at),
        "updated_at": stamp(release.updated_at),
        "published_at": release.published_at.map(stamp),
        "assets": repo.assets_of(release.id).map(|a| asset(call, repo, release, a)).collect::<Vec<_>>(),
        "tarball_url": ball("tarball"),
        "zipball_url": ball("zipball"),
        "body": release.body,
    });
    if release.discussion_category.is_some() && !release.draft {
        value["discussion_url"] = json!(format!("{html}/discussions/{}", release.id));
    }
    value
}

/// A `release-asset`.
pub(crate) fn asset(call: &Call, repo: &Repo, release: &Release, asset: &Asset) -> Value {
    let (api, html) = (api_base(call, repo), html_base(call, repo));
    json!({
        "url": format!("{api}/releases/assets/{}", asset.id),
        "id": asset.id,
        "node_id": person::node("ReleaseAsset", asset.id),
        "name": asset.name,
        "label": asset.label,
        "uploader": person::bot(call),
        "content_type": asset.content_type,
        "state": match asset.state { AssetState::Starter => "starter", AssetState::Uploaded => "uploaded" },
        "size": asset.size,
        "digest": asset.digest,
        "download_count": asset.download_count,
        "created_at": stamp(asset.created_at),
        "updated_at": stamp(asset.updated_at),
        "browser_download_url": format!("{html}/releases/download/{}/{}", shown_tag(release), segment(&asset.name)),
    })
}
