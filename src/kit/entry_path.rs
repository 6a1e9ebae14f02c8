//! Names of files in archives: one rule for what is packed and for what was downloaded.

use std::collections::{BTreeMap, BTreeSet};

use unicode_normalization::UnicodeNormalization as _;

/// Why a file cannot stand in an archive under this name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadEntry {
    /// Empty, absolute, or with `.`, `..` or nothing between two slashes.
    #[error("the path `{0}` leads out or is no path")]
    Path(String),
    /// A character that some system takes for something else.
    #[error("the path `{0}` holds `{1}`, which no file name may hold on every system")]
    Character(String, String),
    /// Another file of this name, or of one that is the same on many disks, or a file where a folder is.
    #[error("`{path}` and `{other}` cannot stand side by side: on many disks they are the same")]
    Clash {
        /// The name that was added.
        path: String,
        /// The name that was there before.
        other: String,
    },
}

/// Takes a path that stays below the folder it is unpacked in and that every system can write.
///
/// # Errors
///
/// If it is none.
pub fn check(path: &str) -> Result<(), BadEntry> {
    if let Some(bad) = path.chars().find(|c| c.is_control() || matches!(c, '\\' | ':')) {
        return Err(BadEntry::Character(path.escape_debug().to_string(), bad.escape_debug().to_string()));
    }
    if path.split('/').any(|part| matches!(part, "" | "." | "..")) {
        return Err(BadEntry::Path(path.to_owned()));
    }
    Ok(())
}

/// The files of one archive.
#[derive(Debug, Default)]
pub struct Entries {
    /// Each name as many disks see it, and as it was given.
    files: BTreeMap<String, String>,
    /// The folders above them, as many disks see them.
    folders: BTreeSet<String>,
}

impl Entries {
    /// Adds a file.
    ///
    /// # Errors
    ///
    /// If its name is no good, or cannot stand beside one that was added before.
    pub fn add(&mut self, path: &str) -> Result<(), BadEntry> {
        check(path)?;
        let folded = folded(path);
        let clash = |other: &str| BadEntry::Clash { path: path.to_owned(), other: other.to_owned() };
        if let Some(other) = self.files.get(&folded) {
            return Err(clash(other));
        }
        if self.folders.contains(&folded) {
            let below = format!("{folded}/");
            let other = self.files.range(below.clone()..).find(|(name, _)| name.starts_with(&below));
            return Err(clash(other.map_or(path, |(_, name)| name)));
        }
        let above: Vec<&str> = folded.match_indices('/').map(|(at, _)| &folded[..at]).collect();
        if let Some(other) = above.iter().find_map(|folder| self.files.get(*folder)) {
            return Err(clash(other));
        }
        self.folders.extend(above.into_iter().map(str::to_owned));
        self.files.insert(folded, path.to_owned());
        Ok(())
    }

    /// How many there are.
    #[must_use]
    pub fn count(&self) -> usize {
        self.files.len()
    }
}

/// A name as many disks see it: upper and lower case are the same, and so are the forms of a letter.
fn folded(path: &str) -> String {
    path.nfc().collect::<String>().to_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn takes_what_every_system_can_unpack() {
        for path in ["a", "docs/de/a.md", "a b;$(x).txt", "-rf", ".hidden", "grüße.txt", "..a"] {
            assert_eq!(check(path), Ok(()), "{path}");
        }
        for path in ["", "/a", "a/", "a//b", "./a", "a/../b", "..", "a\\b", "man/Foo::Bar.3", "C:a", "a\nb"] {
            assert!(check(path).is_err(), "{path:?}");
        }
    }

    #[test]
    fn tells_what_is_the_same_on_many_disks() {
        for (one, two) in
            [("a", "a"), ("Docs/a", "docs/A"), ("\u{e9}", "e\u{301}"), ("a", "A/b"), ("a/b", "A")]
        {
            let mut entries = Entries::default();
            entries.add(one).unwrap();
            let clash = BadEntry::Clash { path: two.into(), other: one.into() };
            assert_eq!(entries.add(two), Err(clash), "{one} {two}");
        }
        let mut entries = Entries::default();
        for path in ["a/b", "a/c", "ab", "a.b/c"] {
            entries.add(path).unwrap();
        }
        assert_eq!(entries.count(), 4);
    }
}
