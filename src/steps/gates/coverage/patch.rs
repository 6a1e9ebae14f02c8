//! The lines that were changed: since what, and how many of them are covered.

use std::collections::{BTreeMap, BTreeSet};

use camino::Utf8Path;
use serde::{Deserialize, Serialize};

use super::diff::added;
use crate::formats::coverage::{Measure, Profile};
use crate::model::{Facts, Problem};
use crate::ports::Git;

/// What changes are counted from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Base {
    /// Nobody asks.
    NotAsked,
    /// There is nothing before: this is the first version.
    Nothing,
    /// This commit, and what it is to people.
    Commit(String, String),
    /// It cannot be had, and why.
    Unknown(String),
}

/// What changes are counted from: the merge base with the branch that a pull request is for, else with the
/// version before.
pub async fn base(git: &dyn Git, facts: &Facts) -> Base {
    let branch = facts.env.get("GITHUB_BASE_REF").filter(|name| !name.is_empty());
    let (names, words) = match (branch, &facts.previous) {
        (Some(branch), _) => {
            (vec![format!("refs/remotes/origin/{branch}"), format!("refs/heads/{branch}")], branch.clone())
        }
        (None, Some(tag)) => (vec![tag.commit.clone()], tag.name.clone()),
        (None, None) if facts.commit.shallow => {
            return Base::Unknown(
                "the checkout is shallow: the versions before this one are not here".into(),
            );
        }
        (None, None) => return Base::Nothing,
    };
    let mut why = format!("{words} is not here");
    for name in names {
        match git.text(&["merge-base", "HEAD", &name]).await {
            Ok(commit) if !commit.is_empty() => return Base::Commit(commit, words),
            Ok(_) => why = format!("{words} has nothing in common with HEAD"),
            Err(error) => why = error.to_string(),
        }
    }
    Base::Unknown(why)
}

/// The lines added since the base, by file from the repository's root; none where nobody asks.
///
/// # Errors
///
/// If the base is not known, or Git cannot tell.
pub async fn changed(git: &dyn Git, base: &Base) -> Result<BTreeMap<String, BTreeSet<u32>>, Problem> {
    let commit = match base {
        Base::NotAsked | Base::Nothing => return Ok(BTreeMap::new()),
        Base::Commit(commit, _) => commit,
        Base::Unknown(why) => {
            return Err(Problem::new("it is not known which lines were changed")
                .because(why)
                .of_setting("gates.coverage.patch")
                .fix("fetch the whole history (`fetch-depth: 0` of actions/checkout, or `git fetch --unshallow`)"));
        }
    };
    // The tests ran on what lies in the tree, not on what is committed.
    let args = [
        "diff",
        "--no-ext-diff",
        "--no-textconv",
        // A line in .gitattributes could call any source binary, and its changes nobody's.
        "--text",
        "--no-color",
        "-U0",
        // Joined hunks would hold lines that nobody changed.
        "--inter-hunk-context=0",
        "-M",
        "--src-prefix=a/",
        "--dst-prefix=b/",
        commit,
        "--",
    ];
    Ok(added(&git.run(&args).await?))
}

/// The path of a file in the project's folder; none for one that lies elsewhere.
pub fn inside<'a>(file: &'a str, dir: &str) -> Option<&'a str> {
    Utf8Path::new(file).strip_prefix(dir).ok().map(Utf8Path::as_str)
}

/// How many of the changed lines that count are covered; the rest of them, by file.
pub fn patch(
    whole: &Profile,
    changed: &BTreeMap<String, BTreeSet<u32>>,
    dir: &str,
) -> (Measure, Vec<(String, Vec<u32>)>) {
    let mut measure = Measure::default();
    let mut missed = Vec::new();
    for (file, lines) in changed {
        let Some(inside) = inside(file, dir) else { continue };
        let measured = whole.lines_of(inside);
        let mut open = Vec::new();
        for (&line, &covered) in measured.iter().filter(|(line, _)| lines.contains(line)) {
            measure += Measure { covered: u64::from(covered), total: 1 };
            if !covered {
                open.push(line);
            }
        }
        if !open.is_empty() {
            missed.push((inside.to_owned(), open));
        }
    }
    (measure, missed)
}
