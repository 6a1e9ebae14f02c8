//! Where the notes are: the remote's, or this clone's where it has no remote.

use std::collections::HashMap;

use super::note::{MOST, Note};
use crate::model::Problem;
use crate::ports::Git;
use crate::ports::git::GitError;
use crate::steps::gates::remote::tip;
pub use crate::steps::gates::remote::{REMOTE, fetch, has_remote};

/// The ref that the notes are on.
pub const REF: &str = "refs/notes/release-action/coverage";

/// The notes as they are now.
pub struct Notes {
    /// The commit of the notes' own history; none where nothing was recorded.
    pub tip: Option<String>,
    /// The note of each commit that has one, by the object that holds it.
    blobs: HashMap<String, String>,
}

/// The notes: the remote is asked, and nothing is kept of it but objects.
///
/// # Errors
///
/// If the remote cannot be asked.
pub async fn notes(git: &dyn Git) -> Result<Notes, GitError> {
    let tip = if has_remote(git).await? {
        let tip = tip(git, REF).await?;
        if let Some(tip) = &tip {
            fetch(git, tip, REF).await?;
        }
        tip
    } else {
        let told = git.text(&["for-each-ref", "--format=%(objectname)", REF]).await?;
        told.lines().next().map(str::to_owned)
    };
    let Some(tip) = tip else { return Ok(Notes { tip: None, blobs: HashMap::new() }) };
    let listed = git.run(&["ls-tree", "-r", "-z", &tip]).await?;
    Ok(Notes { tip: Some(tip), blobs: blobs(&listed) })
}

/// The files of a tree of notes. A note's path is the commit, with slashes where there are many.
fn blobs(listed: &[u8]) -> HashMap<String, String> {
    let entry = |line: &[u8]| {
        let line = std::str::from_utf8(line).ok()?;
        let (head, path) = line.split_once('\t')?;
        let mut head = head.split(' ').skip(1);
        let (kind, object) = (head.next()?, head.next()?);
        let commit = path.replace('/', "");
        let hex = matches!(commit.len(), 40 | 64) && commit.bytes().all(|byte| byte.is_ascii_hexdigit());
        (kind == "blob" && hex).then(|| (commit, object.to_owned()))
    };
    listed.split(|byte| *byte == 0).filter_map(entry).collect()
}

impl Notes {
    /// The note of a commit; none where it has none.
    ///
    /// # Errors
    ///
    /// If there is one and it is not ours.
    pub async fn of(&self, git: &dyn Git, commit: &str) -> Result<Option<Note>, Problem> {
        let Some(object) = self.blobs.get(commit) else { return Ok(None) };
        let size = git.text(&["cat-file", "-s", object]).await?;
        let read = if size.parse::<u64>().is_ok_and(|size| size <= MOST) {
            Note::parse(&git.run(&["cat-file", "blob", object]).await?, commit)
        } else {
            Err(format!("it has {size} bytes"))
        };
        read.map(Some).map_err(|why| {
            Problem::new(format!("the recorded coverage of {} cannot be used", short(commit)))
                .because(format!("its note on {REF} is torn or not ours: {why}"))
                .fix(format!(
                    "look at it (`git fetch {REMOTE} {REF}:{REF} && git notes --ref {REF} show {commit}`), then record it \
                     anew or take it away (`git notes --ref {REF} remove {commit} && git push {REMOTE} {REF}`)"
                ))
        })
    }
}

/// A commit's name for people.
pub fn short(commit: &str) -> &str {
    commit.get(..10).unwrap_or(commit)
}
