//! A note: what the projects of a repository had covered at a commit.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::formats::coverage::{Measure, Unit};
use crate::kit::threshold::EXACT;

/// The version of its form.
const FORMAT: u32 = 1;

/// The largest note, in bytes.
pub const MOST: u64 = 1024 * 1024;

/// What was covered of a project, by unit.
pub type Totals = BTreeMap<Unit, Measure>;

/// A note. It names its commit: one that was copied to another, as a rebase may do, is none of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Note {
    format: u32,
    commit: String,
    /// By the project's folder; empty for the root.
    pub projects: BTreeMap<String, Totals>,
}

impl Note {
    /// A note without a project.
    pub fn of(commit: &str) -> Self {
        Self { format: FORMAT, commit: commit.into(), projects: BTreeMap::new() }
    }

    /// Reads a commit's note.
    ///
    /// # Errors
    ///
    /// Why it is none: torn, of another commit, of a later form, or with figures that cannot be.
    pub fn parse(bytes: &[u8], commit: &str) -> Result<Self, String> {
        let note: Self = serde_json::from_slice(bytes).map_err(|error| error.to_string())?;
        if note.format != FORMAT {
            return Err(format!("it is of form {}, this version knows {FORMAT}", note.format));
        }
        if note.commit != commit {
            return Err(format!("it speaks of the commit {}", note.commit.escape_debug()));
        }
        let wrong = |measure: &&Measure| {
            measure.total == 0 || measure.covered > measure.total || measure.total > EXACT
        };
        match note.projects.values().flat_map(Totals::values).find(wrong) {
            Some(Measure { covered, total }) => {
                Err(format!("{covered} of {total} are covered, which cannot be"))
            }
            None => Ok(note),
        }
    }

    /// The commit that it speaks of.
    pub fn commit(&self) -> &str {
        &self.commit
    }

    /// The same note gives the same text, of one line.
    ///
    /// # Errors
    ///
    /// If it cannot be written, which would be a bug.
    pub fn text(&self) -> Result<String, serde_json::Error> {
        serde_json::to_string(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_whole_note_of_this_commit_is_one() {
        let mut note = Note::of("c1");
        let totals = Totals::from([(Unit::Lines, Measure { covered: 3, total: 4 })]);
        note.projects.insert("web".into(), totals);
        let text = note.text().unwrap();
        assert_eq!(
            text,
            r#"{"format":1,"commit":"c1","projects":{"web":{"lines":{"covered":3,"total":4}}}}"#
        );
        assert_eq!(Note::parse(format!("{text}\n").as_bytes(), "c1"), Ok(note));
        for end in 0..text.len() {
            assert!(Note::parse(&text.as_bytes()[..end], "c1").is_err(), "{end}");
        }
        assert!(Note::parse(text.as_bytes(), "c2").unwrap_err().contains("speaks of the commit c1"));
        let with = |from: &str, to: &str| Note::parse(text.replace(from, to).as_bytes(), "c1");
        assert!(with("\"format\":1", "\"format\":2").unwrap_err().contains("form 2"));
        for (from, to) in [("\"covered\":3", "\"covered\":5"), ("\"total\":4", "\"total\":9007199254740993")]
        {
            assert!(with(from, to).unwrap_err().contains("cannot be"));
        }
        assert!(with("\"covered\":3", "\"covered\":-3").is_err());
        assert!(
            with("3", "0").is_ok() && with("\"covered\":3,\"total\":4", "\"covered\":0,\"total\":0").is_err()
        );
        for text in ["", "null", "[]", "{}", "coverage: 85%"] {
            assert!(Note::parse(text.as_bytes(), "c1").is_err(), "{text}");
        }
    }
}
