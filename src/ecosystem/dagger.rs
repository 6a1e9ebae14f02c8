//! Dagger modules: folders with a `dagger.json` (0.x) or a `dagger-module.toml` (1.0).

use camino::{Utf8Path, Utf8PathBuf};

use crate::model::Problem;
use crate::ports::{Files, Git};

/// Files that make a folder a Dagger module.
const MARKS: [&str; 2] = ["dagger.json", "dagger-module.toml"];

/// How Git is asked for them: what it tracks, and what is new and not ignored.
const SEARCH: [&str; 8] = [
    "ls-files",
    "-z",
    "--cached",
    "--others",
    "--exclude-standard",
    "--",
    "*dagger.json",
    "*dagger-module.toml",
];

/// Folders that hold other people's files or what was made.
const FOREIGN: [&str; 5] = ["node_modules", "vendor", "dist", "target", "testdata"];

/// How many folders deep modules are looked for.
const DEEPEST: usize = 4;

/// The folders with a Dagger module in the project's folder `dir` (relative to the repository's `root`),
/// relative to it, `.` for itself, sorted. What Git ignores holds none, nor do hidden folders but `.dagger`.
///
/// # Errors
///
/// If Git cannot be asked.
pub async fn detect(
    git: &dyn Git,
    files: &dyn Files,
    root: &Utf8Path,
    dir: &Utf8Path,
) -> Result<Vec<Utf8PathBuf>, Problem> {
    let bytes = git.run(&SEARCH).await?;
    let text = String::from_utf8_lossy(&bytes);
    let mut found = Vec::new();
    for path in text.split('\0').map(Utf8Path::new) {
        let (Ok(inside), Some(name)) = (path.strip_prefix(dir), path.file_name()) else { continue };
        let folder = inside.parent().unwrap_or(Utf8Path::new(""));
        // Git also lists what was deleted and is not committed yet.
        if MARKS.contains(&name) && is_entered(folder) && files.meta(&root.join(path))?.is_some() {
            found.push(if folder.as_str().is_empty() { ".".into() } else { folder.to_owned() });
        }
    }
    found.sort();
    found.dedup();
    Ok(found)
}

fn is_entered(folder: &Utf8Path) -> bool {
    let entered = |name: &str| !FOREIGN.contains(&name) && (!name.starts_with('.') || name == ".dagger");
    folder.components().count() <= DEEPEST && folder.components().all(|part| entered(part.as_str()))
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::kit::secret::Redactor;
    use crate::ports::real::{Env, RealFiles, RealGit, RealProcess};

    #[tokio::test]
    async fn finds_modules_where_a_project_keeps_them() {
        let home = tempfile::tempdir().unwrap();
        let root = Utf8PathBuf::try_from(home.path().to_owned()).unwrap();
        let env = Env::capture();
        let process = Arc::new(RealProcess::new(env.clone(), Redactor::default()));
        let git = RealGit::new(process, root.clone(), &env);
        git.run(&["init", "-q"]).await.unwrap();
        let found = async |dir: &str| detect(&git, &RealFiles, &root, dir.into()).await.unwrap();
        assert_eq!(found("").await, Vec::<Utf8PathBuf>::new());
        for path in [
            "dagger.json",
            "not-dagger.json",
            "ci/dagger-module.toml",
            "ci/dagger.json",
            "a/b/c/d/dagger.json",
            ".dagger/dagger.json",
            "a/b/c/d/e/dagger.json",
            "node_modules/x/dagger.json",
            "vendor/dagger.json",
            ".git/dagger.json",
            "dist/dagger.json",
            "made/dagger.json",
            "gone/dagger.json",
        ] {
            RealFiles.write(&root.join(path), b"{}").unwrap();
        }
        RealFiles.write(&root.join(".gitignore"), b"/made/\n").unwrap();
        assert_eq!(found("").await, [".", ".dagger", "a/b/c/d", "ci", "gone"], "new ones count");
        git.run(&["add", "--all"]).await.unwrap();
        RealFiles.remove(&root.join("gone/dagger.json")).unwrap();
        assert_eq!(found("").await, [".", ".dagger", "a/b/c/d", "ci"]);
        assert_eq!(found("a/b").await, ["c/d", "c/d/e"]);
        assert_eq!(found("c").await, Vec::<Utf8PathBuf>::new(), "a beginning of a name is no folder");
    }
}
