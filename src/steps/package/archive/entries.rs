//! What goes into an archive, sorted by name.

use std::io;

use camino::{Utf8Path, Utf8PathBuf};

use super::settings::{FileRule, USUAL_FILES};
use crate::kit::entry_path::{self, BadEntry};
use crate::kit::path::RepoPath;
use crate::model::{Artifact, Digest, Problem};
use crate::steps::package::gather::{Found, Gatherer};

/// One file of an archive.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Entry {
    /// Its name in the archive, with `/` between folders.
    pub name: String,
    /// Where its bytes lie.
    pub from: Utf8PathBuf,
    /// How many bytes.
    pub len: u64,
    /// Whether it may be run.
    pub executable: bool,
    /// The digest that its bytes must have, where it is known.
    pub digest: Option<Digest>,
}

impl Entry {
    /// The mode: 0755 or 0644, whatever it was on this machine.
    #[must_use]
    pub fn mode(&self) -> u32 {
        if self.executable { 0o755 } else { 0o644 }
    }

    /// Takes the digest of what was read.
    ///
    /// # Errors
    ///
    /// If another one was recorded when the file was made.
    pub fn agrees(&self, read: Digest) -> io::Result<Digest> {
        match self.digest {
            Some(known) if known != read => Err(io::Error::other(format!(
                "{} changed since it was made: {read} instead of {known}",
                self.from
            ))),
            _ => Ok(read),
        }
    }
}

/// The entry of a binary.
#[must_use]
pub fn binary(artifact: &Artifact, dist: &Utf8Path) -> Entry {
    Entry {
        name: artifact.name.clone(),
        from: dist.join(&artifact.path),
        len: artifact.size,
        executable: true,
        digest: Some(artifact.digest),
    }
}

/// The entries of all files that the rules name.
///
/// # Errors
///
/// If a rule finds nothing, leaves the repository, or gives a name that no archive may hold.
pub fn beside(rules: Option<&[FileRule]>, gatherer: &Gatherer) -> Result<Vec<Entry>, Problem> {
    let Some(rules) = rules else {
        let mut entries = Vec::new();
        for pattern in USUAL_FILES {
            entries.extend(
                gatherer.find(pattern, true)?.into_iter().map(|found| entry(found.name.clone(), found)),
            );
        }
        return Ok(entries);
    };
    let mut entries = Vec::new();
    for rule in rules {
        let (pattern, to) = match rule {
            FileRule::Pattern(pattern) => (pattern, None),
            FileRule::Moved(moved) => (&moved.from, Some(moved.to.as_str())),
        };
        let found = gatherer.find(pattern, false)?;
        if found.is_empty() {
            return Err(Problem::new(format!(
                "`package.archive.files` names `{pattern}`, which finds no file"
            ))
            .fix("correct the pattern (it is relative to the project's folder) or take it out"));
        }
        entries.extend(placed(pattern, to, found)?);
    }
    Ok(entries)
}

/// What a pattern found, each with its name in the archive.
fn placed(pattern: &str, to: Option<&str>, found: Vec<Found>) -> Result<Vec<Entry>, Problem> {
    if let (Some(to), 2..) = (to, found.len())
        && !to.ends_with('/')
    {
        return Err(Problem::new(format!(
            "`{pattern}` finds {} files, but `to: {to}` is one name",
            found.len()
        ))
        .fix(format!("write `to: {to}/` for a folder, or narrow the pattern")));
    }
    found.into_iter().map(|found| Ok(entry(place(to, &found)?, found))).collect()
}

fn entry(name: String, found: Found) -> Entry {
    Entry { name, from: found.path, len: found.len, executable: found.executable, digest: None }
}

fn place(to: Option<&str>, found: &Found) -> Result<String, Problem> {
    let wanted = match to {
        None => return Ok(found.name.clone()),
        Some(folder) if folder.ends_with('/') => format!("{folder}{}", found.below),
        Some(name) => name.to_owned(),
    };
    let path = RepoPath::new(&wanted).map_err(|_| {
        Problem::new(format!("`to: {}` leaves the archive", to.unwrap_or_default()))
            .fix("name a place below the archive's top: `to: docs/`")
    })?;
    Ok(path.as_path().to_string())
}

/// All entries below the archive's top folder, sorted, each name once.
///
/// # Errors
///
/// If two sources want the same name, or a name holds what breaks readers on some system.
pub fn arrange(mut entries: Vec<Entry>, wrap: &str) -> Result<Vec<Entry>, Problem> {
    for entry in &mut entries {
        if !wrap.is_empty() {
            entry.name = format!("{wrap}/{}", entry.name);
        }
    }
    entries.sort();
    entries.dedup_by(|a, b| a.name == b.name && a.from == b.from);
    let mut names = entry_path::Entries::default();
    let problems = entries
        .iter()
        .filter_map(|entry| names.add(&entry.name).err().map(|bad| refused(&entries, entry, bad)));
    Problem::none_of(problems.collect())?;
    Ok(entries)
}

/// What is told of a name that no archive may hold.
fn refused(entries: &[Entry], entry: &Entry, bad: BadEntry) -> Problem {
    match &bad {
        BadEntry::Clash { path, other } => {
            let from = entries.iter().find(|entry| entry.name == *other).map(|entry| &entry.from);
            Problem::new(format!("two files would be `{path}` in the archive, on many disks at least"))
                .because(format!("{} and {}", from.unwrap_or(&entry.from), entry.from))
                .fix("give one of them another name with `to:` in `package.archive.files`")
        }
        BadEntry::Path(_) | BadEntry::Character(..) | BadEntry::Long(_) | BadEntry::Many => {
            Problem::new(format!("`{}` cannot go into an archive", entry.name.escape_debug()))
                .caused_by(&bad)
                .fix("rename the file, or give it another name with `to:` in `package.archive.files`")
        }
    }
}

/// Looks at the names that files would get which are there before anything is built: those that no
/// archive may hold are told then. What a hook will make is not there yet.
///
/// # Errors
///
/// As [`arrange`], and if several files would get one name.
pub fn foresee(found: Vec<(&str, Option<&str>, Vec<Found>)>) -> Result<(), Problem> {
    let (mut entries, mut problems) = (Vec::new(), Vec::new());
    // A place outside of the archive is told where the settings are looked at.
    let inside = |to: Option<&str>| to.is_none_or(|to| RepoPath::new(to).is_ok());
    for (pattern, to, found) in found.into_iter().filter(|(_, to, _)| inside(*to)) {
        match placed(pattern, to, found) {
            Ok(placed) => entries.extend(placed),
            Err(problem) => problems.push(problem),
        }
    }
    problems.extend(arrange(entries, "").err());
    Problem::none_of(problems)
}
