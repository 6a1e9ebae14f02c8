//! What is too little, and the smallest thing to do about it.

use camino::Utf8PathBuf;

use super::advise::advise;
use crate::formats::coverage::{FileCoverage, Gap, Measure, Unit};
use crate::kit::path::RepoPath;
use crate::kit::threshold::{Percent, shown};
use crate::model::{Facts, Problem};
use crate::steps::gates::tracked::some;

/// How many files are named.
const NAMED: usize = 10;

/// The files that cost most, at most ten: those of which most is not covered.
pub fn costliest(files: &[FileCoverage]) -> Vec<&FileCoverage> {
    let mut worst: Vec<&FileCoverage> = files.iter().filter(|file| file.measure.missed() > 0).collect();
    worst.sort_by(|a, b| b.measure.missed().cmp(&a.measure.missed()).then_with(|| a.name.cmp(&b.name)));
    worst.truncate(NAMED);
    worst
}

/// The files that cost most, in words, one a line.
pub fn costs(files: &[FileCoverage]) -> String {
    let cost = |file: &&FileCoverage| {
        let counted = file.unit.count(file.measure.total);
        format!("{}: {} of {counted} not covered", file.name, file.measure.missed())
    };
    costliest(files).iter().map(cost).collect::<Vec<_>>().join("\n")
}

/// These files, all of one unit, are covered too little.
pub fn short(
    what: &str,
    files: &[FileCoverage],
    minimum: Percent,
    measure: Measure,
    facts: &Facts,
) -> Problem {
    let unit = files.first().map_or(Unit::Lines, |file| file.unit);
    let missing = minimum.missing(measure.covered, measure.total);
    let advice = advise(files, missing);
    let problem = Problem::new(format!(
        "{what} has a coverage of {}, {minimum} is asked for: {missing} more of {}",
        shown(measure.covered, measure.total),
        unit.count(measure.total)
    ))
    .because(costs(files))
    .fix(advice.words);
    match advice.first {
        Some((name, line)) => at(problem, name, line, facts),
        None => problem,
    }
}

/// Too few of the lines that were changed are covered; `missed` are the others.
pub fn short_patch(
    missed: &[(String, Vec<u32>)],
    minimum: Percent,
    measure: Measure,
    since: &str,
    facts: &Facts,
) -> Problem {
    let missing = minimum.missing(measure.covered, measure.total);
    let places: Vec<String> =
        missed.iter().map(|(name, lines)| format!("{name}:{}", ranges(lines))).collect();
    let problem = Problem::new(format!(
        "{} of the lines changed since {since} are covered, {minimum} is asked for: {missing} more of {}",
        shown(measure.covered, measure.total),
        Unit::Lines.count(measure.total)
    ))
    .because(format!("not covered: {}", some(&places)));
    let files: Vec<FileCoverage> = missed.iter().map(|(name, lines)| changed(name, lines)).collect();
    let advice = advise(&files, missing);
    let problem = problem.fix(advice.words);
    match advice.first {
        Some((name, line)) => at(problem, name, line, facts),
        None => problem,
    }
}

/// The lines of a file that were changed and are not covered, as gaps.
fn changed(name: &str, lines: &[u32]) -> FileCoverage {
    let mut gaps: Vec<Gap> = Vec::new();
    for &line in lines {
        match gaps.last_mut() {
            Some(gap) if gap.to.saturating_add(1) == line => {
                gap.to = line;
                gap.size += 1;
            }
            _ => gaps.push(Gap { from: line, to: line, size: 1 }),
        }
    }
    let measure = Measure { covered: 0, total: lines.len() as u64 };
    FileCoverage { name: name.to_owned(), unit: Unit::Lines, measure, branches: Measure::default(), gaps }
}

/// The problem with a place in a file of the project.
pub fn at(problem: Problem, name: &str, line: u32, facts: &Facts) -> Problem {
    match RepoPath::new(Utf8PathBuf::from(&facts.dir).join(name).as_str()) {
        Ok(path) => problem.at(path.as_path(), Some(line), None),
        Err(_) => problem, // A file outside the repository is no place in it.
    }
}

/// `3-5,9`
fn ranges(lines: &[u32]) -> String {
    let mut ranges: Vec<(u32, u32)> = Vec::new();
    for &line in lines {
        match ranges.last_mut() {
            Some((_, last)) if last.saturating_add(1) == line => *last = line,
            _ => ranges.push((line, line)),
        }
    }
    let range = |(from, to): &(u32, u32)| if from == to { from.to_string() } else { format!("{from}-{to}") };
    ranges.iter().map(range).collect::<Vec<_>>().join(",")
}
