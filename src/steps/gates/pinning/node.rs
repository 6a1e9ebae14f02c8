//! The lock files of npm and its kin, for the project's own `package.json` and for every one below it.
//!
//! A package that belongs to a workspace has its dependencies in the lock file of the workspace's root. Any other one
//! is a project of its own, and needs a lock file of its own.

use std::collections::{BTreeMap, BTreeSet};

use camino::{Utf8Path, Utf8PathBuf};
use saphyr_parser::{Event, Parser};

use super::locks::{SEEN, Stand};
use super::npm;
use crate::model::Problem;
use crate::ports::Files;

/// The file in which pnpm has the patterns of its workspace.
pub const PNPM: &str = "pnpm-workspace.yaml";

/// A manifest.
const MANIFEST: &str = "package.json";

/// npm's own, the first of which counts; and those of which only their tool can tell more than that they are there.
const NPM: [&str; 2] = ["npm-shrinkwrap.json", "package-lock.json"];
const OTHERS: [&str; 4] = ["pnpm-lock.yaml", "yarn.lock", "bun.lock", "bun.lockb"];

/// Folders with copies of what others wrote, and with what tests read.
const FOREIGN: [&str; 3] = ["node_modules", "vendor", "testdata"];

/// The longest file of pnpm's that is read, and the longest lock file, in bytes.
const LONGEST: u64 = 1024 * 1024;
const LONGEST_LOCK: u64 = 64 * 1024 * 1024;

/// How the lock files stand; `listed` are the files of the commit.
///
/// # Errors
///
/// If a manifest or a lock file cannot be read.
pub fn look(
    files: &dyn Files,
    root: &Utf8Path,
    dir: &Utf8Path,
    listed: &BTreeSet<Utf8PathBuf>,
) -> Result<Vec<Stand>, Problem> {
    let commit = Commit { files, root, listed };
    let mut homes = BTreeMap::<Utf8PathBuf, bool>::new();
    for manifest in listed.iter().filter(|path| path.file_name() == Some(MANIFEST)) {
        let Some(folder) = manifest.parent() else { continue };
        let Ok(below) = folder.strip_prefix(dir) else { continue };
        let foreign = below.components().any(|part| FOREIGN.contains(&part.as_str()));
        if !foreign && npm::asks(files, root, manifest)? {
            *homes.entry(commit.home(folder)?.to_owned()).or_default() |=
                npm::depends(files, root, manifest)?;
        }
    }
    homes.iter().map(|(home, depends)| commit.stand(home, *depends)).collect()
}

/// The files of the commit.
struct Commit<'a> {
    files: &'a dyn Files,
    root: &'a Utf8Path,
    listed: &'a BTreeSet<Utf8PathBuf>,
}

impl Commit<'_> {
    /// The folder whose lock file holds what the package in this one asks for: the root of the workspace that it
    /// belongs to, else its own.
    fn home<'a>(&self, folder: &'a Utf8Path) -> Result<&'a Utf8Path, Problem> {
        for above in folder.ancestors().skip(1) {
            let inside = folder.strip_prefix(above).unwrap_or(folder);
            let manifest = above.join(MANIFEST);
            if self.listed.contains(&manifest)
                && npm::has_workspace(self.files, self.root, &manifest, inside)?
            {
                return Ok(above);
            }
            let pnpm = above.join(PNPM);
            if self.listed.contains(&pnpm) && npm::is_member(&self.of_pnpm(&pnpm)?, inside)? {
                return Ok(above);
            }
        }
        Ok(folder)
    }

    /// npm's lock file against the manifests; those of others have to be there, and to hold something where anything
    /// outside of the workspace is asked for.
    fn stand(&self, home: &Utf8Path, depends: bool) -> Result<Stand, Problem> {
        let find =
            |names: &[&str]| names.iter().map(|name| home.join(name)).find(|path| self.listed.contains(path));
        if let Some(lock) = find(&NPM) {
            let (by, differences) =
                ("compared", npm::differences(self.files, self.root, home, &lock, self.listed)?);
            return Ok(if differences.is_empty() {
                Stand::good(lock, "in step", by)
            } else {
                Stand::stale(lock, by, differences, "bring it in step: `npm install --package-lock-only`")
            });
        }
        Ok(match find(&OTHERS) {
            Some(lock) => {
                let empty =
                    || self.files.read(&self.root.join(&lock), LONGEST_LOCK).map(|text| is_empty(&text));
                let by = "not compared with package.json";
                if depends && empty()? {
                    let why = format!(
                        "it holds nothing, and what {} asks for is in no other one",
                        home.join(MANIFEST)
                    );
                    let fix = "write it anew with the tool whose it is (`pnpm install`, `yarn install`, `bun install`)";
                    Stand::stale(lock, by, vec![why], fix)
                } else {
                    Stand::good(lock, SEEN, by)
                }
            }
            None => {
                let fix = "write it: `npm install --package-lock-only`";
                Stand::missing(home.join("package-lock.json"), home.join(MANIFEST).as_str(), fix)
            }
        })
    }

    /// The patterns in pnpm's file: the texts in the list `packages` (https://pnpm.io/pnpm-workspace_yaml).
    fn of_pnpm(&self, path: &Utf8Path) -> Result<Vec<String>, Problem> {
        let bytes = self.files.read(&self.root.join(path), LONGEST)?;
        packages(&String::from_utf8_lossy(&bytes)).map_err(|(why, line)| {
            Problem::new(format!("{path} cannot be read")).because(why).at(
                path.to_owned(),
                u32::try_from(line).ok(), // A longer file has no editor.
                None,
            )
        })
    }
}

/// Whether a lock file holds nothing but blanks, comments and marks of a document's beginning.
fn is_empty(text: &[u8]) -> bool {
    let says = |line: &[u8]| {
        let line = line.trim_ascii();
        !line.is_empty() && !line.starts_with(b"#") && !line.starts_with(b"//") && line != b"---"
    };
    !text.split(|byte| *byte == b'\n').any(says)
}

/// The texts in the list under `packages` at the top of a YAML file; else why there is no telling, with the line.
fn packages(text: &str) -> Result<Vec<String>, (String, usize)> {
    let (mut depth, mut key, mut found) = (0_usize, None::<String>, Vec::new());
    for event in Parser::new_from_str(text) {
        let (event, span) = event.map_err(|error| (error.info().to_owned(), error.marker().line()))?;
        let ours = key.as_deref() == Some("packages");
        match event {
            Event::SequenceStart(..) | Event::MappingStart(..) => depth += 1,
            Event::SequenceEnd | Event::MappingEnd => {
                depth = depth.saturating_sub(1);
                if depth == 1 {
                    key = None;
                }
            }
            Event::Scalar(text, ..) if depth == 1 => {
                key = if key.is_none() { Some(text.to_string()) } else { None }
            }
            Event::Scalar(text, ..) if depth == 2 && ours => found.push(text.to_string()),
            Event::Alias(_) if ours => {
                return Err(("an alias stands for a pattern; write it out".into(), span.start.line()));
            }
            Event::Alias(_) if depth == 1 => key = None,
            _ => {}
        }
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_pnpms_patterns() {
        let text = "catalog: { a: 1, packages: [x] }\nonly: [y]\npackages:\n  - 'packages/*'\n  - \"!**/test/**\"\nlast: z\n";
        assert_eq!(packages(text).unwrap(), ["packages/*", "!**/test/**"]);
        assert_eq!(packages("").unwrap(), Vec::<String>::new());
        assert_eq!(packages("one: a\npackages: [b]\n").unwrap(), ["b"]);
        assert!(packages("packages: [x").is_err());
        assert_eq!(packages("a: &a b\npackages:\n- *a\n").unwrap_err().1, 3);
    }
}
