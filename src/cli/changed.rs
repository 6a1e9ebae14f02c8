//! Gates that look at files which are in no commit, or not at all of the commit. A release refuses such a tree; gates
//! alone may judge it, and say so.

use crate::model::{Facts, Problem};
use crate::steps::gates::{left_out, not_the_commit};

use super::Failure;

/// How many files are named.
const NAMED: usize = 10;

/// What is told of it, if there is any.
pub(super) fn notice(facts: &Facts) -> Option<Problem> {
    let dirty = &facts.commit.dirty;
    if dirty.is_empty() {
        return not_the_commit(facts, "what is judged is not all of the commit");
    }
    let what = match dirty.len() {
        1 => "what is judged is not the commit alone: a file differs from it".to_owned(),
        several => format!("what is judged is not the commit alone: {several} files differ from it"),
    };
    let usual = || "commit them, or set them aside with `git stash -u`, to judge the commit".into();
    Some(named(Problem::new(what), facts).fix(facts.commit.uncover(dirty).unwrap_or_else(usual)))
}

/// Refuses to tell of a commit what is found in other files, before anything is looked at.
pub(super) fn refuse(facts: &Facts) -> Result<(), Failure> {
    let what = "`--publish` tells what the gates say of the commit, and what lies here is not the commit";
    not_the_commit(facts, what).map_or(Ok(()), |problem| Err(Failure::usage(problem)))
}

/// With their names in one line: a log shows the first cause of what it only remarks on.
fn named(problem: Problem, facts: &Facts) -> Problem {
    let entries = &facts.commit.dirty;
    let mut names: Vec<String> =
        entries.iter().take(NAMED).map(|entry| facts.commit.told(entry.trim_start())).collect();
    let more = entries.len().saturating_sub(NAMED);
    if more > 0 {
        names.push(format!("and {more} more"));
    }
    let absent = left_out(facts)
        .map(|path| format!("; and {path}, which the sparse checkout leaves out, is not here"));
    problem.because(names.join(", ") + absent.as_deref().unwrap_or_default())
}
