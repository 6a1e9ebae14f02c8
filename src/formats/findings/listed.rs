//! Which packages a report says that it looked at: enough to hold a lock file against it, in eight bytes a package.

use std::collections::{BTreeSet, HashSet};
use std::fmt;
use std::hash::{BuildHasher as _, BuildHasherDefault, RandomState};
use std::sync::LazyLock;

use crate::formats::marks::AsItIs;

/// The most packages of one report.
const MOST: usize = 2_000_000;

/// The most that the names of a report's files may take, and one of them, in bytes.
const SOURCES: (usize, usize) = (64 << 20, 4_096);

/// What a name takes beside its letters.
const ENTRY: usize = 64;

/// What a report names as looked at, whatever was found in it.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Listed {
    /// The files, as the tool names them and in its order, each once.
    pub sources: Vec<String>,
    /// What their names take, in bytes.
    held: usize,
    /// Their names as numbers, to know one again.
    names: HashSet<u64, BuildHasherDefault<AsItIs>>,
    packages: HashSet<u64, BuildHasherDefault<AsItIs>>,
}

/// What is equal looks equal: the set itself has another order each time.
impl fmt::Debug for Listed {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let packages: BTreeSet<&u64> = self.packages.iter().collect();
        out.debug_struct("Listed").field("sources", &self.sources).field("packages", &packages).finish()
    }
}

/// Nobody outside can know the keys, so no report can be made of names that fall on the same number, or near each
/// other. Nothing of it is stored.
static KEYS: LazyLock<RandomState> = LazyLock::new(RandomState::new);

/// A package in a version, as a number; `v1.0.0` is `1.0.0`.
fn mark(ecosystem: &str, name: &str, version: &str) -> u64 {
    KEYS.hash_one((ecosystem, name, version.trim_start_matches('v')))
}

impl Listed {
    /// Takes a file.
    ///
    /// # Errors
    ///
    /// If there are more than any project has.
    pub fn source(&mut self, name: &str) -> Result<(), String> {
        if !self.names.insert(KEYS.hash_one(name)) {
            return Ok(());
        }
        self.held += name.len() + ENTRY;
        if name.len() > SOURCES.1 || self.held > SOURCES.0 {
            return Err("it names more files than any project has, or longer names than files have".into());
        }
        self.sources.push(name.to_owned());
        Ok(())
    }

    /// Takes a package; the ecosystem in OSV's names.
    ///
    /// # Errors
    ///
    /// If there are more than any project has.
    pub fn package(&mut self, ecosystem: &str, name: &str, version: &str) -> Result<(), String> {
        self.packages.insert(mark(ecosystem, name, version));
        if self.packages.len() > MOST { Err(format!("more than {MOST} packages")) } else { Ok(()) }
    }

    /// Whether it named a package in this version.
    #[must_use]
    pub fn holds(&self, ecosystem: &str, name: &str, version: &str) -> bool {
        self.packages.contains(&mark(ecosystem, name, version))
    }

    /// Whether it named no package at all.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.packages.is_empty()
    }

    /// Whether it looked at a file of this name, wherever it lies.
    #[must_use]
    pub fn names(&self, file: &str) -> bool {
        self.sources.iter().any(|source| source.rsplit(['/', '\\', ':']).next() == Some(file))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_package_is_known_by_all_of_it() {
        let mut listed = Listed::default();
        listed.package("Go", "golang.org/x/text", "v0.3.5").unwrap();
        listed.source("/w/sub/go.mod").unwrap();
        assert!(listed.holds("Go", "golang.org/x/text", "0.3.5"));
        for (ecosystem, name, version) in [
            ("npm", "golang.org/x/text", "0.3.5"),
            ("Go", "golang.org/x/tex", "t0.3.5"),
            ("Go", "golang.org/x/text", "0.3.6"),
        ] {
            assert!(!listed.holds(ecosystem, name, version), "{name}");
        }
        assert!(listed.names("go.mod") && !listed.names("o.mod") && !listed.names("sub"));
        assert!(listed.source(&"x".repeat(5_000)).is_err());
        let all = (0..100_000).try_for_each(|number| listed.source(&format!("{number:0100}")));
        assert_eq!((all, listed.sources.len()), (Ok(()), 100_001));
        let more = (0..1_000_000).try_for_each(|number| listed.source(&format!("{number:0200}")));
        assert!(more.is_err() && listed.sources.len() < 500_000);
    }
}
