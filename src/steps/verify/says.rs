//! What a program says of its version.

use crate::model::verdict::Row;
use crate::model::{Facts, Problem};

/// What was read of its words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Said {
    /// It names the version or the tag.
    pub version: bool,
    /// The commit that it names, and whether it is the right one.
    pub commit: Option<(String, bool)>,
}

/// Reads what a program printed.
#[must_use]
pub fn read(text: &str, facts: &Facts) -> Said {
    let version = facts.version.to_string();
    let words: Vec<&str> = text
        .split(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '+' | '/' | '_')))
        .filter(|word| !word.is_empty())
        .collect();
    let names = |word: &str| {
        let word = word.trim_end_matches(['.', '-']);
        word == facts.tag || word.strip_prefix('v').unwrap_or(word) == version
    };
    Said { version: words.iter().any(|word| names(word)), commit: commit(&words, &facts.commit.id) }
}

/// The commit among the words: the right one anywhere, another one only where it is called so,
/// since a program may print hashes of other things.
fn commit(words: &[&str], id: &str) -> Option<(String, bool)> {
    let is_id =
        |word: &str| (7..=64).contains(&word.len()) && word.bytes().all(|byte| byte.is_ascii_hexdigit());
    if let Some(right) = words.iter().find(|word| is_id(word) && id.starts_with(&word.to_ascii_lowercase())) {
        return Some(((*right).to_owned(), true));
    }
    let called = ["commit", "revision", "rev", "sha", "gitcommit", "githash"];
    let pairs = words.iter().zip(words.iter().skip(1));
    let wrong =
        pairs.filter(|(name, _)| called.contains(&name.to_ascii_lowercase().as_str())).map(|(_, word)| *word);
    wrong.into_iter().find(|word| is_id(word)).map(|word| (word.to_owned(), false))
}

/// The row of a program that says no version of ours and cannot be told it.
#[must_use]
pub fn unsaid(program: &str, facts: &Facts) -> Row {
    Row {
        metric: format!("version that {program} prints"),
        comparator: "is".into(),
        threshold: "shown".into(),
        actual: format!("not {}; no `var version string` in its package", facts.version),
        ok: true,
    }
}

impl Said {
    /// One row each for what it said.
    #[must_use]
    pub fn rows(&self, program: &str, facts: &Facts) -> Vec<Row> {
        let row = |what: &str, wanted: &str, actual: &str, ok: bool| Row {
            metric: format!("{what} that {program} prints"),
            comparator: "=".into(),
            threshold: wanted.into(),
            actual: actual.into(),
            ok,
        };
        let version = facts.version.to_string();
        let actual = if self.version { version.as_str() } else { "another or none" };
        let mut rows = vec![row("version", &version, actual, self.version)];
        if let Some((commit, right)) = &self.commit {
            rows.push(row("commit", &facts.commit.id, commit, *right));
        }
        rows
    }

    /// What is wrong with it.
    #[must_use]
    pub fn problems(&self, program: &str) -> Vec<Problem> {
        match &self.commit {
            Some((commit, false)) => vec![
                Problem::new(format!("{program} says that it was built from {commit}"))
                    .because("the release is of another commit")
                    .fix("build again from a clean dist folder"),
            ],
            _ => Vec::new(),
        }
    }
}
