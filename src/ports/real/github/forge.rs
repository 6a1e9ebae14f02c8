//! The forge's trait on GitHub's API.

use camino::Utf8Path;
use chrono::{DateTime, Utc};
use http::Method;

use super::super::policy::Failed;
use super::RealForge;
use super::call::JSON;
use super::wire::{Immutable, Limits, Pointer, Repository, WireAsset, WireRelease};
use crate::model::facts::Slug;
use crate::ports::forge::{Access, Asset, Budget, Forge, ForgeError, Release, Turn, Wanted};
use crate::ports::http::{Downloaded, OnBytes};

/// How many tags of tags are followed.
const DEPTH: u32 = 10;

/// What stands in a path as it is: all but `/`, which parts of tags and refs are joined by.
const PATH: &percent_encoding::AsciiSet =
    &percent_encoding::NON_ALPHANUMERIC.remove(b'/').remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// A tag or ref as it stands in a path.
pub(super) fn in_path(text: &str) -> percent_encoding::PercentEncode<'_> {
    percent_encoding::utf8_percent_encode(text, PATH)
}

impl RealForge {
    /// Writes, once: a lost answer is looked up by whoever asked, unless it may be `repeatable`.
    pub(super) async fn write(
        &self,
        what: &str,
        method: Method,
        path: &str,
        body: &serde_json::Value,
        repeatable: bool,
    ) -> Result<super::super::policy::Answer, ForgeError> {
        let turn = self.begin_write().await;
        let written = self.call(what, method, path, Some(body), repeatable).await;
        self.wrote(turn);
        written.map(|(answer, _)| answer).map_err(|(error, _)| error)
    }

    /// Deletes; what a lost attempt has deleted already is deleted.
    pub(super) async fn remove(&self, what: &str, path: &str) -> Result<(), ForgeError> {
        let turn = self.begin_write().await;
        let deleted = self.removed(what, path).await;
        self.wrote(turn);
        deleted
    }

    async fn removed(&self, what: &str, path: &str) -> Result<(), ForgeError> {
        match self.call(what, Method::DELETE, path, None, true).await {
            Ok(_) => Ok(()),
            Err((ForgeError::NotFound { .. }, before)) if before > 0 => Ok(()),
            Err((error, _)) => Err(error),
        }
    }
}

#[async_trait::async_trait]
impl Forge for RealForge {
    fn has_token(&self) -> bool {
        self.options.token.is_some()
    }

    async fn access(&self, repo: &Slug) -> Result<Access, ForgeError> {
        let found: Repository =
            self.get(&format!("the repository {repo}"), &format!("/repos/{repo}")).await?;
        Ok(Access {
            name: found.full_name,
            push: found.permissions.and_then(|permissions| permissions.push),
            default_branch: found.default_branch,
            archived: found.archived,
            private: found.private,
        })
    }

    async fn budget(&self) -> Result<Budget, ForgeError> {
        Ok(self.get::<Limits>("the rate limit", "/rate_limit").await?.resources.core)
    }

    async fn immutable_releases(&self, repo: &Slug) -> Result<Option<bool>, ForgeError> {
        let what = format!("the immutable releases of {repo}");
        match self.find::<Immutable>(&what, &format!("/repos/{repo}/immutable-releases")).await {
            // A job's token may lack the right to read this, which reads as 403 or 404.
            Err(ForgeError::Denied { status: 403, .. }) => Ok(None),
            other => Ok(other?.map(|setting| setting.enabled)),
        }
    }

    async fn ref_commit(&self, repo: &Slug, name: &str) -> Result<Option<String>, ForgeError> {
        let what = format!("{name} of {repo}");
        let path = format!("/repos/{repo}/git/ref/{}", in_path(name));
        let Some(Pointer { mut object }) = self.find(&what, &path).await? else { return Ok(None) };
        for _ in 0..DEPTH {
            if object.kind != "tag" {
                return Ok(Some(object.sha));
            }
            let path = format!("/repos/{repo}/git/tags/{}", object.sha);
            object = self.get::<Pointer>(&what, &path).await?.object;
        }
        Err(ForgeError::Nonsense { what, why: format!("a tag of a tag, more than {DEPTH} deep") })
    }

    async fn has_commit(&self, repo: &Slug, id: &str) -> Result<bool, ForgeError> {
        let what = format!("the commit {id} of {repo}");
        let path = format!("/repos/{repo}/git/commits/{}", in_path(id));
        match self.find::<serde::de::IgnoredAny>(&what, &path).await {
            // 409: the repository is empty; 422: no commit's name.
            Err(ForgeError::Refused { .. }) => Ok(false),
            other => Ok(other?.is_some()),
        }
    }

    async fn releases_of(&self, repo: &Slug, tag: &str) -> Result<Vec<Release>, ForgeError> {
        let what = format!("the releases of {repo}");
        let path = format!("/repos/{repo}/releases");
        // Drafts are in the list only; the list may lag, so the tag is asked for too.
        let listed: Vec<WireRelease> = self.list(&what, &path).await?;
        let by_tag: Option<WireRelease> = self.find(&what, &format!("{path}/tags/{}", in_path(tag))).await?;
        let mut found: Vec<Release> = Vec::new();
        for release in by_tag.into_iter().chain(listed).filter(|release| release.tag_name == tag) {
            if found.iter().all(|other| other.id != release.id) {
                found.push(release.into());
            }
        }
        found.sort_by_key(|release| release.id);
        Ok(found)
    }

    async fn release(&self, repo: &Slug, id: u64) -> Result<Release, ForgeError> {
        let what = format!("the release {id} of {repo}");
        let told = self.get::<WireRelease>(&what, &format!("/repos/{repo}/releases/{id}")).await?;
        told.of(id, &what)
    }

    async fn latest(&self, repo: &Slug) -> Result<Option<String>, ForgeError> {
        let what = format!("the latest release of {repo}");
        let found: Option<WireRelease> = self.find(&what, &format!("/repos/{repo}/releases/latest")).await?;
        Ok(found.map(|release| release.tag_name))
    }

    async fn create(&self, repo: &Slug, wanted: &Wanted, mark: &str) -> Result<Release, ForgeError> {
        let turn = self.begin_write().await;
        let made = self.make(repo, wanted, mark).await;
        self.wrote(turn);
        made
    }

    async fn update(&self, repo: &Slug, id: u64, wanted: &Wanted) -> Result<Release, ForgeError> {
        let turn = self.begin_write().await;
        let changed = self.change(repo, id, wanted).await;
        self.wrote(turn);
        changed
    }

    async fn delete(&self, repo: &Slug, id: u64) -> Result<(), ForgeError> {
        self.remove(&format!("deleting the release {id} of {repo}"), &format!("/repos/{repo}/releases/{id}"))
            .await
    }

    async fn assets(&self, repo: &Slug, release: u64) -> Result<Vec<Asset>, ForgeError> {
        let what = format!("the assets of the release {release} of {repo}");
        let path = format!("/repos/{repo}/releases/{release}/assets");
        Ok(self.list::<WireAsset>(&what, &path).await?.into_iter().map(Into::into).collect())
    }

    async fn turn(&self) -> Turn<'_> {
        Turn(self.begin_write().await)
    }

    async fn upload(
        &self,
        turn: Turn<'_>,
        release: &Release,
        name: &str,
        label: &str,
        file: &Utf8Path,
        seen: OnBytes<'_>,
    ) -> Result<Asset, ForgeError> {
        let what = format!("uploading {name} to the release {}", release.tag);
        // The turn may have been used already, to make way.
        self.keep_pace(*turn.0).await;
        let sent = self.send_file(&what, release, (name, label), file, seen).await;
        self.wrote(turn.0);
        self.read::<WireAsset>(&what, &sent?).map(Into::into)
    }

    async fn relabel(&self, repo: &Slug, asset: u64, label: &str) -> Result<Asset, ForgeError> {
        let what = format!("labelling the asset {asset} of {repo}");
        let path = format!("/repos/{repo}/releases/assets/{asset}");
        let body = serde_json::json!({ "label": label });
        let changed = self.call(&what, Method::PATCH, &path, Some(&body), true).await;
        let (answer, _) = changed.map_err(|(error, _)| error)?;
        self.read::<WireAsset>(&what, &answer).map(Into::into)
    }

    async fn now(&self) -> Result<Option<DateTime<Utc>>, ForgeError> {
        self.policy.enter(&self.host).await;
        // Any answer tells the time; this one costs nothing of the budget.
        let answer = match self.once(JSON, &Method::GET, "/rate_limit", None).await {
            Ok(answer) => answer,
            Err(Failed::Answered(answer)) => *answer,
            Err(failed) => return Err(self.tell("the forge's clock", failed)),
        };
        let date = answer.header("date").and_then(|date| DateTime::parse_from_rfc2822(date).ok());
        Ok(date.map(|date| date.with_timezone(&Utc)))
    }

    async fn fetch(&self, repo: &Slug, asset: u64, to: &Utf8Path) -> Result<Downloaded, ForgeError> {
        let what = format!("downloading the asset {asset} of {repo}");
        self.fetch_file(&what, &format!("/repos/{repo}/releases/assets/{asset}"), to).await
    }

    async fn delete_asset(&self, turn: &mut Turn<'_>, repo: &Slug, asset: u64) -> Result<(), ForgeError> {
        let what = format!("deleting the asset {asset} of {repo}");
        self.keep_pace(*turn.0).await;
        let deleted = self.removed(&what, &format!("/repos/{repo}/releases/assets/{asset}")).await;
        *turn.0 = Some(self.clock.now());
        deleted
    }
}
