//! What the files tell: the coverage that was judged, by paths from the repository's root.

use std::collections::BTreeMap;

use camino::Utf8PathBuf;

use super::super::measured::{Measured, sum};
use super::trend::Step;
use crate::formats::coverage::{FileCoverage, Measure, Profile, Unit};
use crate::kit::threshold::Percent;
use crate::model::{Facts, Problem, Verdict};

/// What is told.
pub struct Told<'a> {
    /// Everything together.
    pub whole: Profile,
    /// Its files, by name.
    pub files: Vec<FileCoverage>,
    /// Each kind of tests alone, where kinds are told.
    pub kinds: BTreeMap<&'static str, BTreeMap<Unit, Measure>>,
    /// What functional tests alone cover, by file, the most first.
    pub functional_only: Vec<(String, Unit, u64)>,
    /// Names in the reports that are no file of this project.
    pub foreign: &'a [String],
    /// What is asked of the whole.
    pub minimum: Percent,
    /// The answer so far: its rows and its words.
    pub verdict: &'a Verdict,
    /// What was recorded of the first unit and what is covered now, the oldest first.
    pub trend: Vec<Step>,
    /// The commit that was measured.
    pub facts: &'a Facts,
}

impl<'a> Told<'a> {
    /// Gathers what is told of what was measured; `recorded` tells what was before, the oldest first.
    ///
    /// # Errors
    ///
    /// If there is more of it than can be held.
    pub fn of(
        measured: &'a Measured,
        minimum: Percent,
        verdict: &'a Verdict,
        facts: &'a Facts,
        recorded: impl Fn(Unit) -> Vec<Step>,
    ) -> Result<Self, Problem> {
        let path = |name: &str| in_repository(facts, name);
        let whole = measured.whole.renamed(|name| Some(path(name)));
        let whole = whole.map_err(|bad| Problem::new("the coverage cannot be told").because(bad.why))?;
        let kinds = measured.kinds.iter().map(|(kind, files)| (kind.word(), totals(files)));
        let functional = measured.functional_only.iter();
        let files = whole.files();
        let now = |(unit, measure)| {
            let name = facts.commit.id.get(..10).unwrap_or(&facts.commit.id).to_owned();
            recorded(unit).into_iter().chain([Step { name, measure }]).collect()
        };
        Ok(Self {
            trend: totals(&files).into_iter().next().map(now).unwrap_or_default(),
            files,
            whole,
            kinds: kinds.collect(),
            functional_only: functional.map(|(name, unit, count)| (path(name), *unit, *count)).collect(),
            foreign: &measured.foreign,
            minimum,
            verdict,
            facts,
        })
    }

    /// How much of the whole is covered; statements and lines are not added up.
    pub fn totals(&self) -> BTreeMap<Unit, Measure> {
        totals(&self.files)
    }

    /// The figure of one number: of several units the one that is covered least.
    pub fn least(&self) -> Measure {
        let totals = self.totals().into_values();
        let share = |a: &Measure, b: &Measure| {
            let part = |one: &Measure, other: &Measure| u128::from(one.covered) * u128::from(other.total);
            part(a, b).cmp(&part(b, a))
        };
        totals.min_by(share).unwrap_or_default()
    }

    /// The branches of the whole.
    pub fn branches(&self) -> Measure {
        self.files.iter().fold(Measure::default(), |mut sum, file| {
            sum += file.branches;
            sum
        })
    }

    /// The files, those first that cost most: of which most is not covered.
    pub fn by_cost(&self) -> Vec<&FileCoverage> {
        let mut files: Vec<&FileCoverage> = self.files.iter().collect();
        files.sort_by(|a, b| b.measure.missed().cmp(&a.measure.missed()).then_with(|| a.name.cmp(&b.name)));
        files
    }
}

fn totals(files: &[FileCoverage]) -> BTreeMap<Unit, Measure> {
    let unit = |unit| sum(files.iter().filter(move |file| file.unit == unit));
    let all = [Unit::Statements, Unit::Lines].map(|one| (one, unit(one)));
    all.into_iter().filter(|(_, measure)| measure.total > 0).collect()
}

fn in_repository(facts: &Facts, name: &str) -> String {
    if facts.dir.as_str().is_empty() {
        return name.to_owned();
    }
    Utf8PathBuf::from(&facts.dir).join(name).into_string()
}
