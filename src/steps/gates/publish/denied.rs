//! What a refusal of the forge means for whoever has to mend it.

use camino::Utf8Path;

use crate::model::facts::Slug;
use crate::model::{Facts, Problem};
use crate::ports::forge::ForgeError;
use crate::steps::room::Site;

/// True where the token lacks the right, and another way of telling may be open to it.
#[must_use]
pub fn lacks_right(error: &ForgeError) -> bool {
    matches!(error, ForgeError::Denied { status: 403, .. })
}

/// The error with what to do about it. `permission` is the line that the job lacks.
#[must_use]
pub fn explained(error: ForgeError, permission: &str) -> Problem {
    let fix = match &error {
        ForgeError::Denied { status: 403, .. } => Some(format!(
            "give the job `permissions: {{ {permission} }}`, or take it out of `gates.publish`"
        )),
        ForgeError::NotFound { .. } => Some(
            "see that the token is of this repository: the forge hides from a token what it may not see at all"
                .to_owned(),
        ),
        ForgeError::Refused { message, .. } if message.contains("No commit found") => {
            Some("push the commit before its gates are told of".to_owned())
        }
        _ => None,
    };
    let problem = Problem::from(error);
    match fix {
        Some(fix) => problem.fix(fix),
        None => problem,
    }
}

/// The repository to tell in.
///
/// # Errors
///
/// If it is not known, if there is no token, or if what was judged is not the commit.
pub fn repository(site: &Site) -> Result<&Slug, Problem> {
    judged_the_commit(&site.facts)?;
    let Some(slug) = &site.facts.slug else {
        return Err(Problem::new("it is not known in which repository to tell what the gates came to")
            .fix("set GITHUB_REPOSITORY=OWNER/NAME, or add a remote `origin`"));
    };
    if !site.ports.forge.has_token() {
        return Err(Problem::new("there is no token to tell what the gates came to")
            .fix("set GITHUB_TOKEN, or the Action's input `token`"));
    }
    Ok(slug)
}

/// Changed files are no part of the commit that the verdict would be shown at.
fn judged_the_commit(facts: &Facts) -> Result<(), Problem> {
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
