//! What Git says: the commit, whether the tree is clean, the tags, the remote.

use chrono::{DateTime, Utc};

use crate::kit::version;
use crate::model::facts::Commit;
use crate::model::{Digest, Hasher, Problem};
use crate::ports::Ports;
use crate::ports::git::GitError;

use super::observe::Given;

/// A tag as Git has it, of whatever form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RawTag {
    /// The name without `refs/tags/`.
    pub name: String,
    /// The commit after peeling.
    pub commit: String,
    /// True for an annotated tag.
    pub annotated: bool,
    /// True if HEAD can reach it.
    pub reachable: bool,
}

/// HEAD, and whether the tree differs from it.
///
/// # Errors
///
/// If this is no repository or it has no commit.
pub async fn commit(ports: &Ports, given: &Given) -> Result<Commit, Problem> {
    let no_commit = |error: GitError| {
        Problem::new("there is no commit to release")
            .caused_by(&error)
            .fix("run this in a Git repository with at least one commit")
    };
    let (head, shallow, branch, status) = tokio::join!(
        ports.git.text(&["log", "-1", "--no-show-signature", "--format=%H%n%T%n%cI", "HEAD"]),
        ports.git.text(&["rev-parse", "--is-shallow-repository"]),
        ports.git.text(&["symbolic-ref", "--quiet", "--short", "HEAD"]),
        status(ports, given),
    );
    let head = head.map_err(no_commit)?;
    let mut lines = head.lines();
    let (Some(id), Some(tree), Some(date)) = (lines.next(), lines.next(), lines.next()) else {
        return Err(Problem::new("git log printed something unexpected").because(head.clone()));
    };
    let date: DateTime<Utc> = DateTime::parse_from_rfc3339(date)
        .map_err(|error| Problem::new("git printed a date that is none").caused_by(&error))?
        .to_utc();
    let dirty = status?;
    let tree = if dirty.is_empty() { tree.to_owned() } else { changed(ports, given, tree, &dirty).await? };
    Ok(Commit { id: id.into(), date, tree, dirty, shallow: shallow? == "true", branch: branch.ok() })
}

/// Paths that differ from HEAD, untracked ones included, the dist folder left out.
async fn status(ports: &Ports, given: &Given) -> Result<Vec<String>, Problem> {
    let args = ["status", "--porcelain=v1", "-z", "--untracked-files=all", "--no-renames"];
    let bytes = ports.git.run(&args).await?;
    let text = String::from_utf8_lossy(&bytes);
    // Only what Git does not track is left out: a changed file that it tracks is a change, wherever it is.
    let own = given.dist.strip_prefix(&given.root).ok().map(|dist| format!("?? {dist}/"));
    let is_own = |entry: &&str| own.as_ref().is_some_and(|own| entry.starts_with(own.as_str()));
    let entries = text.split('\0').filter(|entry| entry.len() > 3 && !is_own(entry));
    let mut dirty: Vec<String> = entries.map(str::to_owned).collect();
    dirty.sort();
    Ok(dirty)
}

/// The digest of a tree with changes: the tree, the difference to it, and every untracked file.
async fn changed(ports: &Ports, given: &Given, tree: &str, dirty: &[String]) -> Result<String, Problem> {
    let difference = ports.git.run(&["diff", "--binary", "--no-ext-diff", "--no-textconv", "HEAD"]).await?;
    let mut hasher = Hasher::default();
    hasher.update(tree.as_bytes());
    hasher.update(Digest::of(&difference).hex().as_bytes());
    for entry in dirty.iter().filter(|entry| entry.starts_with("?? ")) {
        let path = &entry[3..];
        hasher.update(path.as_bytes());
        if let Some(meta) = ports.files.meta(&given.root.join(path))?
            && !meta.is_dir
            && !meta.is_link
        {
            hasher.update(ports.files.digest(&given.root.join(path))?.1.hex().as_bytes());
        }
    }
    Ok(format!("dirty-{}", hasher.finish().hex()))
}

/// The address of `origin`, if there is one.
///
/// # Errors
///
/// If Git cannot be run.
pub async fn remote(ports: &Ports) -> Result<Option<String>, Problem> {
    match ports.git.text(&["config", "--get", "remote.origin.url"]).await {
        Ok(address) => Ok(Some(address)),
        Err(GitError::Refused { .. }) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

/// Every tag, and whether HEAD can reach it.
///
/// # Errors
///
/// If Git cannot be run.
pub async fn tags(ports: &Ports) -> Result<Vec<RawTag>, Problem> {
    let format = "--format=%(refname:strip=2)%00%(objecttype)%00%(objectname)%00%(*objectname)";
    let merged = ["for-each-ref", "--merged", "HEAD", "--format=%(refname:strip=2)", "refs/tags"];
    let every = ["for-each-ref", format, "refs/tags"];
    let (all, merged) = tokio::join!(ports.git.text(&every), ports.git.text(&merged));
    // Without a commit there is no HEAD; that is told by `commit`.
    let merged = merged.unwrap_or_default();
    let reachable: std::collections::HashSet<&str> = merged.lines().collect();
    let all = all?;
    let read = |line: &str| {
        let mut parts = line.split('\0');
        let (name, kind, object, peeled) = (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
        let annotated = kind == "tag";
        let commit = if annotated { peeled } else { object };
        Some(RawTag {
            name: name.into(),
            commit: commit.into(),
            annotated,
            reachable: reachable.contains(name),
        })
    };
    Ok(all.lines().filter_map(read).collect())
}

/// The subjects and bodies of the commits since a tag, newest first.
///
/// # Errors
///
/// If Git cannot be run.
pub async fn messages_since(
    ports: &Ports,
    tag: Option<&str>,
    dir: &camino::Utf8Path,
) -> Result<Vec<String>, Problem> {
    let range = tag.map_or_else(|| "HEAD".to_owned(), |tag| format!("refs/tags/{tag}..HEAD"));
    let mut args = vec!["log", "-z", "--no-show-signature", "--format=%B", &range];
    if !dir.as_str().is_empty() {
        args.extend(["--", dir.as_str()]);
    }
    let bytes = ports.git.run(&args).await?;
    let text = String::from_utf8_lossy(&bytes);
    Ok(text
        .split('\0')
        .map(|message| message.trim().to_owned())
        .filter(|message| !message.is_empty())
        .collect())
}

/// The version in a tag of a project: `PREFIXvX.Y.Z`, the `v` optional.
#[must_use]
pub fn version_in(tag: &str, prefix: &str) -> Option<semver::Version> {
    version::strict(tag.strip_prefix(prefix)?)
}
