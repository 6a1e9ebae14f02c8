//! Gates that look at files which are in no commit. A release refuses such a tree; gates alone may judge it, and say so.

use crate::model::{Facts, Problem};

use super::Failure;

/// How many files are named.
const NAMED: usize = 10;

/// What is told of it, if there is any.
pub(super) fn notice(facts: &Facts) -> Option<Problem> {
    let dirty = &facts.commit.dirty;
    if dirty.is_empty() {
        return None;
    }
    let what = match dirty.len() {
        1 => "what is judged is not the commit alone: a file differs from it".to_owned(),
        several => format!("what is judged is not the commit alone: {several} files differ from it"),
    };
    Some(
        named(Problem::new(what), dirty)
            .fix("commit them, or set them aside with `git stash -u`, to judge the commit"),
    )
}

/// Refuses to tell of a commit what was found in other files; files that Git does not know are no change of it.
pub(super) fn refuse(facts: &Facts) -> Result<(), Failure> {
    let tracked: Vec<String> =
        facts.commit.dirty.iter().filter(|entry| !entry.starts_with("?? ")).cloned().collect();
    if tracked.is_empty() || facts.rehearsal {
        return Ok(());
    }
    let problem =
        Problem::new("`--publish` tells what the gates say of the commit, and its files are changed");
    Err(Failure::usage(named(problem, &tracked).fix("commit the changes, or leave `--publish` out")))
}

/// With their names in one line: a log shows the first cause of what it only remarks on.
fn named(problem: Problem, entries: &[String]) -> Problem {
    let mut names: Vec<&str> = entries.iter().take(NAMED).map(|entry| entry.trim()).collect();
    let more = entries.len().saturating_sub(NAMED);
    let rest = format!("and {more} more");
    if more > 0 {
        names.push(&rest);
    }
    problem.because(names.join(", "))
}
