//! The fields of GitHub's answers that we read. All that may be missing or null is optional, so that
//! an older server and a newer one are understood alike.

use chrono::{DateTime, Utc};
use serde::Deserialize;
use serde_json::{Map, Value, json};

use crate::ports::forge::{Asset, ForgeError, Release, Wanted};

/// A user.
#[derive(Deserialize)]
pub struct User {
    #[serde(default)]
    pub login: String,
}

/// A release.
#[derive(Deserialize)]
pub struct WireRelease {
    pub id: u64,
    pub tag_name: String,
    pub name: Option<String>,
    pub body: Option<String>,
    #[serde(default)]
    pub draft: bool,
    #[serde(default)]
    pub prerelease: bool,
    pub immutable: Option<bool>,
    pub target_commitish: Option<String>,
    pub html_url: Option<String>,
    pub upload_url: Option<String>,
    pub author: Option<User>,
}

impl WireRelease {
    /// The release that was asked for.
    ///
    /// # Errors
    ///
    /// If the answer is about another one: whoever believed it would go on with a release that there is not.
    pub fn of(self, id: u64, what: &str) -> Result<Release, ForgeError> {
        if self.id == id {
            return Ok(self.into());
        }
        let why = format!("it is about the release {}", self.id);
        Err(ForgeError::Nonsense { what: what.to_owned(), why })
    }
}

impl From<WireRelease> for Release {
    fn from(wire: WireRelease) -> Self {
        // `…/assets{?name,label}`
        let upload_url = wire.upload_url.unwrap_or_default();
        let upload_url = upload_url.split('{').next().unwrap_or_default().to_owned();
        Self {
            id: wire.id,
            tag: wire.tag_name,
            name: wire.name.unwrap_or_default(),
            body: wire.body.unwrap_or_default(),
            draft: wire.draft,
            prerelease: wire.prerelease,
            immutable: wire.immutable.unwrap_or(false),
            target: wire.target_commitish.unwrap_or_default(),
            url: wire.html_url.unwrap_or_default(),
            upload_url,
            author: wire.author.map(|author| author.login).unwrap_or_default(),
        }
    }
}

/// An asset.
#[derive(Deserialize)]
pub struct WireAsset {
    pub id: u64,
    pub name: String,
    #[serde(default)]
    pub state: String,
    #[serde(default)]
    pub size: u64,
    pub digest: Option<String>,
    pub label: Option<String>,
    pub created_at: Option<DateTime<Utc>>,
    pub updated_at: Option<DateTime<Utc>>,
}

impl From<WireAsset> for Asset {
    fn from(wire: WireAsset) -> Self {
        // A digest of another kind than SHA-256 says nothing to us.
        let digest = wire.digest.and_then(|digest| digest.parse().ok());
        Self {
            id: wire.id,
            name: wire.name,
            uploaded: wire.state == "uploaded",
            size: wire.size,
            digest,
            label: wire.label.unwrap_or_default(),
            touched: wire.updated_at.or(wire.created_at),
        }
    }
}

/// What a token may do.
#[derive(Deserialize)]
pub struct Permissions {
    pub push: Option<bool>,
}

/// A repository.
#[derive(Deserialize)]
pub struct Repository {
    /// `owner/name` as they are now; GitHub leads on from a former name.
    pub full_name: Option<String>,
    pub permissions: Option<Permissions>,
    #[serde(default)]
    pub default_branch: String,
    #[serde(default)]
    pub archived: bool,
    #[serde(default)]
    pub private: bool,
}

/// What a ref or a tag leads to.
#[derive(Deserialize)]
pub struct Object {
    #[serde(rename = "type")]
    pub kind: String,
    pub sha: String,
}

/// A ref or a tag object.
#[derive(Deserialize)]
pub struct Pointer {
    pub object: Object,
}

/// The setting of immutable releases.
#[derive(Deserialize)]
pub struct Immutable {
    pub enabled: bool,
}

/// The calls that are left, by resource.
#[derive(Deserialize)]
pub struct Limits {
    pub resources: Resources,
}

/// The one resource that releases use.
#[derive(Deserialize)]
pub struct Resources {
    pub core: crate::ports::forge::Budget,
}

/// What is sent to make or change a release.
pub fn body_of(wanted: &Wanted) -> Value {
    let mut body = Map::from_iter([
        ("tag_name".to_owned(), json!(wanted.tag)),
        ("name".to_owned(), json!(wanted.name)),
        ("body".to_owned(), json!(wanted.body)),
        ("draft".to_owned(), json!(wanted.draft)),
        ("prerelease".to_owned(), json!(wanted.prerelease)),
    ]);
    if !wanted.target.is_empty() {
        body.insert("target_commitish".to_owned(), json!(wanted.target));
    }
    // The API takes a text, not a boolean.
    if let Some(latest) = wanted.latest {
        body.insert("make_latest".to_owned(), json!(latest.to_string()));
    }
    if let Some(discussion) = &wanted.discussion {
        body.insert("discussion_category_name".to_owned(), json!(discussion));
    }
    Value::Object(body)
}

/// What is sent to change a release. Nothing in it makes a draft of one: whoever changes a draft that another run
/// publishes at the same moment must not take that back.
pub fn change_of(wanted: &Wanted) -> Value {
    let mut body = body_of(wanted);
    if let (true, Some(fields)) = (wanted.draft, body.as_object_mut()) {
        fields.remove("draft");
    }
    body
}

/// True if a release is as wanted, as far as the API shows it.
pub fn is_as_wanted(release: &Release, wanted: &Wanted) -> bool {
    // GitHub stores notes with its own line ends.
    let lines = |text: &str| text.replace("\r\n", "\n");
    release.tag == wanted.tag
        && release.name == wanted.name
        && lines(&release.body) == lines(&wanted.body)
        && release.draft == wanted.draft
        && release.prerelease == wanted.prerelease
        // Once the tag is there, the forge may tell its commit otherwise.
        && (!wanted.draft || wanted.target.is_empty() || release.target == wanted.target)
}
