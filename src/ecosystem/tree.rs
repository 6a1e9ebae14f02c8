//! What lies in a working tree beside its commit: changes, and files that Git ignores.

use camino::{Utf8Path, Utf8PathBuf};

use crate::model::{Digest, Hasher, Problem};
use crate::ports::{Files, Git};

/// The most files that are read of a folder which Git holds as one thing (a submodule, a nested clone)
/// or not at all.
const MOST: usize = 20_000;

/// How deep such a folder may be.
const DEEPEST: usize = 64;

/// How Git is asked whether something differs. A submodule is looked into, whatever `.gitmodules` or a
/// person's settings say of it: its files are built like all others.
const STATUS: [&str; 6] =
    ["status", "--porcelain=v1", "-z", "--untracked-files=all", "--no-renames", "--ignore-submodules=none"];

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
    /// Paths that differ, as Git prints them, sorted; untracked ones included, ignored ones not.
    pub dirty: Vec<String>,
    /// The digest of all their bytes; none where nothing differs.
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
    let bytes = git.run(&STATUS).await?;
    let text = String::from_utf8_lossy(&bytes);
    // Only what Git does not track is left out: a changed file that it tracks is a change, wherever it is.
    let own = dist.strip_prefix(root).ok().map(|dist| format!("?? {dist}/"));
    let is_own = |entry: &&str| own.as_ref().is_some_and(|own| entry.starts_with(own.as_str()));
    let entries = text.split('\0').filter(|entry| entry.len() > 3 && !is_own(entry));
    let mut dirty: Vec<String> = entries.map(str::to_owned).collect();
    dirty.sort();
    if dirty.is_empty() {
        return Ok(Changes { dirty, digest: None });
    }
    let difference = git.run(&DIFFERENCE).await?;
    let mut hasher = Hasher::default();
    hasher.update(Digest::of(&difference).hex().as_bytes());
    for entry in &dirty {
        let path = &entry[3..];
        let place = root.join(path);
        let untracked = entry.starts_with("?? ");
        let whole = files.meta(&place)?.is_some_and(|meta| meta.is_dir);
        // The difference tells of a submodule only that it has changes.
        if untracked || whole {
            hasher.update(path.as_bytes());
            hasher.update(content(files, &place)?.hex().as_bytes());
        }
    }
    Ok(Changes { dirty, digest: Some(hasher.finish()) })
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
