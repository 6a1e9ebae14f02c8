//! The verdict on coverage: whole numbers against percentages, never rounded.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::baseline::{Baseline, dropped};
use super::covdata::{self, Covdata};
use super::held::hold;
use super::measured::{Measured, Part, measure, sum};
use super::outputs::{self, Told};
use super::patch::{Base, changed, patch};
use super::settings::CoverageSettings;
use super::short::{costliest, short, short_patch};
use super::silent::{unmeasured, unnamed};
use crate::formats::coverage::{FORMATS, FileCoverage, Measure, Unit, go};
use crate::kit::span::Span;
use crate::kit::threshold::{Percent, shown};
use crate::model::{Facts, Problem, Proof, Row, Status, Verdict};
use crate::steps::gates::given::Given;
use crate::steps::gates::report::{GO_COVERAGE, input, proof};
use crate::steps::gates::tracked::{listed, some};
use crate::steps::room::{Check, Site};

/// Where the coverage comes from.
pub enum Source {
    /// The run of the tests.
    Run,
    /// Reports that were given.
    Given(Given),
    /// What built programs left, alone.
    Data,
}

/// Judges the coverage.
pub struct Judge {
    /// What is asked for.
    pub settings: CoverageSettings,
    /// Where the coverage comes from.
    pub source: Source,
    /// What built programs left beside it.
    pub data: Vec<Covdata>,
    /// How old such data may be.
    pub max_age: Span,
    /// What changes are counted from.
    pub base: Base,
    /// What was covered before.
    pub baseline: Baseline,
}

/// Answers that there is nothing to judge, though there should be.
pub enum Missing {
    /// The results of the tests were given, and their coverage was not.
    Given,
    /// Nothing runs tests.
    Tests,
}

#[async_trait::async_trait]
impl Check for Missing {
    async fn check(&self, _: &Site) -> Result<Verdict, Problem> {
        Err(match self {
            Self::Given => Problem::new("there is no coverage to judge")
                .because("the results of the tests were given as a report, so the tests did not run here")
                .because("none of the reports given is one of coverage")
                .fix("give the coverage report too, or set `gates.coverage.enabled: false`"),
            Self::Tests => Problem::new("`gates.coverage` has nothing to measure")
                .because("no task of this plan runs tests that measure coverage")
                .fix("switch `gates.tests` on, give a report with `--report FILE`, or take `gates.coverage` out"),
        })
    }
}

#[async_trait::async_trait]
impl Check for Judge {
    async fn check(&self, site: &Site) -> Result<Verdict, Problem> {
        let (files, dist) = (Arc::clone(&site.ports.files), site.dist.clone());
        let clearing = tokio::task::spawn_blocking(move || outputs::clear(files.as_ref(), &dist));
        clearing
            .await
            .map_err(|error| Problem::new("the dist folder cannot be used").caused_by(&error))??;
        let (mut parts, mut proofs) = self.parts(site).await?;
        for (part, proof) in covdata::read(&self.data, self.max_age, site).await? {
            parts.push(part);
            proofs.push(proof);
        }
        let changed = changed(site.ports.git.as_ref(), &self.base).await?;
        // What our own run says is of this module alone.
        let foreign = !matches!(self.source, Source::Run) || !self.data.is_empty();
        let listed = if foreign || !self.settings.exclude.is_empty() {
            listed(site.ports.git.as_ref()).await?
        } else {
            Vec::new()
        };
        let (files, facts) = (Arc::clone(&site.ports.files), Arc::clone(&site.facts));
        let (settings, base, dist) = (self.settings.clone(), self.base.clone(), site.dist.clone());
        let given = !matches!(self.source, Source::Run);
        let baseline = self.baseline.clone();
        let judging = tokio::task::spawn_blocking(move || {
            let measured = if foreign {
                hold(&parts, &listed, &settings, files.as_ref(), &facts)
            } else {
                let module = facts.ecosystems.go.as_ref().map(|module| format!("{}/", module.path));
                let module = module.unwrap_or_default();
                let place = |name: &str| Some(name.strip_prefix(&module).unwrap_or(name).to_owned());
                measure(&parts, place, &settings, files.as_ref(), &facts)
            }?;
            let measured = measured.held_against(&settings.exclude, &listed, &facts);
            let verdict = judge(&measured, &settings, &facts);
            let verdict = patched(verdict, &measured, &settings, &facts, given, &base, &changed);
            let verdict = dropped(verdict, &measured, &settings, &baseline, &facts);
            if measured.files.is_empty() {
                return Ok(verdict);
            }
            let told = Told::of(&measured, settings.minimum, &verdict, &facts, |unit| baseline.trend(unit))?;
            let written = outputs::write(files.as_ref(), &dist, &told)?;
            Ok(written.into_iter().fold(verdict, Verdict::proof))
        });
        let verdict = judging
            .await
            .map_err(|error| Problem::new("the coverage could not be judged").caused_by(&error))?;
        verdict.map(|verdict| proofs.into_iter().fold(verdict, Verdict::proof))
    }
}

impl Judge {
    async fn parts(&self, site: &Site) -> Result<(Vec<Part>, Vec<Proof>), Problem> {
        if let Source::Given(given) = &self.source {
            let read = given.read(FORMATS, "coverage report", site).await?;
            let proofs = read.iter().map(|read| read.report.proof()).collect();
            let part = |read: crate::steps::gates::given::ReadReport<_>| Part {
                name: read.report.named.file.clone(),
                kind: read.report.kind(),
                profile: read.content,
            };
            return Ok((read.into_iter().map(part).collect(), proofs));
        }
        if matches!(self.source, Source::Data) {
            return Ok((Vec::new(), Vec::new()));
        }
        let artifact = input(site, GO_COVERAGE)?;
        let (files, path, name) =
            (Arc::clone(&site.ports.files), site.path_of(&artifact), artifact.path.clone());
        let reading = tokio::task::spawn_blocking(move || {
            go::read(files.open(&path)?).map_err(|bad| {
                bad.problem(name.as_str()).fix(
                    "look at the verdict on the tests first: without a run of theirs there is no coverage",
                )
            })
        });
        let profile = reading
            .await
            .map_err(|error| Problem::new("the profile could not be read").caused_by(&error))??;
        let tool = site.facts.tools.get("go").map(|tool| tool.version.as_str()).unwrap_or_default();
        let proofs = vec![proof(&artifact, "coverage profile of go test", tool)];
        Ok((vec![Part { name: artifact.path.to_string(), kind: None, profile }], proofs))
    }
}

fn percentage(measure: Measure) -> String {
    format!("{} ({} of {})", shown(measure.covered, measure.total), measure.covered, measure.total)
}

fn row(metric: String, minimum: Percent, measure: Measure) -> Row {
    Row {
        metric,
        comparator: ">=".into(),
        threshold: minimum.to_string(),
        actual: percentage(measure),
        ok: minimum.reached_by(measure.covered, measure.total),
    }
}

/// What is only shown.
fn told(metric: String, actual: String) -> Row {
    Row { metric, comparator: "is".into(), threshold: "shown".into(), actual, ok: true }
}

/// The files of each unit.
pub fn by_unit(files: &[FileCoverage]) -> BTreeMap<Unit, Vec<FileCoverage>> {
    let mut units: BTreeMap<Unit, Vec<FileCoverage>> = BTreeMap::new();
    for file in files {
        units.entry(file.unit).or_default().push(file.clone());
    }
    units
}

fn judge(measured: &Measured, settings: &CoverageSettings, facts: &Facts) -> Verdict {
    let files = &measured.files;
    if sum(files).total == 0 {
        let problem = Problem::new("no statement is left to measure")
            .because("`exclude` and `exclude_generated` of `gates.coverage` leave everything out");
        return Verdict::error(problem.what.clone()).problem(problem.fix("exclude less"));
    }
    let mut rows = Vec::new();
    let mut problems = Vec::new();
    let mut summary = Vec::new();
    // Statements and lines are not added up: each must reach what is asked for.
    for (unit, own) in &by_unit(files) {
        let total = sum(own);
        let row = row(format!("{} covered", unit.word()), settings.minimum, total);
        if !row.ok {
            problems.push(short("the project", own, settings.minimum, total, facts));
        }
        rows.push(row);
        let (percent, Measure { covered, total }) = (shown(total.covered, total.total), total);
        summary.push(format!("{percent} of {} ({covered} of {total})", unit.word()));
    }
    let unused = packages(files, settings, facts, &mut rows, &mut problems);
    rows.extend(beside(measured));
    let summary = summary.join(", ");
    let verdict = if !unused.is_empty() {
        let what = format!("no package fits `{}` of `gates.coverage.packages`", unused.join("`, `"));
        problems.push(
            Problem::new(what.clone())
                .fix("write the folder as it lies in the project, for example `core/**`"),
        );
        Verdict::error(what)
    } else if problems.is_empty() {
        Verdict { status: Status::Pass, ..Verdict::fail(summary) }
    } else {
        Verdict::fail(summary)
    };
    let verdict = rows.into_iter().fold(verdict, Verdict::row);
    problems.into_iter().fold(verdict, Verdict::problem)
}

/// Judges single packages; gives the patterns that no package fits.
fn packages<'a>(
    files: &[FileCoverage],
    settings: &'a CoverageSettings,
    facts: &Facts,
    rows: &mut Vec<Row>,
    problems: &mut Vec<Problem>,
) -> Vec<&'a str> {
    let mut packages: BTreeMap<(String, Unit), Vec<FileCoverage>> = BTreeMap::new();
    for file in files {
        let folder = file.name.rsplit_once('/').map_or(".", |(folder, _)| folder);
        packages.entry((folder.to_owned(), file.unit)).or_default().push(file.clone());
    }
    let mut used = BTreeSet::new();
    for ((folder, unit), own) in &packages {
        let fitting =
            settings.packages.iter().enumerate().filter(|(_, rule)| rule.pattern.fits_folder(folder));
        used.extend(fitting.clone().map(|(index, _)| index));
        // The longest pattern counts; of equally long ones the stricter.
        let Some((_, rule)) = fitting.max_by_key(|(_, rule)| (rule.pattern.text().len(), rule.minimum))
        else {
            continue;
        };
        let row = row(format!("{} covered in {folder}", unit.word()), rule.minimum, sum(own));
        if !row.ok {
            problems.push(short(folder, own, rule.minimum, sum(own), facts));
        }
        rows.push(row);
    }
    let unused = settings.packages.iter().enumerate().filter(|(index, _)| !used.contains(index));
    unused.map(|(_, rule)| rule.pattern.text()).collect()
}

/// What nobody set a limit for and people want to see.
fn beside(measured: &Measured) -> Vec<Row> {
    let mut rows = Vec::new();
    for (kind, files) in &measured.kinds {
        for (unit, own) in by_unit(files) {
            let metric = format!("{} covered by {} tests", unit.word(), kind.word());
            rows.push(told(metric, percentage(sum(&own))));
        }
    }
    if !measured.functional_only.is_empty() {
        let files: Vec<String> = measured
            .functional_only
            .iter()
            .map(|(name, unit, count)| format!("{name} ({})", unit.count(*count)))
            .collect();
        rows.push(told("covered only by functional tests".into(), some(&files)));
    }
    rows.extend(costs(&measured.files));
    let mut branches = Measure::default();
    measured.files.iter().for_each(|file| branches += file.branches);
    if branches.total > 0 {
        rows.push(told("branches covered".into(), percentage(branches)));
    }
    if !measured.foreign.is_empty() {
        let actual = format!("{} of {}: {}", measured.foreign.len(), measured.named, some(&measured.foreign));
        rows.push(told("files of the reports that are not of this project".into(), actual));
    }
    for (metric, names) in [
        ("packages that no report measures", &measured.silent),
        ("files of Go whose syntax is not known, so that a profile may be cut in them", &measured.unread),
        ("files of data, which are not measured", &measured.data),
    ] {
        if !names.is_empty() {
            rows.push(told(metric.into(), format!("{}: {}", names.len(), some(names))));
        }
    }
    if !measured.idle.is_empty() {
        rows.push(told("patterns of `exclude` that fit no file".into(), some(&measured.idle)));
    }
    rows
}

/// The files that cost most.
fn costs(files: &[FileCoverage]) -> Option<Row> {
    let costs = costliest(files);
    let cost = |file: &&FileCoverage| format!("{} ({})", file.name, file.unit.count(file.measure.missed()));
    let words: Vec<String> = costs.iter().map(cost).collect();
    (!words.is_empty()).then(|| told("files that cost most".into(), words.join(", ")))
}

/// Adds what is asked of the lines that were changed.
fn patched(
    verdict: Verdict,
    measured: &Measured,
    settings: &CoverageSettings,
    facts: &Facts,
    given: bool,
    base: &Base,
    changed: &BTreeMap<String, BTreeSet<u32>>,
) -> Verdict {
    let Some(minimum) = settings.patch.filter(|_| verdict.status != Status::Error) else { return verdict };
    let skipped = |verdict: Verdict, why: &str| {
        verdict.row(Row {
            metric: "changed lines covered".into(),
            comparator: ">=".into(),
            threshold: minimum.to_string(),
            actual: format!("skipped: {why}"),
            ok: true,
        })
    };
    let since = match base {
        Base::Commit(_, since) => since,
        Base::Nothing | Base::NotAsked | Base::Unknown(_) => {
            return skipped(verdict, "there is no version before this one");
        }
    };
    if let Some(file) = measured.files.iter().find(|file| measured.whole.lines_of(&file.name).is_empty()) {
        let what = "which lines are covered is not known: the report has totals only";
        let problem = Problem::new(what)
            .because(format!("{} has no line in it", file.name))
            .of_setting("gates.coverage.patch")
            .fix(
                "give a report with lines, for example LCOV or Cobertura, or take `gates.coverage.patch` out",
            );
        return Verdict { status: Status::Error, ..verdict }.problem(problem);
    }
    let (measure, missed) = patch(&measured.whole, changed, facts.dir.as_str());
    let unnamed = unnamed(measured, settings, changed, facts.dir.as_str());
    if given && !unnamed.is_empty() {
        // Many tools tell of those files alone that a test has loaded.
        let problem = Problem::new("files were changed of which the report does not speak")
            .because(some(&unnamed))
            .of_setting("gates.coverage.patch")
            .fix("let the tool measure all files, also those that no test loads; name those without code in `gates.coverage.exclude`");
        return Verdict { status: Status::Error, ..verdict }.problem(problem);
    }
    if measure.total == 0 {
        // A report of fewer lines than the file has now looks the same.
        let silent = unmeasured(measured, changed, facts.dir.as_str()).map(|(count, files)| {
            format!(
                "; of {} that changed the report says nothing: {}",
                Unit::Lines.count(count),
                some(&files)
            )
        });
        let words = format!("no measured line changed since {since}{}", silent.unwrap_or_default());
        return skipped(verdict, &words);
    }
    let row = row(format!("lines covered that were changed since {since}"), minimum, measure);
    if row.ok {
        return verdict.row(row);
    }
    let problem = short_patch(&missed, minimum, measure, since, facts);
    Verdict { status: Status::Fail, ..verdict }.row(row).problem(problem)
}
