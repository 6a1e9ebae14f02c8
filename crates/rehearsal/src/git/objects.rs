//! Commits, trees and blobs, read by plumbing commands.

use super::command::{Git, GitError};
use camino::Utf8Path;
use chrono::{DateTime, Utc};

/// Who wrote or committed, and when.
#[derive(Debug, Clone)]
pub(crate) struct Person {
    pub(crate) name: String,
    pub(crate) email: String,
    pub(crate) date: DateTime<Utc>,
}

/// A commit.
#[derive(Debug, Clone)]
pub(crate) struct Commit {
    pub(crate) sha: String,
    pub(crate) tree: String,
    pub(crate) parents: Vec<String>,
    pub(crate) author: Person,
    pub(crate) committer: Person,
    pub(crate) message: String,
}

/// One line of a tree.
#[derive(Debug, Clone)]
pub(crate) struct Entry {
    pub(crate) mode: String,
    /// `blob`, `tree` or `commit`.
    pub(crate) kind: String,
    pub(crate) sha: String,
    pub(crate) size: u64,
    pub(crate) name: String,
}

const FORMAT: &str = "--format=%H%x1f%T%x1f%P%x1f%an%x1f%ae%x1f%at%x1f%cn%x1f%ce%x1f%ct%x1f%B%x1e";

impl Git {
    /// Resolves a name to a commit; `None` when the repository doesn't know it.
    pub(crate) async fn commit_id(&self, dir: &Utf8Path, name: &str) -> Option<String> {
        self.resolve(dir, name, "commit").await
    }

    /// Resolves a name to an object of a kind; `None` when there is none.
    pub(crate) async fn resolve(&self, dir: &Utf8Path, name: &str, kind: &str) -> Option<String> {
        let wanted = format!("{name}^{{{kind}}}");
        // "Not there" and "not such a thing" are both exit codes of rev-parse.
        self.text(dir, &["rev-parse", "--verify", "--quiet", "--end-of-options", &wanted]).await.ok()
    }

    /// The kind of an object named by its full id.
    pub(crate) async fn kind(&self, dir: &Utf8Path, sha: &str) -> Option<String> {
        if !is_sha(sha) {
            return None;
        }
        // An unknown object is an exit code.
        self.text(dir, &["cat-file", "-t", sha]).await.ok()
    }

    /// Reads one commit by its id.
    pub(crate) async fn commit(&self, dir: &Utf8Path, sha: &str) -> Result<Commit, GitError> {
        let found = self.log(dir, &["--max-count=1", sha]).await?;
        found.into_iter().next().ok_or_else(|| GitError::Failed {
            command: "log".to_owned(),
            stderr: format!("{sha} is no commit"),
        })
    }

    /// Reads commits in the order of `git log`; `args` are options and revisions.
    pub(crate) async fn log(&self, dir: &Utf8Path, args: &[&str]) -> Result<Vec<Commit>, GitError> {
        let all: Vec<&str> = ["log", FORMAT].into_iter().chain(args.iter().copied()).collect();
        let text = self.run(dir, &all).await?;
        let text = String::from_utf8_lossy(&text).into_owned();
        Ok(text.split('\x1e').filter_map(|record| commit(record.trim_start_matches('\n'))).collect())
    }

    /// Lists a directory of a commit; the root is the empty path.
    pub(crate) async fn tree(&self, dir: &Utf8Path, tree: &str) -> Result<Vec<Entry>, GitError> {
        let bytes = self.run(dir, &["ls-tree", "-z", "--long", tree]).await?;
        let text = String::from_utf8_lossy(&bytes).into_owned();
        Ok(text.split('\0').filter_map(entry).collect())
    }

    /// The bytes of a blob.
    pub(crate) async fn blob(&self, dir: &Utf8Path, sha: &str) -> Result<Vec<u8>, GitError> {
        self.run(dir, &["cat-file", "blob", sha]).await
    }

    /// The text of a tag object.
    pub(crate) async fn tag_text(&self, dir: &Utf8Path, sha: &str) -> Result<String, GitError> {
        let bytes = self.run(dir, &["cat-file", "tag", sha]).await?;
        Ok(String::from_utf8_lossy(&bytes).into_owned())
    }
}

/// Whether the text is a full SHA-1 object id.
pub(crate) fn is_sha(text: &str) -> bool {
    text.len() == 40 && text.bytes().all(|c| c.is_ascii_hexdigit())
}

fn commit(record: &str) -> Option<Commit> {
    let mut fields = record.splitn(10, '\x1f');
    let mut next = || fields.next().map(str::to_owned);
    let (sha, tree, parents) = (next()?, next()?, next()?);
    let author = Person { name: next()?, email: next()?, date: time(&next()?)? };
    let committer = Person { name: next()?, email: next()?, date: time(&next()?)? };
    let message = next()?.trim_end_matches('\n').to_owned();
    let parents = parents.split_whitespace().map(str::to_owned).collect();
    Some(Commit { sha, tree, parents, author, committer, message })
}

fn time(text: &str) -> Option<DateTime<Utc>> {
    DateTime::from_timestamp(text.parse().ok()?, 0)
}

fn entry(line: &str) -> Option<Entry> {
    let (meta, name) = line.split_once('\t')?;
    let mut fields = meta.split_whitespace();
    let (mode, kind, sha) = (fields.next()?, fields.next()?, fields.next()?);
    // Trees have `-` for a size.
    let size = fields.next()?.parse().unwrap_or(0);
    Some(Entry {
        mode: mode.to_owned(),
        kind: kind.to_owned(),
        sha: sha.to_owned(),
        size,
        name: name.to_owned(),
    })
}
