//! The moment a release becomes public.

use crate::effect::EffectKind;
use crate::git::GitError;
use crate::http::{Call, Problem};
use crate::state::{MakeLatest, RefTarget, Release, Repo, WriteGuard};
use camino::Utf8Path;
use chrono::Utc;

/// What an absent ref's old value is to Git.
const NOTHING: &str = "0000000000000000000000000000000000000000";

/// Makes a release public: its tag is made where it isn't there yet, and all is locked if releases are
/// immutable here.
pub(crate) async fn publish(
    call: &Call,
    repo: &mut WriteGuard<'_>,
    mut release: Release,
) -> Result<Release, Problem> {
    let tag = release.tag_name.clone();
    if repo.published(&tag).is_some_and(|other| other.id != release.id) {
        return Err(Problem::field("Release", "already_exists", "tag_name"));
    }
    if repo.meta.burnt_tags.contains(&tag) {
        return Err(burnt());
    }
    let commit = tag_commit(call, repo, &release).await?;
    release.created_at = call.world.git.commit(&repo.git_dir(), &commit).await?.committer.date;
    let now = Utc::now();
    release.draft = false;
    release.updated_at = now;
    release.published_at.get_or_insert(now);
    release.immutable = repo.meta.immutable_releases;
    repo.put_release(release.clone())?;
    point_latest(repo, &release)?;
    call.world.unseen.hide(release.id, call.world.options.lag.by_tag);
    let assets = repo.assets_of(release.id).count();
    let kind = if release.prerelease { "prerelease" } else { "release" };
    let lock = if release.immutable { ", immutable from now on" } else { "" };
    call.effect(EffectKind::ReleasePublished, format!("{kind} {tag} published with {assets} assets{lock}"));
    Ok(release)
}

/// Keeps the pointer to the latest release.
pub(crate) fn point_latest(repo: &mut WriteGuard<'_>, release: &Release) -> Result<(), Problem> {
    let mut meta = repo.meta.clone();
    match (release.make_latest, release.prerelease) {
        (MakeLatest::True, false) => meta.latest = Some(release.id),
        _ if meta.latest == Some(release.id) => meta.latest = None,
        _ => return Ok(()),
    }
    Ok(repo.put_meta(meta)?)
}

/// The refusal of a tag that an immutable release has used up.
pub(crate) fn burnt() -> Problem {
    Problem::custom("Release", "tag_name", "tag_name was used by an immutable release")
}

/// The commit of the release's tag; makes the tag if there is none.
async fn tag_commit(call: &Call, repo: &mut WriteGuard<'_>, release: &Release) -> Result<String, Problem> {
    let name = format!("refs/tags/{}", release.tag_name);
    if let Some(target) = repo.refs.get(&name) {
        return Ok(target.commit().to_owned());
    }
    if repo.refs.is_empty() {
        return Err(Problem::custom("Release", "target_commitish", "Repository is empty."));
    }
    let git = &call.world.git;
    let dir = repo.git_dir();
    let commit = commitish(call, repo, &release.target_commitish).await;
    let commit = commit.ok_or_else(|| Problem::field("Release", "invalid", "target_commitish"))?;
    if !git.ref_is_valid(&dir, &name).await {
        return Err(Problem::custom("Release", "tag_name", "tag_name is not a valid tag"));
    }
    create_tag(git, &dir, &name, &commit).await?;
    repo.refs.insert(name, RefTarget { sha: commit.clone(), kind: "commit".to_owned(), peeled: None });
    call.effect(EffectKind::TagCreated, format!("tag {} made at {}", release.tag_name, &commit[..7]));
    Ok(commit)
}

async fn create_tag(git: &crate::git::Git, dir: &Utf8Path, name: &str, commit: &str) -> Result<(), GitError> {
    git.update_ref(dir, name, commit, Some(NOTHING)).await
}

/// The commit that a `target_commitish` means: a branch or a full commit id.
pub(crate) async fn commitish(call: &Call, repo: &Repo, target: &str) -> Option<String> {
    let short = target.strip_prefix("refs/heads/").unwrap_or(target);
    if let Some(branch) = repo.refs.get(&format!("refs/heads/{short}")) {
        return Some(branch.commit().to_owned());
    }
    let sha = target.len() == 40 && target.bytes().all(|c| c.is_ascii_hexdigit());
    if sha { call.world.git.commit_id(&repo.git_dir(), target).await } else { None }
}
