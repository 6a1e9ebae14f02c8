//! Whether ESLint looked at something of every kind of source that is there. It passes over a kind of file that its
//! configuration says nothing of without a word, and finds nothing in it.

use std::collections::{BTreeMap, HashSet};

use camino::{Utf8Path, Utf8PathBuf};

use crate::formats::findings::Findings;
use crate::formats::findings::eslint::{Look, looks};
use crate::model::{Facts, Problem, Row};
use crate::ports::Files;
use crate::ports::process::Command;
use crate::steps::gates::tracked::{Tracked, listed, of_project, some};
use crate::steps::room::Site;
use crate::steps::scanner::{Scanner, failed};

/// How names end that ESLint can be made to look at, by itself or with a parser.
const ENDINGS: [&str; 8] = ["js", "mjs", "cjs", "jsx", "ts", "mts", "cts", "tsx"];

/// Declarations are written by compilers, or tell of what is written elsewhere.
const DECLARES: [&str; 3] = [".d.ts", ".d.mts", ".d.cts"];

/// How many files of a kind ESLint is asked about at once: their names stand on a command line.
const ASKED: usize = 200;

/// Files by the ends of their names.
pub type There = BTreeMap<&'static str, Vec<Utf8PathBuf>>;

/// What ESLint looked at, as a row, where that was something of each kind of source in the commit. `said` is its
/// report of the whole folder, `command` is how it is called for single files.
///
/// # Errors
///
/// If it passed over all files of a kind, and its configuration doesn't say so.
pub async fn looked(
    site: &Site,
    scanner: &Scanner,
    command: Command,
    said: &Findings,
    configuration: &Utf8Path,
) -> Result<Row, Problem> {
    let listed = listed(site.ports.git.as_ref()).await?;
    let there = present(site.ports.files.as_ref(), &site.facts, &listed)?;
    let facts = &site.facts;
    let tracked = Tracked::new(&listed, facts.root.as_str(), facts.dir.as_str(), None);
    let here = said.listed.sources.iter().filter_map(|name| tracked.find(name));
    let kinds = Kinds::of(&there, here);
    for (kind, files) in kinds.unseen() {
        ignored(site, scanner, command.clone(), kind, files, configuration).await?;
    }
    let left = format!(", which {configuration} ignores");
    Ok(Row { threshold: "some of each kind".into(), ..kinds.row(said.listed.sources.len(), &left) })
}

/// The sources of the commit by kind, and how many of each ESLint looked at.
pub struct Kinds<'a> {
    there: &'a There,
    seen: BTreeMap<&'static str, usize>,
}

impl<'a> Kinds<'a> {
    /// Counts those of them that it looked at, by the path from the project's folder: what is in no commit is here, and
    /// nobody has to look at it.
    pub fn of(there: &'a There, looked: impl IntoIterator<Item = impl AsRef<Utf8Path>>) -> Self {
        let all: HashSet<&Utf8Path> = there.values().flatten().map(Utf8PathBuf::as_path).collect();
        let mut seen = BTreeMap::new();
        for file in looked.into_iter().filter(|file| all.contains(file.as_ref())) {
            if let Some(kind) = kind(file.as_ref()) {
                *seen.entry(kind).or_default() += 1;
            }
        }
        Self { there, seen }
    }

    /// Whether there are any, and it looked at none of them.
    pub fn sees_nothing(&self) -> bool {
        !self.there.is_empty() && self.seen.is_empty()
    }

    /// The kinds of which it looked at none, with the files.
    pub fn unseen(&self) -> impl Iterator<Item = (&'static str, &'a [Utf8PathBuf])> {
        let unseen = self.there.iter().filter(|(kind, _)| !self.seen.contains_key(*kind));
        unseen.map(|(kind, files)| (*kind, files.as_slice()))
    }

    /// What it looked at, of all the files that it names, to be shown; `left` says why it left out a kind.
    pub fn row(&self, all: usize, left: &str) -> Row {
        let part = |(kind, files): (&&str, &Vec<Utf8PathBuf>)| match self.seen.get(kind) {
            None => format!("no .{kind} of {}{left}", files.len()),
            Some(count) => format!("{count} .{kind} ({} in the commit)", files.len()),
        };
        let parts: Vec<String> = self.there.iter().map(part).collect();
        let actual = if parts.is_empty() { format!("{all} files") } else { parts.join(", ") };
        let (comparator, threshold) = ("is".into(), "shown".into());
        Row { metric: "looked at by eslint".into(), comparator, threshold, actual, ok: true }
    }
}

/// Whether it was told to ignore all of these.
async fn ignored(
    site: &Site,
    scanner: &Scanner,
    command: Command,
    kind: &str,
    files: &[Utf8PathBuf],
    configuration: &Utf8Path,
) -> Result<(), Problem> {
    let mut all = true;
    for asked in files.chunks(ASKED) {
        let names = asked.iter().map(|file| format!("./{file}"));
        let ended = scanner.run(site, command.clone().args(names)).await?;
        if !matches!(ended.code, Some(0 | 1)) {
            return Err(failed("eslint", &ended));
        }
        let told = looks(ended.stdout.as_slice()).map_err(|bad| bad.problem("what ESLint said"))?;
        all = told.len() >= asked.len() && told.iter().all(|(_, look)| *look == Look::Ignored);
        if !all {
            break;
        }
    }
    if all {
        return Ok(());
    }
    let named: Vec<String> = files.iter().map(ToString::to_string).collect();
    Err(Problem::new(format!("ESLint looked at no .{kind} file, and there are {}", files.len()))
        .because(format!("{}: {configuration} has no entry for such files", some(&named)))
        .fix(format!(
            "add an entry with `files: [\"**/*.{kind}\"]` and what reads them (for TypeScript `typescript-eslint`), or \
             one with `ignores: [\"**/*.{kind}\"]` where nobody shall look at them"
        )))
}

/// The sources in the project's folder among the listed files, from that folder.
///
/// # Errors
///
/// If one cannot be looked at.
pub fn present(files: &dyn Files, facts: &Facts, listed: &[u8]) -> Result<There, Problem> {
    let mut kinds = There::new();
    for path in of_project(listed, &facts.dir) {
        let Some(kind) = kind(&path).filter(|_| !is_nobodys(&path)) else { continue };
        let meta = files.meta(&facts.project_dir().join(&path))?;
        if meta.is_some_and(|meta| !meta.is_dir && !meta.is_link) {
            kinds.entry(kind).or_default().push(path);
        }
    }
    Ok(kinds)
}

fn kind(path: &Utf8Path) -> Option<&'static str> {
    let end = path.extension()?;
    ENDINGS.into_iter().find(|known| *known == end)
}

/// Declarations, and ESLint's own settings.
fn says_of_others(path: &Utf8Path) -> bool {
    let name = path.file_name().unwrap_or_default();
    DECLARES.iter().any(|end| name.ends_with(end)) || name.starts_with("eslint.config.")
}

/// What no linter is meant to look at: those, and packages.
fn is_nobodys(path: &Utf8Path) -> bool {
    path.components().any(|part| part.as_str() == "node_modules") || says_of_others(path)
}
