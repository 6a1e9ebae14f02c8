//! Files that Git ignores because of a list which is in no commit, however it is hidden itself: a folder with a
//! `.gitignore` of `*` tells of nothing, and Go compiles what lies in it all the same.

use std::collections::{BTreeSet, HashMap, HashSet};

use crate::model::Problem;
use crate::ports::Git;
use crate::ports::git::GitError;

/// How Git is asked for everything in folders that it ignores as a whole. A name that looks like a pattern is a name.
const INSIDE: [&str; 5] = ["--literal-pathspecs", "ls-files", "-z", "--others", "--"];

/// How many folders are asked for with one call.
const AT_ONCE: usize = 200;

/// A line of a list of names to ignore.
pub(super) struct Cause {
    list: String,
    line: String,
}

impl Cause {
    pub(super) fn told(&self) -> String {
        format!("{}:{}", self.list, self.line)
    }
}

/// The files among `ignored` (files, and folders that end in `/`) that none of the `committed` lists has Git ignore.
/// A clone of another repository is one entry, which ends in `/` too.
///
/// # Errors
///
/// If Git cannot be asked.
pub(super) async fn find(
    git: &dyn Git,
    ignored: &[&str],
    committed: &HashSet<&str>,
) -> Result<BTreeSet<String>, Problem> {
    let causes = causes(git, ignored.iter().copied()).await?;
    let unlisted = |path: &&&str| causes.get(**path).is_some_and(|by| !committed.contains(by.list.as_str()));
    let (folders, files): (Vec<&str>, Vec<&str>) =
        ignored.iter().filter(unlisted).copied().partition(|path| path.ends_with('/'));
    let mut found: BTreeSet<String> = files.into_iter().map(str::to_owned).collect();
    for some in folders.chunks(AT_ONCE) {
        let inside = git.run(&[&INSIDE[..], some].concat()).await?;
        let inside = String::from_utf8_lossy(&inside);
        found.extend(inside.split('\0').filter(|path| !path.is_empty()).map(str::to_owned));
    }
    Ok(found)
}

/// Which line of which list names each of these paths.
pub(super) async fn causes(
    git: &dyn Git,
    paths: impl Iterator<Item = &str>,
) -> Result<HashMap<String, Cause>, Problem> {
    let input = paths.flat_map(|path| [path.as_bytes(), b"\0"]).collect::<Vec<_>>().concat();
    if input.is_empty() {
        return Ok(HashMap::new());
    }
    let told = match git.fed(&["check-ignore", "-z", "-v", "--stdin"], input).await {
        // It knows of none.
        Err(GitError::Refused { code: Some(1), .. }) => Vec::new(),
        told => told?,
    };
    let told = String::from_utf8_lossy(&told);
    let fields: Vec<&str> = told.split('\0').collect();
    let one = |four: &[&str]| (four[3].to_owned(), Cause { list: four[0].into(), line: four[1].into() });
    Ok(fields.chunks_exact(4).map(one).collect())
}
