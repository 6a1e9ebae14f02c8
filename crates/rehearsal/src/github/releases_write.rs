//! Making, changing and deleting releases.

use super::input::Input;
use super::{notes, publish, release_json};
use crate::effect::EffectKind;
use crate::http::{Answer, Call, Problem, Reply};
use crate::state::{MakeLatest, Release, RepoCell, WriteGuard, hex};
use chrono::Utc;
use sha2::{Digest, Sha256};

/// Longest text of a release, in characters.
const BODY_LIMIT: usize = 125_000;

/// `POST releases`.
pub(crate) async fn create(call: &mut Call, cell: &RepoCell) -> Reply {
    call.must_write()?;
    let input = Input(call.json().await?);
    let tag = input.required("Release", "tag_name")?;
    let now = Utc::now();
    let mut repo = cell.write().await;
    let id = call.world.ids.next()?;
    let digest = Sha256::digest(format!("{}/{id}", call.world.options.seed));
    let blank = Release {
        id,
        target_commitish: repo.meta.default_branch.clone(),
        tag_name: tag,
        name: None,
        body: None,
        draft: false,
        prerelease: false,
        make_latest: MakeLatest::True,
        immutable: false,
        discussion_category: None,
        untagged: format!("untagged-{}", &hex(&digest)[..20]),
        created_at: now,
        updated_at: now,
        published_at: None,
    };
    let mut release = fill(blank, &input)?;
    if repo.meta.burnt_tags.contains(&release.tag_name) {
        return Err(publish::burnt());
    }
    if input.flag("generate_release_notes")? == Some(true) {
        let (name, text) =
            notes::compose(call, &repo, &release.tag_name, &release.target_commitish, None).await?;
        release.name.get_or_insert(name);
        release.body = Some([release.body.take().unwrap_or_default(), text].join("\n").trim().to_owned());
        check_body(&release)?;
    }
    if release.draft {
        let words = format!("draft release {} made, number {id}", release.tag_name);
        repo.put_release(release.clone())?;
        call.effect(EffectKind::ReleaseDrafted, words);
    } else {
        release = publish::publish(call, &mut repo, release).await?;
    }
    Ok(Answer::created(&release_json::release(call, &repo, &release)))
}

/// `PATCH releases/{id}`.
pub(crate) async fn update(call: &mut Call, cell: &RepoCell, id: &str) -> Reply {
    call.must_write()?;
    let input = Input(call.json().await?);
    let mut repo = cell.write().await;
    let old = super::releases::find(call, &repo, id)?.clone();
    let mut new = fill(old.clone(), &input)?;
    if old.immutable
        && (new.tag_name != old.tag_name || new.target_commitish != old.target_commitish || new.draft)
    {
        return Err(Problem::custom("Release", "tag_name", "Cannot change the tag of an immutable release"));
    }
    new.updated_at = Utc::now();
    let moved = !old.draft && new.tag_name != old.tag_name;
    if !new.draft && (old.draft || moved) {
        new = publish::publish(call, &mut repo, new).await?;
    } else {
        change(call, &mut repo, &old, &mut new)?;
    }
    Ok(Answer::ok(&release_json::release(call, &repo, &new)))
}

/// A change that isn't a publication.
fn change(call: &Call, repo: &mut WriteGuard<'_>, old: &Release, new: &mut Release) -> Result<(), Problem> {
    if new.draft && !old.draft {
        new.published_at = None;
    }
    repo.put_release(new.clone())?;
    if !new.draft {
        publish::point_latest(repo, new)?;
    }
    let words = match (old.draft, new.draft) {
        (false, true) => format!("release {} taken back to a draft", new.tag_name),
        _ => format!("release {} changed: {}", new.tag_name, differences(old, new)),
    };
    call.effect(EffectKind::ReleaseChanged, words);
    Ok(())
}

fn differences(old: &Release, new: &Release) -> String {
    let mut fields = Vec::new();
    for (name, differs) in [
        ("tag", old.tag_name != new.tag_name),
        ("target", old.target_commitish != new.target_commitish),
        ("name", old.name != new.name),
        ("notes", old.body != new.body),
        ("prerelease", old.prerelease != new.prerelease),
        ("latest", old.make_latest != new.make_latest),
    ] {
        if differs {
            fields.push(name);
        }
    }
    if fields.is_empty() { "nothing".to_owned() } else { fields.join(", ") }
}

/// `DELETE releases/{id}`: the tag stays; that of an immutable release is never free again.
pub(crate) async fn delete(call: &Call, cell: &RepoCell, id: &str) -> Reply {
    call.must_write()?;
    let mut repo = cell.write().await;
    let release = super::releases::find(call, &repo, id)?.clone();
    let mut meta = repo.meta.clone();
    if release.immutable {
        meta.burnt_tags.insert(release.tag_name.clone());
    }
    if meta.latest == Some(release.id) {
        meta.latest = None;
    }
    repo.put_meta(meta)?;
    repo.remove_release(release.id)?;
    let what = if release.draft { "draft release" } else { "release" };
    call.effect(EffectKind::ReleaseDeleted, format!("{what} {} deleted, number {id}", release.tag_name));
    Ok(Answer::no_content())
}

/// Lays the fields of a body over a release.
fn fill(mut release: Release, input: &Input) -> Result<Release, Problem> {
    if let Some(tag) = input.plain("tag_name")? {
        release.tag_name = tag;
    }
    if release.tag_name.is_empty() {
        return Err(Problem::field("Release", "missing_field", "tag_name"));
    }
    if let Some(target) = input.plain("target_commitish")?.filter(|target| !target.is_empty()) {
        release.target_commitish = target;
    }
    if let Some(name) = input.text("name")? {
        release.name = name;
    }
    if let Some(body) = input.text("body")? {
        release.body = body;
    }
    if let Some(category) = input.plain("discussion_category_name")? {
        release.discussion_category = Some(category);
    }
    release.draft = input.flag("draft")?.unwrap_or(release.draft);
    release.prerelease = input.flag("prerelease")?.unwrap_or(release.prerelease);
    check_body(&release)?;
    let wanted = input.plain("make_latest")?;
    release.make_latest = match wanted.as_deref() {
        None => release.make_latest,
        Some("true") if release.draft || release.prerelease => {
            let message = "Latest release cannot be draft or prerelease";
            return Err(Problem::custom("Release", "make_latest", message));
        }
        Some("true") => MakeLatest::True,
        Some("false") => MakeLatest::False,
        Some("legacy") => MakeLatest::Legacy,
        Some(other) => {
            let message = format!(
                "Invalid request.\n\nFor 'properties/make_latest', {other:?} is not a member of [\"true\", \"false\", \"legacy\"]."
            );
            return Err(Problem::unprocessable(&message));
        }
    };
    Ok(release)
}

fn check_body(release: &Release) -> Result<(), Problem> {
    match &release.body {
        Some(body) if body.chars().count() > BODY_LIMIT => Err(Problem::custom(
            "Release",
            "body",
            &format!("body is too long (maximum is {BODY_LIMIT} characters)"),
        )),
        _ => Ok(()),
    }
}
