//! The forge's API, as far as releases need it.

use camino::Utf8Path;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::model::facts::Slug;
use crate::model::{Digest, Problem};
use crate::ports::http::{Downloaded, OnBytes};

/// A release as the forge shows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Release {
    /// The numeric id.
    pub id: u64,
    /// The tag; for a draft the tag that it will create.
    pub tag: String,
    /// The title.
    pub name: String,
    /// The notes.
    pub body: String,
    /// Not visible to the public.
    pub draft: bool,
    /// Not offered as the latest.
    pub prerelease: bool,
    /// Locked for ever, with its tag and assets.
    pub immutable: bool,
    /// The commit or branch that the tag is created on.
    pub target: String,
    /// The page people see.
    pub url: String,
    /// Where assets are uploaded to, without the template part.
    pub upload_url: String,
    /// Who made it.
    pub author: String,
}

/// An asset of a release.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Asset {
    /// The numeric id.
    pub id: u64,
    /// The name.
    pub name: String,
    /// False for the empty `starter` that a failed upload leaves behind.
    pub uploaded: bool,
    /// Length in bytes.
    pub size: u64,
    /// The digest that the forge computed; old assets and old servers have none.
    pub digest: Option<Digest>,
    /// The text that pages show in place of the name; empty where there is none.
    pub label: String,
    /// When it was made or changed last, by the forge's clock.
    pub touched: Option<DateTime<Utc>>,
}

/// What to write into a release.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Wanted {
    /// The tag.
    pub tag: String,
    /// The commit the tag is created on where it does not exist.
    pub target: String,
    /// The title.
    pub name: String,
    /// The notes, at most 125,000 characters.
    pub body: String,
    /// Whether it stays a draft.
    pub draft: bool,
    /// Whether it is a prerelease.
    pub prerelease: bool,
    /// `true`, `false` or `legacy`; drafts and prereleases cannot be the latest.
    pub latest: Option<bool>,
    /// The category of a discussion to open.
    pub discussion: Option<String>,
}

/// What a token may do to a repository.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Access {
    /// `owner/name` by which the forge knows it now, if it says so: another one where it was renamed.
    pub name: Option<String>,
    /// May write contents; `None` where the forge does not say.
    pub push: Option<bool>,
    /// The default branch.
    pub default_branch: String,
    /// Archived: nothing can be written.
    pub archived: bool,
    /// Not visible to strangers.
    pub private: bool,
}

/// The calls that are left.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Budget {
    /// In the whole window.
    pub limit: u64,
    /// Left in it.
    pub remaining: u64,
    /// When it begins anew, seconds since 1970.
    pub reset: u64,
}

/// Why the forge did not do it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ForgeError {
    /// There is no such thing, or the token may not see it.
    #[error("{what}: not found")]
    NotFound {
        /// What was asked.
        what: String,
        /// The forge's words.
        message: String,
    },
    /// The token is missing, wrong, or may not do this.
    #[error("{what}: {message} (HTTP {status})")]
    Denied {
        /// What was asked.
        what: String,
        /// 401 or 403.
        status: u16,
        /// The forge's words.
        message: String,
    },
    /// The forge refused the content (422): its error codes by field.
    #[error("{what}: {message}")]
    Refused {
        /// What was asked.
        what: String,
        /// The forge's words, errors included.
        message: String,
        /// `already_exists` and its like, with their field: `name already_exists`.
        codes: Vec<String>,
    },
    /// The forge leads on to another address: the repository was renamed or transferred. A write does not
    /// follow, since its content may be too long to be sent again.
    #[error("{what}: it has moved (HTTP {status})")]
    Moved {
        /// What was asked.
        what: String,
        /// 301, 302, 307 or 308.
        status: u16,
    },
    /// The network or the forge failed after all retries; it may work later.
    #[error("{what}: {why}")]
    Passing {
        /// What was asked.
        what: String,
        /// Why.
        why: String,
    },
    /// A rate limit ends too late to wait for: trying again before that makes it worse.
    #[error("{what}: {why}")]
    Limited {
        /// What was asked.
        what: String,
        /// When it ends.
        why: String,
    },
    /// A file of ours could not be read or written.
    #[error("{what}: {why}")]
    Local {
        /// What was asked.
        what: String,
        /// Which file, and why.
        why: String,
    },
    /// The answer cannot be understood.
    #[error("{what}: the answer makes no sense: {why}")]
    Nonsense {
        /// What was asked.
        what: String,
        /// Why.
        why: String,
    },
}

/// What to do where a repository has moved.
const MOVED: &str =
    "give its new name: git remote set-url origin ADDRESS, and GITHUB_REPOSITORY where that is set";

impl ForgeError {
    /// True if the forge says that it is there already.
    #[must_use]
    pub fn already_exists(&self) -> bool {
        matches!(self, Self::Refused { codes, .. } if codes.iter().any(|code| code.ends_with("already_exists")))
    }
}

impl From<ForgeError> for Problem {
    fn from(error: ForgeError) -> Self {
        let problem = Self {
            passing: matches!(error, ForgeError::Passing { .. } | ForgeError::Nonsense { .. }),
            ..Self::new(error.to_string())
        };
        match error {
            ForgeError::Limited { .. } => problem.fix(
                "run again when the limit has ended: what is done already is found and not done twice",
            ),
            ForgeError::Moved { .. } => problem.fix(MOVED),
            ForgeError::Denied { status: 401, .. } => {
                problem.fix("give a valid token: the input `token`, or GITHUB_TOKEN in the environment")
            }
            ForgeError::Denied { .. } => problem.fix(
                "give the job `permissions: { contents: write }`, or a token that may write this repository's contents",
            ),
            _ => problem,
        }
    }
}

/// The turn to write. While it is held, no other write with content begins.
#[derive(Debug)]
pub struct Turn<'a>(pub tokio::sync::MutexGuard<'a, Option<DateTime<Utc>>>);

/// The forge. All calls follow the one HTTP policy: a write that got no answer is looked up before it
/// is tried again, so none of them happens twice.
#[async_trait::async_trait]
pub trait Forge:
    super::review::Review + super::rules::Rules + super::scanning::Scanning + super::oversight::Oversight
{
    /// Whether there is a token at all.
    fn has_token(&self) -> bool;

    /// What the token may do.
    ///
    /// # Errors
    ///
    /// As every call here.
    async fn access(&self, repo: &Slug) -> Result<Access, ForgeError>;

    /// The calls left; does not itself count.
    ///
    /// # Errors
    ///
    /// As every call here.
    async fn budget(&self) -> Result<Budget, ForgeError>;

    /// Whether published releases become immutable; `None` where the token may not know.
    ///
    /// # Errors
    ///
    /// As every call here.
    async fn immutable_releases(&self, repo: &Slug) -> Result<Option<bool>, ForgeError>;

    /// The commit that a ref such as `tags/v1.0.0` leads to, tags peeled; `None` if there is no such ref.
    ///
    /// # Errors
    ///
    /// As every call here.
    async fn ref_commit(&self, repo: &Slug, name: &str) -> Result<Option<String>, ForgeError>;

    /// Whether the forge has this commit.
    ///
    /// # Errors
    ///
    /// As every call here.
    async fn has_commit(&self, repo: &Slug, id: &str) -> Result<bool, ForgeError>;

    /// Every release of this tag, drafts too (if the token may see them), oldest first.
    ///
    /// # Errors
    ///
    /// As every call here.
    async fn releases_of(&self, repo: &Slug, tag: &str) -> Result<Vec<Release>, ForgeError>;

    /// The release of this id, fresh.
    ///
    /// # Errors
    ///
    /// As every call here.
    async fn release(&self, repo: &Slug, id: u64) -> Result<Release, ForgeError>;

    /// The tag that `latest` names; `None` if there is no release.
    ///
    /// # Errors
    ///
    /// As every call here.
    async fn latest(&self, repo: &Slug) -> Result<Option<String>, ForgeError>;

    /// Makes a release. `mark` is a text of the body by which a lost answer's release is found again.
    ///
    /// # Errors
    ///
    /// As every call here.
    async fn create(&self, repo: &Slug, wanted: &Wanted, mark: &str) -> Result<Release, ForgeError>;

    /// Changes a release to what is wanted.
    ///
    /// # Errors
    ///
    /// As every call here.
    async fn update(&self, repo: &Slug, id: u64, wanted: &Wanted) -> Result<Release, ForgeError>;

    /// Deletes a release; its tag stays.
    ///
    /// # Errors
    ///
    /// As every call here.
    async fn delete(&self, repo: &Slug, id: u64) -> Result<(), ForgeError>;

    /// All assets of a release.
    ///
    /// # Errors
    ///
    /// As every call here.
    async fn assets(&self, repo: &Slug, release: u64) -> Result<Vec<Asset>, ForgeError>;

    /// Waits for the turn to write, which may take as long as the uploads before it: what an upload rests
    /// on is looked at after that.
    async fn turn(&self) -> Turn<'_>;

    /// Uploads a file as an asset: one attempt, streamed, with its exact length. Of several uploads
    /// under one name the forge takes only the first. An empty label is none. The turn ends with it.
    ///
    /// # Errors
    ///
    /// As every call here; after a lost answer the caller looks at [`Forge::assets`] first.
    async fn upload(
        &self,
        turn: Turn<'_>,
        release: &Release,
        name: &str,
        label: &str,
        file: &Utf8Path,
        seen: OnBytes<'_>,
    ) -> Result<Asset, ForgeError>;

    /// Gives an asset another label. It waits for no other write, since an upload may take an hour.
    ///
    /// # Errors
    ///
    /// As every call here.
    async fn relabel(&self, repo: &Slug, asset: u64, label: &str) -> Result<Asset, ForgeError>;

    /// What time it is by the forge's clock; `None` where it does not say.
    ///
    /// # Errors
    ///
    /// As every call here.
    async fn now(&self) -> Result<Option<DateTime<Utc>>, ForgeError>;

    /// Downloads an asset, also of a draft, to a file.
    ///
    /// # Errors
    ///
    /// As every call here.
    async fn fetch(&self, repo: &Slug, asset: u64, to: &Utf8Path) -> Result<Downloaded, ForgeError>;

    /// Deletes an asset, within a turn: whether it may go is looked at after the wait for that.
    ///
    /// # Errors
    ///
    /// As every call here.
    async fn delete_asset(&self, turn: &mut Turn<'_>, repo: &Slug, asset: u64) -> Result<(), ForgeError>;
}
