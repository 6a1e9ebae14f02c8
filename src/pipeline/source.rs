//! What Git says: the commit, whether the tree is clean, the tags, the remote.

use chrono::{DateTime, Utc};

use crate::ecosystem::tree::{self, Changes};
use crate::kit::version;
use crate::model::Problem;
use crate::model::facts::Commit;
use crate::ports::git::GitError;
use crate::ports::{Git, Ports};

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
    let (head, shallow, branch, changes) = tokio::join!(
        ports.git.text(&["log", "-1", "--no-show-signature", "--format=%H%n%T%n%cI", "HEAD"]),
        ports.git.text(&["rev-parse", "--is-shallow-repository"]),
        // Not `--short`: of a branch with a tag's name that tells `heads/NAME`.
        ports.git.text(&["symbolic-ref", "--quiet", "HEAD"]),
        tree::changes(ports.git.as_ref(), ports.files.as_ref(), &given.root, &given.dist),
    );
    let head = head.map_err(no_commit)?;
    let mut lines = head.lines();
    let (Some(id), Some(tree), Some(date)) = (lines.next(), lines.next(), lines.next()) else {
        return Err(Problem::new("git log printed something unexpected").because(head.clone()));
    };
    let date: DateTime<Utc> = DateTime::parse_from_rfc3339(date)
        .map_err(|error| Problem::new("git printed a date that is none").caused_by(&error))?
        .to_utc();
    let Changes { dirty, hidden, bytes, absent, digest } = changes?;
    let branch = branch.ok().and_then(|full| Some(full.strip_prefix("refs/heads/")?.to_owned()));
    let tree = digest.map_or_else(|| tree.to_owned(), |digest| format!("dirty-{tree}-{}", digest.hex()));
    let shallow = shallow? == "true";
    Ok(Commit { id: id.into(), date, tree, dirty, hidden, bytes, absent, shallow, branch })
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
pub async fn tags(git: &dyn Git) -> Result<Vec<RawTag>, Problem> {
    let format = "--format=%(refname:strip=2)%00%(objecttype)%00%(objectname)%00%(*objectname)";
    let merged = ["for-each-ref", "--merged", "HEAD", "--format=%(refname:strip=2)", "refs/tags"];
    let every = ["for-each-ref", format, "refs/tags"];
    let (all, merged) = tokio::join!(git.text(&every), git.text(&merged));
    let all = all?;
    // Tags that are taken for unreachable would give a wrong version: what Git says is told.
    let merged = merged.map_err(|error| {
        Problem::new("Git cannot tell which tags HEAD can reach")
            .caused_by(&error)
            .fix("look at `git tag --merged HEAD`; where objects are missing, `git fetch --unshallow --tags` brings them")
    })?;
    let reachable: std::collections::HashSet<&str> = merged.lines().collect();
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

#[cfg(test)]
mod tests {
    use super::*;

    /// A Git that knows one tag and cannot tell whether HEAD reaches it.
    struct Half;

    #[async_trait::async_trait]
    impl Git for Half {
        async fn fed(&self, args: &[&str], _: Vec<u8>) -> Result<Vec<u8>, GitError> {
            if args.contains(&"--merged") {
                return Err(GitError::Refused {
                    verb: "for-each-ref".into(),
                    code: None,
                    words: "it is torn".into(),
                });
            }
            Ok(b"v1.0.0\0commit\0c\0\n".to_vec())
        }
    }

    #[tokio::test]
    async fn tags_that_may_be_reachable_are_not_taken_for_none() {
        let problem = tags(&Half).await.unwrap_err();
        assert!(problem.to_string().contains("it is torn") && problem.fix.is_some(), "{problem}");
    }
}
