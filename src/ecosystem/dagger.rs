//! Dagger modules: folders with a `dagger.json` (0.x) or a `dagger-module.toml` (1.0).

use camino::{Utf8Path, Utf8PathBuf};

use crate::model::Problem;
use crate::ports::Files;

/// Files that make a folder a Dagger module.
const MARKS: [&str; 2] = ["dagger.json", "dagger-module.toml"];

/// Folders that hold other people's files or what was made.
const FOREIGN: [&str; 5] = ["node_modules", "vendor", "dist", "target", "testdata"];

/// How many folders deep modules are looked for.
const DEEPEST: usize = 4;

/// The folders with a Dagger module, relative to `dir`, `.` for itself, sorted. Hidden folders (but
/// `.dagger`) and links are not entered.
///
/// # Errors
///
/// If a folder cannot be read.
pub fn detect(files: &dyn Files, dir: &Utf8Path) -> Result<Vec<Utf8PathBuf>, Problem> {
    let mut found = Vec::new();
    let mut open = vec![(Utf8PathBuf::new(), 0)];
    while let Some((folder, depth)) = open.pop() {
        let here = if folder.as_str().is_empty() { dir.to_owned() } else { dir.join(&folder) };
        let names = files.list(&here)?;
        if names.iter().any(|name| MARKS.contains(&name.as_str())) {
            found.push(if folder.as_str().is_empty() { ".".into() } else { folder.clone() });
        }
        if depth == DEEPEST {
            continue;
        }
        for name in names.iter().filter(|name| is_entered(name)) {
            if files.meta(&here.join(name))?.is_some_and(|meta| meta.is_dir && !meta.is_link) {
                open.push((folder.join(name), depth + 1));
            }
        }
    }
    found.sort();
    Ok(found)
}

fn is_entered(name: &str) -> bool {
    !FOREIGN.contains(&name) && (!name.starts_with('.') || name == ".dagger")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ports::real::RealFiles;

    #[test]
    fn finds_modules_where_a_project_keeps_them() {
        let home = tempfile::tempdir().unwrap();
        let root = Utf8PathBuf::try_from(home.path().to_owned()).unwrap();
        assert_eq!(detect(&RealFiles, &root).unwrap(), Vec::<Utf8PathBuf>::new());
        for path in [
            "dagger.json",
            "ci/dagger-module.toml",
            "a/b/c/d/dagger.json",
            ".dagger/dagger.json",
            "a/b/c/d/e/dagger.json",
            "node_modules/x/dagger.json",
            "vendor/dagger.json",
            ".git/dagger.json",
            "dist/dagger.json",
        ] {
            RealFiles.write(&root.join(path), b"{}").unwrap();
        }
        assert_eq!(detect(&RealFiles, &root).unwrap(), [".", ".dagger", "a/b/c/d", "ci"]);
    }
}
