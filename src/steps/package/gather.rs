//! Finds files of the repository by pattern, and never one outside of it.

use std::collections::BTreeSet;

use camino::{Utf8Path, Utf8PathBuf};
use globset::{GlobBuilder, GlobMatcher};

use crate::ecosystem::tree::content;
use crate::kit::path::{RepoPath, is_gits};
use crate::model::facts::Loose;
use crate::model::{Facts, Problem};
use crate::ports::Files;
use crate::steps::room::Seen;

/// The most files that one pattern may find: more is a mistake in the pattern.
const MOST: usize = 10_000;

/// The deepest folder that is looked into.
const DEEPEST: usize = 64;

/// The characters that begin something else than a literal in a pattern.
const SPECIAL: [char; 4] = ['*', '?', '[', '{'];

/// A file that was found.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Found {
    /// Its path below the project's folder; the bare name where it lies elsewhere in the repository.
    pub name: String,
    /// Its path below the pattern's first folder that is not written out.
    pub below: String,
    /// Where it lies, links followed.
    pub path: Utf8PathBuf,
    /// Its length in bytes.
    pub len: u64,
    /// Whether its owner may run it.
    pub executable: bool,
}

/// Looks for files.
pub struct Gatherer<'a> {
    files: &'a dyn Files,
    root: Utf8PathBuf,
    project: Utf8PathBuf,
    dist: Utf8PathBuf,
}

/// One pattern while it is looked for.
struct Search {
    matcher: GlobMatcher,
    pattern: String,
    base: Utf8PathBuf,
    deepest: usize,
    found: Vec<Found>,
}

/// Whether a pattern, relative to the project's folder `dir`, stays in the repository and out of what Git
/// keeps for itself.
#[must_use]
pub fn is_inside(dir: &Utf8Path, pattern: &str) -> bool {
    RepoPath::new(&whole(dir, pattern)).is_ok_and(|path| !is_gits(path.as_path()))
}

/// A pattern from the repository's root on. An absolute one stays as it is, so that it is refused.
fn whole(dir: &Utf8Path, pattern: &str) -> String {
    let absolute = pattern.starts_with(['/', '\\']) || pattern.get(1..2) == Some(":");
    if absolute || dir.as_str().is_empty() {
        pattern.to_owned()
    } else {
        format!("{}/{pattern}", globset::escape(dir.as_str()))
    }
}

impl<'a> Gatherer<'a> {
    /// Begins to look in the repository of these facts, `dist` left out.
    ///
    /// # Errors
    ///
    /// If the repository's folder is not there.
    pub fn new(files: &'a dyn Files, facts: &Facts, dist: &Utf8Path) -> Result<Self, Problem> {
        let dist = match files.real_path(dist) {
            Err(error) if error.is_missing() => dist.to_owned(),
            found => found?,
        };
        Ok(Self { files, root: files.real_path(&facts.root)?, project: facts.dir.clone(), dist })
    }

    /// The files that a pattern names, sorted; a folder stands for everything in it.
    ///
    /// The pattern is relative to the project's folder and may climb as far as the repository's
    /// root. Links are followed as long as they stay inside the repository; `.git` is left out.
    ///
    /// # Errors
    ///
    /// If the pattern is none, leaves the repository, or finds a link that does.
    pub fn find(&self, pattern: &str, ignore_case: bool) -> Result<Vec<Found>, Problem> {
        let mut search = self.search(pattern, ignore_case)?;
        let base = search.base.clone();
        let whole = search.matcher.is_match(&base);
        match self.files.meta(&self.root.join(&base))? {
            None => return Ok(Vec::new()),
            Some(meta) if meta.is_dir => self.enter(&mut search, &base, whole)?,
            Some(_) if whole => self.take(&mut search, &base)?,
            Some(_) => {}
        }
        search.found.sort();
        Ok(search.found)
    }

    /// What a pattern has found, for a key: names and digests. What hooks made and left as it is does not
    /// count: it follows from what is built.
    ///
    /// # Errors
    ///
    /// If a file cannot be read.
    pub fn seen(&self, pattern: &str, found: &[Found], made: &Loose) -> Result<Seen, Problem> {
        let mut seen = Seen::new();
        for found in found {
            let inside = found.path.strip_prefix(&self.root).unwrap_or(&found.path);
            let theirs = match made.made.get(inside) {
                Some(left) => content(self.files, &found.path)? == *left,
                None => false,
            };
            if !theirs {
                let (_, digest) = self.files.digest(&found.path)?;
                let mode = if found.executable { "x" } else { "-" };
                seen.insert(format!("{pattern} {} {}", found.name, found.below), format!("{mode} {digest}"));
            }
        }
        Ok(seen)
    }

    /// What all these patterns find, by path below the repository's root.
    ///
    /// # Errors
    ///
    /// As [`Gatherer::find`].
    pub fn paths<'p>(
        &self,
        patterns: impl IntoIterator<Item = (&'p str, bool)>,
    ) -> Result<BTreeSet<Utf8PathBuf>, Problem> {
        let mut all = BTreeSet::new();
        for (pattern, ignore_case) in patterns {
            let found = self.find(pattern, ignore_case)?;
            all.extend(
                found.iter().filter_map(|one| Some(one.path.strip_prefix(&self.root).ok()?.to_owned())),
            );
        }
        Ok(all)
    }

    fn search(&self, pattern: &str, ignore_case: bool) -> Result<Search, Problem> {
        let fail = |error: &(dyn std::error::Error + 'static)| {
            Problem::new(format!("the pattern `{pattern}` cannot be used"))
                .caused_by(error)
                .fix("name files inside the repository, relative to the project's folder: `docs/*.md`")
        };
        let path = RepoPath::new(&whole(&self.project, pattern)).map_err(|error| fail(&error))?;
        let text = path.as_path().as_str();
        let matcher = GlobBuilder::new(text)
            .literal_separator(true)
            .case_insensitive(ignore_case)
            .backslash_escape(false)
            .build()
            .map_err(|error| fail(&error))?
            .compile_matcher();
        let literal = |part: &&str| !part.contains(SPECIAL);
        let parts: Vec<&str> = text.split('/').collect();
        let plain = parts.iter().copied().take_while(literal).count();
        // Letters in other cases are found by looking through the folder.
        let plain = if ignore_case { plain.min(parts.len() - 1) } else { plain };
        let deepest = if text.contains("**") { DEEPEST } else { parts.len() };
        let base = parts.iter().take(plain).copied().collect::<Vec<_>>().join("/").into();
        Ok(Search { matcher, pattern: pattern.to_owned(), base, deepest, found: Vec::new() })
    }

    /// Looks through a folder; `whole` takes everything in it.
    fn enter(&self, search: &mut Search, dir: &Utf8Path, whole: bool) -> Result<(), Problem> {
        let place = self.root.join(dir);
        let depth = dir.components().count();
        if place == self.dist || depth >= DEEPEST {
            return Ok(());
        }
        for name in self.files.list(&place)? {
            let path = dir.join(&name);
            if name == ".git" {
                continue;
            }
            let matches = whole || search.matcher.is_match(&path);
            let meta = self.files.meta(&self.root.join(&path))?;
            match meta {
                // A linked folder is not entered: links could go in circles.
                Some(meta) if meta.is_dir && (matches || depth + 1 < search.deepest) => {
                    self.enter(search, &path, matches)?;
                }
                Some(meta) if !meta.is_dir && matches => self.take(search, &path)?,
                _ => {}
            }
        }
        Ok(())
    }

    fn take(&self, search: &mut Search, path: &Utf8Path) -> Result<(), Problem> {
        let told =
            |what: String| Problem::new(what).because(format!("the pattern `{}` finds it", search.pattern));
        let real = match self.files.real_path(&self.root.join(path)) {
            Err(error) if error.is_missing() => {
                return Err(told(format!("`{path}` is a link to nothing"))
                    .fix("mend the link or remove it, or narrow the pattern"));
            }
            found => found?,
        };
        let Ok(inside) = real.strip_prefix(&self.root) else {
            return Err(told(format!("`{path}` is a link to `{real}`, outside of the repository"))
                .fix("put a copy of the file into the repository, or narrow the pattern"));
        };
        if is_gits(inside) {
            return Err(told(format!("`{path}` leads to `{inside}`, which Git keeps for itself"))
                .because("it may hold a token, as it does after actions/checkout")
                .fix("remove the link from the repository, or narrow the pattern"));
        }
        let Some(meta) = self.files.meta(&real)?.filter(|meta| !meta.is_dir) else {
            return Err(told(format!("`{path}` is a link to a folder"))
                .fix("name the folder itself, or narrow the pattern"));
        };
        if search.found.len() >= MOST {
            return Err(Problem::new(format!(
                "the pattern `{}` finds more than {MOST} files",
                search.pattern
            ))
            .fix("narrow the pattern"));
        }
        let name = match path.strip_prefix(&self.project) {
            Ok(name) => name.as_str(),
            Err(_) => path.file_name().unwrap_or(path.as_str()),
        };
        let below =
            path.strip_prefix(&search.base).ok().map(Utf8Path::as_str).filter(|below| !below.is_empty());
        search.found.push(Found {
            name: name.to_owned(),
            below: below.or(path.file_name()).unwrap_or(path.as_str()).to_owned(),
            path: real,
            len: meta.len,
            executable: meta.is_executable,
        });
        Ok(())
    }
}
