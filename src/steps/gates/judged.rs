//! Whether what was judged is the commit that a verdict is to be shown at.

use camino::Utf8Path;

use crate::ecosystem::sources::is_source;
use crate::model::{Facts, Problem};

/// How Git marks a file that it does not know yet.
const NEW: &str = "?? ";

/// Refuses where what was judged is not the commit.
///
/// # Errors
///
/// If there is a reason.
pub fn judged_the_commit(facts: &Facts) -> Result<(), Problem> {
    match not_the_commit(facts, "what the gates judged is not the commit") {
        None => Ok(()),
        Some(problem) => Err(problem),
    }
}

/// Why what lies here is not the commit, said of `what`: changed files, sources that it does not have, and sources
/// that it has and that are not here.
#[must_use]
pub fn not_the_commit(facts: &Facts, what: &str) -> Option<Problem> {
    if facts.rehearsal {
        return None;
    }
    let commit = &facts.commit;
    let not_it = |why: String, fix: &str| Some(Problem::new(what).because(why).fix(fix));
    let again = |fix: String| format!("{fix}; then run the gates again");
    let hidden = |entry: &String| commit.uncover([entry]).map(again);
    if let Some(first) = commit.dirty.iter().find(|entry| !entry.starts_with(NEW)) {
        let usual = || again("commit the change, or undo it with `git checkout`".into());
        return not_it(
            format!("a file of it is changed: {}", commit.told(first)),
            &hidden(first).unwrap_or_else(usual),
        );
    }
    // Reports and the like lie beside it; a source takes part in what was compiled and tested, and what is hidden was
    // found because it does.
    let is_new_source = |entry: &&String| {
        let new = entry.strip_prefix(NEW);
        new.is_some_and(|path| is_source(path.into()) || commit.hidden.contains_key(*entry))
    };
    if let Some(first) = commit.dirty.iter().find(is_new_source) {
        let usual = || again("commit it, remove it, or name it in `.gitignore`".into());
        let told = commit.told(first);
        return not_it(
            format!("a source is not in it: {}", told.strip_prefix(NEW).unwrap_or(&told)),
            &hidden(first).unwrap_or_else(usual),
        );
    }
    let path = left_out(facts)?;
    let because = format!("a source of it is not here: {path}, which the sparse checkout leaves out");
    not_it(because, &again(format!("`git sparse-checkout add {}`", folder(Utf8Path::new(path)))))
}

/// The first source of the commit that a sparse checkout leaves out. What other projects of the repository are made of
/// is not this one's.
#[must_use]
pub fn left_out(facts: &Facts) -> Option<&str> {
    let counts = |path: &&str| is_source((*path).into()) && Utf8Path::new(path).starts_with(&facts.dir);
    facts.commit.absent.iter().map(String::as_str).find(counts)
}

/// The folder of a file, as Git takes it.
fn folder(path: &Utf8Path) -> &str {
    path.parent().map(Utf8Path::as_str).filter(|folder| !folder.is_empty()).unwrap_or("/")
}
