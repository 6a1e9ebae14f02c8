//! The verdict on a profile: whole numbers against percentages, never rounded.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use camino::Utf8PathBuf;

use super::advise::advise;
use super::generated::is_generated;
use super::settings::CoverageSettings;
use crate::formats::coverage::{FileCoverage, Measure, Profile, go};
use crate::kit::path::RepoPath;
use crate::kit::threshold::{Percent, shown};
use crate::model::{Facts, Problem, Row, Verdict};
use crate::ports::Files;
use crate::steps::gates::report::{GO_COVERAGE, input, proof};
use crate::steps::room::{Check, Site};

/// Judges the coverage.
pub struct Judge {
    /// What is asked for.
    pub settings: CoverageSettings,
}

#[async_trait::async_trait]
impl Check for Judge {
    async fn check(&self, site: &Site) -> Result<Verdict, Problem> {
        let artifact = input(site, GO_COVERAGE)?;
        let (files, facts, path) =
            (Arc::clone(&site.ports.files), Arc::clone(&site.facts), site.path_of(&artifact));
        let (settings, name) = (self.settings.clone(), artifact.path.clone());
        let measured = tokio::task::spawn_blocking(move || {
            let profile = go::read(files.open(&path)?).map_err(|bad| {
                bad.problem(name.as_str()).fix(
                    "look at the verdict on the tests first: without a run of theirs there is no coverage",
                )
            })?;
            measure(profile, &settings, files.as_ref(), &facts)
        });
        let measured = measured
            .await
            .map_err(|error| Problem::new("the profile could not be read").caused_by(&error))??;
        let verdict = judge(&measured, &self.settings, &site.facts);
        let tool = site.facts.tools.get("go").map(|tool| tool.version.as_str()).unwrap_or_default();
        Ok(verdict.proof(proof(&artifact, "coverage profile of go test", tool)))
    }
}

/// The files that count, by their path from the project's folder.
fn measure(
    mut profile: Profile,
    settings: &CoverageSettings,
    files: &dyn Files,
    facts: &Facts,
) -> Result<Vec<FileCoverage>, Problem> {
    let module = facts.ecosystems.go.as_ref().map(|module| format!("{}/", module.path)).unwrap_or_default();
    let inside = |name: &str| name.strip_prefix(&module).unwrap_or(name).to_owned();
    let mut out = BTreeSet::new();
    for file in profile.files() {
        let path = inside(&file.name);
        let excluded = settings.exclude.iter().any(|pattern| pattern.fits_file(&path));
        let generated = || match RepoPath::new(&path) {
            Ok(path) => is_generated(files, &facts.project_dir().join(path.as_path())),
            Err(_) => Ok(false), // A file of another module is nobody's here.
        };
        if excluded || (settings.exclude_generated && generated()?) {
            out.insert(file.name);
        }
    }
    profile.retain(|name| !out.contains(name));
    let mut measured = profile.files();
    measured.iter_mut().for_each(|file| file.name = inside(&file.name));
    Ok(measured)
}

fn sum<'a>(files: impl IntoIterator<Item = &'a FileCoverage>) -> Measure {
    files.into_iter().fold(Measure::default(), |mut sum, file| {
        sum += file.measure;
        sum
    })
}

fn row(metric: String, minimum: Percent, measure: Measure) -> Row {
    Row {
        metric,
        comparator: ">=".into(),
        threshold: minimum.to_string(),
        actual: format!(
            "{} ({} of {})",
            shown(measure.covered, measure.total),
            measure.covered,
            measure.total
        ),
        ok: minimum.reached_by(measure.covered, measure.total),
    }
}

fn judge(files: &[FileCoverage], settings: &CoverageSettings, facts: &Facts) -> Verdict {
    let total = sum(files);
    if total.total == 0 {
        let problem = Problem::new("no statement is left to measure")
            .because("`exclude` and `exclude_generated` of `gates.coverage` leave everything out");
        return Verdict::error(problem.what.clone()).problem(problem.fix("exclude less"));
    }
    let mut rows = vec![row("statements covered".into(), settings.minimum, total)];
    let mut problems = Vec::new();
    if !rows[0].ok {
        problems.push(short("the project", files, settings.minimum, total, facts));
    }
    let mut packages: BTreeMap<String, Vec<FileCoverage>> = BTreeMap::new();
    for file in files {
        let folder = file.name.rsplit_once('/').map_or(".", |(folder, _)| folder);
        packages.entry(folder.to_owned()).or_default().push(file.clone());
    }
    let mut used = BTreeSet::new();
    for (folder, own) in &packages {
        let fitting =
            settings.packages.iter().enumerate().filter(|(_, rule)| rule.pattern.fits_folder(folder));
        used.extend(fitting.clone().map(|(index, _)| index));
        // The longest pattern counts; of equally long ones the stricter.
        let Some((_, rule)) = fitting.max_by_key(|(_, rule)| (rule.pattern.text().len(), rule.minimum))
        else {
            continue;
        };
        let row = row(format!("statements covered in {folder}"), rule.minimum, sum(own));
        if !row.ok {
            problems.push(short(folder, own, rule.minimum, sum(own), facts));
        }
        rows.push(row);
    }
    let unused = settings.packages.iter().enumerate().filter(|(index, _)| !used.contains(index));
    let unused: Vec<&str> = unused.map(|(_, rule)| rule.pattern.text()).collect();
    let summary =
        format!("{} of statements ({} of {})", shown(total.covered, total.total), total.covered, total.total);
    let verdict = if !unused.is_empty() {
        let what = format!("no package fits `{}` of `gates.coverage.packages`", unused.join("`, `"));
        problems.push(
            Problem::new(what.clone())
                .fix("write the folder as it lies in the project, for example `core/**`"),
        );
        Verdict::error(what)
    } else if problems.is_empty() {
        Verdict { status: crate::model::Status::Pass, ..Verdict::fail(summary) }
    } else {
        Verdict::fail(summary)
    };
    let verdict = rows.into_iter().fold(verdict, Verdict::row);
    problems.into_iter().fold(verdict, Verdict::problem)
}

/// What is too little, and the smallest thing to do about it.
fn short(what: &str, files: &[FileCoverage], minimum: Percent, measure: Measure, facts: &Facts) -> Problem {
    let missing = minimum.missing(measure.covered, measure.total);
    let advice = advise(files, missing);
    let mut worst: Vec<&FileCoverage> =
        files.iter().filter(|file| file.measure.covered < file.measure.total).collect();
    worst.sort_by_key(|file| std::cmp::Reverse(file.measure.total - file.measure.covered));
    let costs: Vec<String> = worst
        .iter()
        .take(5)
        .map(|file| {
            format!(
                "{}: {} of {} statements not covered",
                file.name,
                file.measure.total - file.measure.covered,
                file.measure.total
            )
        })
        .collect();
    let problem = Problem::new(format!(
        "{what} has a coverage of {}, {minimum} is asked for: {missing} more of {} statements",
        shown(measure.covered, measure.total),
        measure.total
    ))
    .because(costs.join("\n"))
    .fix(advice.words);
    match advice
        .first
        .map(|(name, line)| (RepoPath::new(Utf8PathBuf::from(&facts.dir).join(name).as_str()), line))
    {
        Some((Ok(path), line)) => problem.at(path.as_path(), Some(line), None),
        _ => problem,
    }
}
