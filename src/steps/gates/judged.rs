//! Whether what was judged is the commit that a verdict is to be shown at.

use camino::Utf8Path;

use crate::model::{Facts, Problem};

/// How Git marks a file that it does not know yet.
const NEW: &str = "?? ";

/// How the names of sources end.
const SOURCES: [&str; 30] = [
    "go", "s", "c", "h", "cc", "cpp", "hpp", "rs", "js", "mjs", "cjs", "jsx", "ts", "mts", "cts", "tsx",
    "py", "java", "kt", "kts", "scala", "swift", "dart", "rb", "php", "cs", "fs", "ex", "exs", "proto",
];

/// Files that say what is built and of what.
const MANIFESTS: [&str; 14] = [
    "go.mod",
    "go.sum",
    "go.work",
    "Cargo.toml",
    "Cargo.lock",
    "package.json",
    "package-lock.json",
    "npm-shrinkwrap.json",
    "deno.json",
    "deno.jsonc",
    "deno.lock",
    "pyproject.toml",
    "pom.xml",
    "build.gradle",
];

/// Refuses where what was judged is not the commit: changed files, and sources that it does not have.
///
/// # Errors
///
/// If there are some.
pub fn judged_the_commit(facts: &Facts) -> Result<(), Problem> {
    if facts.rehearsal {
        return Ok(());
    }
    let not_it = |why: String, fix: &str| {
        Err(Problem::new("what the gates judged is not the commit").because(why).fix(fix))
    };
    let changed = facts.commit.dirty.iter().find(|entry| !entry.starts_with(NEW));
    if let Some(first) = changed {
        return not_it(
            format!("a file of it is changed: {first}"),
            "commit the change, or undo it with `git checkout`; then run the gates again",
        );
    }
    // Reports and the like lie beside it; a source takes part in what was compiled and tested.
    let new = facts.commit.dirty.iter().filter_map(|entry| entry.strip_prefix(NEW));
    match new.map(Utf8Path::new).find(|path| is_source(path)) {
        Some(path) => not_it(
            format!("a source is not in it: {path}"),
            "commit it, remove it, or name it in `.gitignore`; then run the gates again",
        ),
        None => Ok(()),
    }
}

fn is_source(path: &Utf8Path) -> bool {
    let name = path.file_name().unwrap_or_default();
    path.extension().is_some_and(|end| SOURCES.contains(&end.to_ascii_lowercase().as_str()))
        || MANIFESTS.contains(&name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sources_are_told_from_what_lies_beside_them() {
        for path in ["a.go", "x/y_test.go", "src/lib.rs", "web/App.TSX", "go.sum", "sub/Cargo.lock"] {
            assert!(is_source(Utf8Path::new(path)), "{path}");
        }
        for path in ["coverage.out", "out/j.xml", "report.json", "notes.txt", "go", "tool/gitleaks"] {
            assert!(!is_source(Utf8Path::new(path)), "{path}");
        }
    }
}
