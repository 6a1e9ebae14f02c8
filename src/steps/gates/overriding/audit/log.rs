//! The log at the remote: read, and added to by a push that is never forced.

use camino::Utf8Path;

use super::chain::{Broken, line_of, verify};
use super::entry::{Entry, Said};
use crate::model::{Digest, Problem};
use crate::ports::git::{Git, GitError};
use crate::ports::{Files, Ports};
use crate::steps::gates::remote::{REMOTE, fetch, has_remote, tip};

/// The branch.
pub const BRANCH: &str = "release-action-audit";

/// The file on it.
pub const FILE: &str = "audit.jsonl";

/// The largest log that is read, in bytes: some 50,000 attempts.
pub const MOST: u64 = 64 * 1024 * 1024;

/// The log as it is now.
#[derive(Debug)]
pub struct Log {
    /// The newest commit; none where nothing was written yet.
    tip: Option<String>,
    /// Its lines, as they are.
    pub bytes: Vec<u8>,
    /// What they say.
    pub entries: Vec<Entry>,
    /// The digest of the last one.
    pub head: Digest,
}

impl Log {
    /// The log in these bytes.
    ///
    /// # Errors
    ///
    /// Where it breaks.
    pub fn of(bytes: Vec<u8>) -> Result<Self, Broken> {
        let (entries, head) = verify(&bytes)?;
        Ok(Self { tip: None, bytes, entries, head })
    }
}

fn full() -> String {
    format!("refs/heads/{BRANCH}")
}

/// Reads it from the remote, and verifies every line.
///
/// # Errors
///
/// If it cannot be had, or is broken: then nothing counts until somebody has looked.
pub async fn read(git: &dyn Git) -> Result<Log, Problem> {
    let unread = |error: GitError| {
        Problem::new(format!("the audit log on the branch {BRANCH} of `{REMOTE}` cannot be read"))
            .caused_by(&error)
    };
    if !has_remote(git).await.map_err(unread)? {
        return Err(Problem::new(format!("there is no remote `{REMOTE}` for the audit log")));
    }
    let name = full();
    let tip = tip(git, &name).await.map_err(unread)?;
    let mut bytes = Vec::new();
    if let Some(tip) = &tip {
        fetch(git, tip, &name).await.map_err(unread)?;
        let object = format!("{tip}:{FILE}");
        let size = git.text(&["cat-file", "-s", &object]).await.map_err(unread)?;
        if !size.parse::<u64>().is_ok_and(|size| size <= MOST) {
            return Err(Problem::new(format!("the audit log has {size} bytes, and {MOST} are read")));
        }
        bytes = git.run(&["cat-file", "blob", &object]).await.map_err(unread)?;
    }
    let log = Log::of(bytes).map_err(|broken| {
        Problem::new(format!("the audit log on the branch {BRANCH} is broken at its line {}", broken.line))
            .because(broken.why)
            .fix(format!("see who changed it (git log origin/{BRANCH}), and put back what was there"))
    })?;
    Ok(Log { tip, ..log })
}

/// Adds a line, if the log is still as it was read.
///
/// # Errors
///
/// If it cannot be pushed; that is passing, since somebody else may have added a line.
pub async fn append(ports: &Ports, scratch: &Utf8Path, log: &Log, said: &Said) -> Result<(), Problem> {
    let unwritten = |why: &(dyn std::error::Error + 'static)| {
        Problem::new(format!("the audit log cannot be written on the branch {BRANCH} of `{REMOTE}`"))
            .caused_by(why)
            .fix("let the job write (`permissions: { contents: write }`) and actions/checkout keep its credentials")
    };
    let (line, _) = line_of(said, log.entries.len() as u64, log.head).map_err(|error| unwritten(&error))?;
    let bytes = [&log.bytes[..], line.as_bytes()].concat();
    let git = ports.git.as_ref();
    let made = commit(git, ports.files.as_ref(), scratch, log, &bytes).await;
    ports.files.remove(scratch)?;
    let made = made?;
    let to = format!("{made}:{}", full());
    let alone = ["--quiet", "--no-verify", "--no-follow-tags", "--no-signed", "--recurse-submodules=no"];
    let pushed = git.run(&[&["push"][..], &alone, &[REMOTE, &to]].concat()).await;
    pushed.map(drop).map_err(|error| unwritten(&error).passing())
}

/// The commit that holds these bytes, after the one that was read. No ref of this clone is touched.
async fn commit(
    git: &dyn Git,
    files: &dyn Files,
    scratch: &Utf8Path,
    log: &Log,
    bytes: &[u8],
) -> Result<String, Problem> {
    let (file, tree) = (scratch.join(FILE), scratch.join("tree"));
    files.write(&file, bytes)?;
    let blob = git.text(&["hash-object", "-w", "--no-filters", "--", file.as_str()]).await?;
    files.write(&tree, &tree_of(&blob)?)?;
    let tree = git.text(&["hash-object", "-w", "--no-filters", "-t", "tree", "--", tree.as_str()]).await?;
    let by = ["-c", "user.name=release-action", "-c", "user.email=release-action@invalid"];
    let mut args =
        [&by[..], &["commit-tree", &tree, "-m", "chore: audit of a gate override [skip ci]"]].concat();
    if let Some(tip) = &log.tip {
        args.extend(["-p", tip]);
    }
    Ok(git.text(&args).await?)
}

/// A tree with the one file in it, as Git stores it: mode, name, NUL, the object's id in bytes.
fn tree_of(blob: &str) -> Result<Vec<u8>, Problem> {
    let pair = |pair: &[u8]| {
        let text = std::str::from_utf8(pair).ok()?;
        u8::from_str_radix(text, 16).ok()
    };
    let id: Option<Vec<u8>> = blob.as_bytes().chunks(2).map(pair).collect();
    let id = id.filter(|id| matches!(id.len(), 20 | 32));
    let id =
        id.ok_or_else(|| Problem::new(format!("Git gave no id of an object: `{}`", blob.escape_debug())))?;
    Ok([format!("100644 {FILE}\0").as_bytes(), &id].concat())
}
