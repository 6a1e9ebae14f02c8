//! What changed in the world, in order: the list that `rehearse` prints.

use camino::Utf8PathBuf;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use std::io::Write;
use std::sync::{Mutex, PoisonError};

/// One change of the world that a client brought about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Effect {
    /// When it was done.
    pub at: DateTime<Utc>,
    /// What sort of change.
    pub kind: EffectKind,
    /// HTTP method of the request behind it.
    pub method: String,
    /// Path of that request, without its query.
    pub path: String,
    /// The change in plain words.
    pub words: String,
}

/// The sorts of change a forge knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum EffectKind {
    /// A repository came into being.
    RepoCreated,
    /// A repository's settings were changed.
    RepoChanged,
    /// A branch or other ref was made.
    RefCreated,
    /// A ref points somewhere else.
    RefUpdated,
    /// A ref is gone.
    RefDeleted,
    /// A tag was made.
    TagCreated,
    /// Git objects were written without a ref.
    ObjectCreated,
    /// A commit was made through the contents API.
    CommitCreated,
    /// A draft release was made.
    ReleaseDrafted,
    /// A release is public.
    ReleasePublished,
    /// A release's words or flags were changed.
    ReleaseChanged,
    /// A release is gone.
    ReleaseDeleted,
    /// An asset is complete.
    AssetUploaded,
    /// An upload ended early; the asset is in state `starter`.
    AssetBroken,
    /// An asset was renamed or relabelled.
    AssetChanged,
    /// An asset is gone.
    AssetDeleted,
    /// An issue was opened.
    IssueOpened,
    /// An issue was changed.
    IssueChanged,
    /// A comment was written, changed or deleted.
    Comment,
    /// A label was made, changed or deleted.
    Label,
    /// A check run was made or changed.
    CheckRun,
    /// A commit status was set.
    Status,
    /// Results of code scanning were uploaded.
    Scan,
    /// Daggerverse was asked to index a module.
    CrawlRequested,
    /// A webhook was accepted.
    WebhookReceived,
    /// A webhook came again with an id that is known.
    WebhookRepeated,
}

/// Keeps the effects in memory and, line by line, in `effects.jsonl`.
#[derive(Debug)]
pub(crate) struct EffectBook {
    file: Utf8PathBuf,
    effects: Mutex<Vec<Effect>>,
}

impl EffectBook {
    /// Reads what an earlier forge wrote; a torn last line is left out.
    pub(crate) fn open(file: Utf8PathBuf) -> std::io::Result<Self> {
        let text = match std::fs::read_to_string(&file) {
            Ok(text) => text,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => String::new(),
            Err(error) => return Err(error),
        };
        let effects = text.lines().filter_map(|line| serde_json::from_str(line).ok()).collect();
        Ok(Self { file, effects: Mutex::new(effects) })
    }

    /// Appends one effect; trouble with the file is traced, since the change itself has happened.
    pub(crate) fn add(&self, kind: EffectKind, method: &str, path: &str, words: String) {
        let effect = Effect { at: Utc::now(), kind, method: method.to_owned(), path: path.to_owned(), words };
        let mut effects = self.effects.lock().unwrap_or_else(PoisonError::into_inner);
        if let Err(error) = append_line(&self.file, &effect) {
            tracing::error!(%error, file = %self.file, "effect not written");
        }
        effects.push(effect);
    }

    /// All effects so far.
    pub(crate) fn list(&self) -> Vec<Effect> {
        self.effects.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// Writes a value as one JSON line at the end of a file, in one write call.
pub(crate) fn append_line<T: Serialize>(file: &camino::Utf8Path, value: &T) -> std::io::Result<()> {
    let mut line = serde_json::to_vec(value)?;
    line.push(b'\n');
    std::fs::OpenOptions::new().create(true).append(true).open(file)?.write_all(&line)
}
