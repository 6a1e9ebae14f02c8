//! Names of files in archives: one rule for what is packed and for what was downloaded.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::sync::Arc;

use unicode_normalization::UnicodeNormalization as _;

/// The longest path, in bytes: Linux takes no longer one.
const LONGEST: usize = 4096;

/// The most files and folders that are kept in mind.
const MOST: usize = 2_000_000;

/// Why a file cannot stand in an archive under this name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadEntry {
    /// Empty, absolute, or with `.`, `..` or nothing between two slashes.
    #[error("the path `{0}` leads out or is no path")]
    Path(String),
    /// A character that some system takes for something else.
    #[error("the path `{0}` holds `{1}`, which no file name may hold on every system")]
    Character(String, String),
    /// More bytes than systems take.
    #[error("a path is longer than {LONGEST} bytes: `{0}…`")]
    Long(String),
    /// More than anybody packs.
    #[error("there are more than {MOST} files and folders")]
    Many,
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
    if path.len() > LONGEST {
        return Err(BadEntry::Long(path.chars().take(60).flat_map(char::escape_debug).collect()));
    }
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
    /// What lies in a folder under a name, as many disks see it; 0 is the outermost folder. Memory grows with the
    /// paths and not with the square of their depth.
    nodes: HashMap<(usize, String), Node>,
    count: usize,
}

/// What a name stands for.
#[derive(Debug)]
enum Node {
    /// A file, as its path was given.
    File(Arc<str>),
    /// A folder: its number, and the file that it was first seen above.
    Folder(usize, Arc<str>),
}

impl Entries {
    /// Adds a file.
    ///
    /// # Errors
    ///
    /// If its name is no good, or cannot stand beside one that was added before.
    pub fn add(&mut self, path: &str) -> Result<(), BadEntry> {
        check(path)?;
        let given: Arc<str> = path.into();
        let clash = |other: &str| BadEntry::Clash { path: path.to_owned(), other: other.to_owned() };
        let folded = folded(path);
        let (above, name) = folded.rsplit_once('/').map_or((None, folded.as_str()), |(a, b)| (Some(a), b));
        let mut folder = 0;
        for part in above.into_iter().flat_map(|above| above.split('/')) {
            let number = self.next()?;
            let node = self.nodes.entry((folder, part.to_owned()));
            match node.or_insert_with(|| Node::Folder(number, Arc::clone(&given))) {
                Node::File(other) => return Err(clash(other)),
                Node::Folder(number, _) => folder = *number,
            }
        }
        self.next()?;
        match self.nodes.entry((folder, name.to_owned())) {
            Entry::Occupied(known) => match known.get() {
                Node::File(other) | Node::Folder(_, other) => Err(clash(other)),
            },
            Entry::Vacant(place) => {
                place.insert(Node::File(given));
                self.count += 1;
                Ok(())
            }
        }
    }

    /// A number that no folder has.
    fn next(&self) -> Result<usize, BadEntry> {
        if self.nodes.len() >= MOST { Err(BadEntry::Many) } else { Ok(self.nodes.len() + 1) }
    }

    /// How many there are.
    #[must_use]
    pub fn count(&self) -> usize {
        self.count
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

    #[test]
    fn a_path_costs_what_it_is_long() {
        let deep = "d/".repeat(LONGEST / 2 - 1) + "ee";
        let mut entries = Entries::default();
        entries.add(&deep).unwrap();
        assert_eq!(entries.nodes.len(), LONGEST / 2);
        assert!(matches!(entries.add(&format!("{deep}e")), Err(BadEntry::Long(_))));
        assert!(matches!(check(&"d/".repeat(1 << 20)), Err(BadEntry::Long(_))));
    }
}
