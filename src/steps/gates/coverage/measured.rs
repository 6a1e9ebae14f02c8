//! What the reports say of the project's own files: together, and by the kind of tests they are of.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::generated::is_generated;
use super::settings::{CoverageSettings, Pattern};
use crate::formats::BadReport;
use crate::formats::coverage::{FileCoverage, Measure, Profile, Unit};
use crate::kit::path::RepoPath;
use crate::model::{Facts, Problem};
use crate::ports::Files;
use crate::steps::gates::placed::{Placed, Speaker};
use crate::steps::gates::settings::TestKind;
use crate::steps::gates::tracked::of_project;

/// A report that was read.
pub struct Part {
    /// What the user calls it.
    pub name: String,
    /// What kind of tests it is of, where that is said.
    pub kind: Option<TestKind>,
    /// What it says.
    pub profile: Profile,
}

/// What is measured, by paths from the project's folder.
#[derive(Default)]
pub struct Measured {
    /// All reports together: what one of them covers is covered.
    pub whole: Profile,
    /// Its files.
    pub files: Vec<FileCoverage>,
    /// Each kind of tests alone, where kinds are told.
    pub kinds: Vec<(TestKind, Vec<FileCoverage>)>,
    /// What functional tests alone cover, by file, the most first.
    pub functional_only: Vec<(String, Unit, u64)>,
    /// The files of this project that the reports speak of, with those that are left out of the measure.
    pub spoken: BTreeSet<String>,
    /// Names in the reports that are no file of this project.
    pub foreign: Vec<String>,
    /// Packages of Go of which no report says anything, by their folder, though others are measured.
    pub silent: Vec<String>,
    /// Files of Go whose syntax is newer than we know, so that nobody can tell whether a profile has all of them.
    pub unread: Vec<String>,
    /// Files of data that reports speak of, which are not measured.
    pub data: Vec<String>,
    /// Patterns that leave out nothing.
    pub idle: Vec<String>,
    /// How many names the reports have.
    pub named: usize,
}

impl Measured {
    /// Notes which patterns fit nothing: no file that the reports speak of, and none as [`listed`] gives them, since to
    /// leave out files of tests, which no report names, is no slip of the pen.
    ///
    /// [`listed`]: crate::steps::gates::tracked::listed
    #[must_use]
    pub fn held_against(mut self, patterns: &[Pattern], listed: &[u8], facts: &Facts) -> Self {
        let fits = |pattern: &Pattern| {
            self.spoken.iter().any(|path| pattern.fits_file(path))
                || of_project(listed, &facts.dir).any(|path| pattern.fits_file(path.as_str()))
        };
        let idle = patterns.iter().filter(|pattern| !fits(pattern));
        self.idle = idle.map(|pattern| pattern.text().to_owned()).collect();
        self
    }
}

/// Puts the reports together. `place` finds the file that a name means.
///
/// # Errors
///
/// If no name is a file of this project, or two reports cannot be merged.
pub fn measure(
    parts: &[Part],
    place: impl Fn(&str) -> Option<String>,
    settings: &CoverageSettings,
    files: &dyn Files,
    facts: &Facts,
) -> Result<Measured, Problem> {
    let names: BTreeSet<String> =
        parts.iter().flat_map(|part| part.profile.names()).map(std::borrow::Cow::into_owned).collect();
    let named = names.len();
    let fix = "give the report of this repository's own tests";
    let speaker = Speaker { name: "the coverage", fix, own_alone: false };
    let Placed { here: places, foreign } = Placed::of(&speaker, names, |name| Ok(place(name)), files, facts)?;
    let out = excluded(places.values().map(String::as_str), settings, files, facts)?;
    let inside = |name: &str| places.get(name).filter(|path| !out.contains(*path)).cloned();
    let spoken: BTreeSet<String> = places.values().cloned().collect();
    let data = spoken.iter().filter(|path| is_data(path)).cloned().collect();
    let mut measured = Measured { spoken, foreign, named, data, ..Measured::default() };
    let mut kinds: BTreeMap<TestKind, Profile> = BTreeMap::new();
    for part in parts {
        let own = part.profile.renamed(inside).map_err(|bad| unmerged(&bad))?;
        measured.whole.merge(&own).map_err(|bad| unmerged(&bad))?;
        if let Some(kind) = part.kind {
            kinds.entry(kind).or_default().merge(&own).map_err(|bad| unmerged(&bad))?;
        }
    }
    measured.files = measured.whole.files();
    if kinds.contains_key(&TestKind::Functional) {
        let mut others = Profile::default();
        for (_, profile) in kinds.iter().filter(|(kind, _)| **kind != TestKind::Functional) {
            others.merge(profile).map_err(|bad| unmerged(&bad))?;
        }
        for part in parts.iter().filter(|part| part.kind.is_none()) {
            let own = part.profile.renamed(inside).map_err(|bad| unmerged(&bad))?;
            others.merge(&own).map_err(|bad| unmerged(&bad))?;
        }
        measured.functional_only = beyond(&measured.files, &others);
    }
    measured.kinds = kinds.into_iter().map(|(kind, profile)| (kind, profile.files())).collect();
    Ok(measured)
}

/// By how much the whole covers more than these, by file.
fn beyond(whole: &[FileCoverage], others: &Profile) -> Vec<(String, Unit, u64)> {
    let others: HashMap<String, u64> =
        others.files().into_iter().map(|file| (file.name, file.measure.covered)).collect();
    let more = |file: &FileCoverage| {
        let more =
            file.measure.covered - others.get(&file.name).copied().unwrap_or(0).min(file.measure.covered);
        (more > 0).then(|| (file.name.clone(), file.unit, more))
    };
    let mut all: Vec<_> = whole.iter().filter_map(more).collect();
    all.sort_by(|a, b| b.2.cmp(&a.2).then_with(|| a.0.cmp(&b.0)));
    all
}

fn unmerged(bad: &BadReport) -> Problem {
    Problem::new("the coverage reports cannot be put together")
        .because(&bad.why)
        .fix("give reports of one commit that measure the same file in the same way")
}

fn excluded<'a>(
    paths: impl Iterator<Item = &'a str>,
    settings: &CoverageSettings,
    files: &dyn Files,
    facts: &Facts,
) -> Result<BTreeSet<String>, Problem> {
    let mut out = BTreeSet::new();
    for path in paths {
        let excluded = is_data(path) || settings.exclude.iter().any(|pattern| pattern.fits_file(path));
        let generated = || match RepoPath::new(path) {
            Ok(path) => is_generated(files, &facts.project_dir().join(path.as_path())),
            Err(_) => Ok(false), // A file of another module is nobody's here.
        };
        if excluded || (settings.exclude_generated && generated()?) {
            out.insert(path.to_owned());
        }
    }
    Ok(out)
}

/// What files end with that hold no code: no tool measures them, whatever a report says.
const DATA: [&str; 11] = ["csv", "json", "lock", "md", "rst", "svg", "toml", "txt", "xml", "yaml", "yml"];

fn is_data(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path);
    match name.rsplit_once('.') {
        Some(("", _)) => true, // `.gitignore`
        Some((_, ending)) => DATA.contains(&ending.to_ascii_lowercase().as_str()),
        None => false, // Scripts often have no ending.
    }
}

/// The measures of files together.
pub fn sum<'a>(files: impl IntoIterator<Item = &'a FileCoverage>) -> Measure {
    files.into_iter().fold(Measure::default(), |mut sum, file| {
        sum += file.measure;
        sum
    })
}
