//! Writes all of it below the dist folder, and makes it proof of the verdict.

use std::collections::BTreeMap;
use std::io::{self, BufWriter, Read, Write};

use camino::{Utf8Path, Utf8PathBuf};

use super::badge::badge;
use super::data::{DATA, Page, data};
use super::index::{MOST_FILES, index};
use super::page::{self, MOST_BYTES, Source, page};
use super::told::Told;
use super::trend::trend;
use crate::formats::coverage::write::{cobertura, lcov};
use crate::kit::path::RepoPath;
use crate::model::{Facts, Hasher, Problem, Proof};
use crate::ports::Files;
use crate::ports::files::{FileError, Pending};

/// Where all of it lies, below the dist folder.
const FOLDER: &str = "report/coverage";

/// What is written there; a profile that the tests left lies beside it.
const OWN: [&str; 7] =
    ["index.html", "files", DATA, "coverage.info", "cobertura.xml", "badge.svg", "trend.svg"];

/// How much source all pages show together, in bytes.
const MOST_SOURCE: u64 = 128 * 1024 * 1024;

/// Takes away what an earlier run wrote: it would look like evidence of this one.
///
/// # Errors
///
/// If it is there and cannot be removed.
pub fn clear(files: &dyn Files, dist: &Utf8Path) -> Result<(), Problem> {
    let folder = dist.join(FOLDER);
    OWN.iter().try_for_each(|name| files.remove(&folder.join(name))).map_err(Problem::from)
}

/// Writes everything; the same coverage of the same source gives the same bytes.
///
/// # Errors
///
/// If it cannot be written.
pub fn write(files: &dyn Files, dist: &Utf8Path, told: &Told) -> Result<Vec<Proof>, Problem> {
    let folder = dist.join(FOLDER);
    let out = Out { files, folder };
    let pages = pages(&out, told)?;
    let mut proofs = Vec::new();
    let mut prove = |what: &str, name: &str, render: &dyn Fn(&mut dyn Write) -> io::Result<()>| {
        let file = Utf8PathBuf::from(FOLDER).join(name);
        let digest = out.put(name, true, render)?;
        proofs.push(Proof { what: what.into(), file: Some(file), digest: Some(digest), tool: None });
        Ok::<(), Problem>(())
    };
    let way = trend(&told.trend);
    let text = index(told, &pages, way.as_deref()).map_err(|error| unmade(&error))?;
    prove("coverage by file, for people", "index.html", &|out| out.write_all(text.as_bytes()))?;
    prove("coverage by file, as data", DATA, &|out| data(told, &pages, out))?;
    // Of totals alone both would say that there is nothing, and that nothing is missed.
    if told.files.iter().any(|file| !told.whole.lines_of(&file.name).is_empty()) {
        prove("coverage by line, as LCOV", "coverage.info", &|out| lcov(&told.whole, out))?;
        // The time of the commit: a later run of the same writes the same.
        let time = told.facts.commit.date.timestamp();
        prove("coverage by line, as Cobertura", "cobertura.xml", &|out| cobertura(&told.whole, time, out))?;
    }
    let picture = badge(told.least(), told.minimum);
    prove("the figure as a badge", "badge.svg", &|out| out.write_all(picture.as_bytes()))?;
    if let Some(way) = way {
        prove("the trend as a picture", "trend.svg", &|out| out.write_all(way.as_bytes()))?;
    }
    Ok(proofs)
}

fn unmade(error: &minijinja::Error) -> Problem {
    Problem::new("the pages of the coverage cannot be made").caused_by(error)
}

/// A page for each file that has lines, those first that cost most, as far as there is room.
fn pages(out: &Out, told: &Told) -> Result<BTreeMap<String, Page>, Problem> {
    let mut pages = BTreeMap::new();
    let mut left = MOST_SOURCE;
    let root = out.files.real_path(&told.facts.root)?;
    for file in told.by_cost().into_iter().take(MOST_FILES) {
        if told.whole.lines_of(&file.name).is_empty() {
            continue;
        }
        let source = source(out.files, &root, told.facts, &file.name)?;
        let size = source.as_ref().map_or(0, |source| source.len() as u64);
        if size > left {
            break;
        }
        left -= size;
        let text = page(file, &told.whole, &source).map_err(|error| unmade(&error))?;
        let name = page::name_of(&file.name);
        let digest = out.put(&name, false, &|out| out.write_all(text.as_bytes()))?;
        pages.insert(file.name.clone(), Page { file: name, digest });
    }
    Ok(pages)
}

/// The beginning of a file of the repository. What a name or a link in it leads to elsewhere is shown to nobody.
fn source(files: &dyn Files, root: &Utf8Path, facts: &Facts, name: &str) -> Result<Source, Problem> {
    let Ok(path) = RepoPath::new(name) else { return Ok(None) };
    let path = match files.real_path(&facts.root.join(path.as_path())) {
        Err(error) if error.is_missing() => return Ok(None),
        path => path?,
    };
    let is_file = files.meta(&path)?.is_some_and(|meta| !meta.is_dir);
    if !is_file || !path.starts_with(root) || path.starts_with(root.join(".git")) {
        return Ok(None);
    }
    let mut bytes = Vec::new();
    let read = files.open(&path)?.take(MOST_BYTES).read_to_end(&mut bytes);
    read.map_err(|source| FileError { path, source })?;
    Ok(Some(bytes))
}

/// Where files are written.
struct Out<'a> {
    files: &'a dyn Files,
    folder: Utf8PathBuf,
}

impl Out<'_> {
    /// Writes a file, and waits for the disk where it is proof by itself.
    fn put(
        &self,
        name: &str,
        synced: bool,
        render: &dyn Fn(&mut dyn Write) -> io::Result<()>,
    ) -> Result<crate::model::Digest, Problem> {
        let path = self.folder.join(name);
        let mut out = BufWriter::with_capacity(
            64 * 1024,
            Hashed { out: self.files.create(&path, false)?, hasher: Hasher::default() },
        );
        let unwritten = |source: io::Error| FileError { path: path.clone(), source };
        render(&mut out).map_err(unwritten)?;
        let Hashed { out, hasher } =
            out.into_inner().map_err(|error| FileError { path: path.clone(), source: error.into_error() })?;
        if synced {
            out.commit()?
        } else {
            out.place()?
        }
        Ok(hasher.finish())
    }
}

/// Hashes what is written through it.
struct Hashed {
    out: Box<dyn Pending>,
    hasher: Hasher,
}

impl Write for Hashed {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let count = self.out.write(bytes)?;
        self.hasher.update(&bytes[..count]);
        Ok(count)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}
