//! What lies in a working tree beside its commit: changes, and files that Git ignores.

use std::collections::{BTreeMap, HashSet};

use camino::{Utf8Path, Utf8PathBuf};

use super::hidden::{self, Told};
use crate::model::facts::Hidden;
use crate::model::{Digest, Hasher, Problem};
use crate::ports::{Files, Git};

/// The most files that are read of a folder which Git holds as one thing (a submodule, a nested clone)
/// or not at all.
const MOST: usize = 20_000;

/// How deep such a folder may be.
const DEEPEST: usize = 64;

/// How Git is asked whether something differs. A submodule is looked into, whatever `.gitmodules` or a
/// person's settings say of it: its files are built like all others. A folder that is ignored as a whole is told as one.
const STATUS: [&str; 7] = [
    "status",
    "--porcelain=v1",
    "-z",
    "--untracked-files=all",
    "--ignored=matching",
    "--no-renames",
    "--ignore-submodules=none",
];

/// How Git marks what it ignores.
const IGNORED: &str = "!! ";

/// How Git is asked what differs: the same bytes whatever a person has set for their own eyes.
const DIFFERENCE: [&str; 24] = [
    "-c",
    "diff.relative=false",
    "-c",
    "diff.suppressBlankEmpty=false",
    "-c",
    "diff.indentHeuristic=true",
    "diff",
    "--binary",
    "--full-index",
    "--no-ext-diff",
    "--no-textconv",
    "--no-color",
    "--no-renames",
    "--ignore-submodules=none",
    "--submodule=short",
    "--src-prefix=a/",
    "--dst-prefix=b/",
    "--unified=3",
    "--inter-hunk-context=0",
    "--diff-algorithm=myers",
    // Cancels `diff.orderFile`.
    "-O/dev/null",
    "--ws-error-highlight=none",
    "HEAD",
    "--",
];

/// How the tree differs from its commit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Changes {
    /// Paths that differ, as Git prints them, sorted; untracked ones included, those that the repository ignores not.
    pub dirty: Vec<String>,
    /// Those of them that Git's status keeps quiet about.
    pub hidden: BTreeMap<String, Hidden>,
    /// The digests of what differs, by its entry; of what is gone, that of no bytes.
    pub bytes: BTreeMap<String, Digest>,
    /// Files that a sparse checkout leaves out.
    pub absent: Vec<String>,
    /// The digest of all their bytes, and of what is left out; none where all is as in the commit.
    pub digest: Option<Digest>,
}

/// Looks at the tree below `root`, what is not tracked in `dist` left out.
///
/// # Errors
///
/// If Git cannot be asked or a file cannot be read.
pub async fn changes(
    git: &dyn Git,
    files: &dyn Files,
    root: &Utf8Path,
    dist: &Utf8Path,
) -> Result<Changes, Problem> {
    let (status, asked) = tokio::join!(git.run(&STATUS), hidden::ask(git));
    let (status, asked) = (status?, asked?);
    let text = String::from_utf8_lossy(&status);
    let own = dist.strip_prefix(root).ok();
    // Only what Git does not track is left out: a changed file that it tracks is a change, wherever it is.
    let is_own = |entry: &str| {
        let path = entry.strip_prefix("?? ").or_else(|| entry.strip_prefix(IGNORED));
        let below = path.zip(own).and_then(|(path, own)| path.strip_prefix(own.as_str()));
        below.is_some_and(|below| below.starts_with('/'))
    };
    let theirs = |entry: &&str| entry.len() > 3 && !is_own(entry);
    let (ignored, entries): (Vec<&str>, Vec<&str>) =
        text.split('\0').filter(theirs).partition(|entry| entry.starts_with(IGNORED));
    let known: HashSet<&str> = entries.iter().map(|entry| &entry[3..]).collect();
    let ignored = ignored.into_iter().map(|entry| &entry[IGNORED.len()..]).collect();
    let quiet = asked.quiet(git, files, root, &Told { known, ignored, own }).await?;
    let (hidden, absent) = (quiet.entries, quiet.absent);
    let mut dirty: Vec<String> = entries.into_iter().map(str::to_owned).collect();
    dirty.extend(hidden.keys().cloned());
    dirty.sort();
    dirty.dedup();
    let mut bytes = BTreeMap::new();
    if dirty.is_empty() && absent.is_empty() {
        return Ok(Changes { dirty, hidden, bytes, absent, digest: None });
    }
    let difference = git.run(&DIFFERENCE).await?;
    let mut hasher = Hasher::default();
    hasher.update(Digest::of(&difference).hex().as_bytes());
    // What is judged on half a tree says nothing of the whole one. The list ends with an empty path.
    for path in &absent {
        hasher.update(path.as_bytes());
        hasher.update(b"\0");
    }
    hasher.update(b"\0");
    for entry in &dirty {
        let path = &entry[3..];
        let place = root.join(path);
        let untold = entry.starts_with("?? ") || hidden.contains_key(entry);
        let whole = files.meta(&place)?.is_some_and(|meta| meta.is_dir);
        let digest = content(files, &place)?;
        bytes.insert(entry.clone(), digest);
        // The difference tells of a submodule only that it has changes, and nothing of what is hidden.
        if untold || whole {
            hasher.update(path.as_bytes());
            hasher.update(digest.hex().as_bytes());
        }
    }
    Ok(Changes { dirty, hidden, bytes, absent, digest: Some(hasher.finish()) })
}

/// The files that Git ignores, relative to the root, sorted. A nested clone is one entry that ends in `/`.
///
/// # Errors
///
/// If Git cannot be asked.
pub async fn ignored(git: &dyn Git) -> Result<Vec<Utf8PathBuf>, Problem> {
    let bytes = git.run(&["ls-files", "-z", "--others", "--ignored", "--exclude-standard"]).await?;
    let text = String::from_utf8_lossy(&bytes);
    let mut paths: Vec<Utf8PathBuf> =
        text.split('\0').filter(|path| !path.is_empty()).map(Into::into).collect();
    paths.sort();
    Ok(paths)
}

/// The digest of a file, of the file that a link names, or of every file in a folder but `.git`; of what
/// is not there, or is a link to a folder or to nothing, that of no bytes.
///
/// # Errors
///
/// If something cannot be read, or the folder holds more than can be read in passing.
pub fn content(files: &dyn Files, path: &Utf8Path) -> Result<Digest, Problem> {
    let mut hasher = Hasher::default();
    let mut left = MOST;
    add(files, path, &mut hasher, &mut left, DEEPEST)?;
    Ok(hasher.finish())
}

fn add(
    files: &dyn Files,
    path: &Utf8Path,
    hasher: &mut Hasher,
    left: &mut usize,
    deepest: usize,
) -> Result<(), Problem> {
    let Some(meta) = files.meta(path)? else { return Ok(()) };
    if !meta.is_dir {
        let file = match meta.is_link {
            true => linked(files, path)?,
            false => Some(path.to_owned()),
        };
        if let Some(file) = file {
            hasher.update(if meta.is_executable { b"x" } else { b"-" });
            hasher.update(files.digest(&file)?.1.hex().as_bytes());
        }
        return Ok(());
    }
    if deepest == 0 {
        return Err(too_much(path));
    }
    for name in files.list(path)?.into_iter().filter(|name| name != ".git") {
        *left = left.checked_sub(1).ok_or_else(|| too_much(path))?;
        hasher.update(name.as_bytes());
        hasher.update(b"\0");
        add(files, &path.join(&name), hasher, left, deepest - 1)?;
    }
    hasher.update(b"/");
    Ok(())
}

/// The file that a link names in the end.
fn linked(files: &dyn Files, path: &Utf8Path) -> Result<Option<Utf8PathBuf>, Problem> {
    let real = match files.real_path(path) {
        Err(error) if error.is_missing() => return Ok(None),
        real => real?,
    };
    Ok(files.meta(&real)?.is_some_and(|meta| !meta.is_dir).then_some(real))
}

fn too_much(path: &Utf8Path) -> Problem {
    Problem::new(format!("{path} holds too much to be looked through"))
        .because(format!(
            "what is made of it depends on its files, and only {MOST} files are read in {DEEPEST} levels"
        ))
        .fix("commit what is needed of it, or take it out of the project's folder")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ports::real::RealFiles;

    #[test]
    #[expect(clippy::disallowed_methods, reason = "a link is what is looked at")]
    fn content_is_that_of_every_file() {
        let home = tempfile::tempdir().unwrap();
        let dir = Utf8PathBuf::try_from(home.path().to_owned()).unwrap();
        let put =
            |name: &str, text: &str| RealFiles.write(&dir.join("d").join(name), text.as_bytes()).unwrap();
        let now = || content(&RealFiles, &dir.join("d")).unwrap();
        assert_eq!(now(), Digest::of(&[]));
        put("a/b", "1");
        let first = now();
        put(".git/config", "x");
        assert_eq!(now(), first, "Git's own files are no content");
        put("a/b", "2");
        let second = now();
        put("a/c", "");
        assert!(first != second && second != now());
        std::os::unix::fs::symlink("../a/b", dir.join("d/.git/link")).unwrap();
        let link = || content(&RealFiles, &dir.join("d/.git/link")).unwrap();
        let before = link();
        put("a/b", "3");
        assert_ne!(link(), before, "a link stands for its file");
    }
}
