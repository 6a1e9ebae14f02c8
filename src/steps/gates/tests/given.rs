//! The verdict on results of tests that ran elsewhere, from the reports that were given.

use std::collections::BTreeMap;

use super::judge::{LINES, SHOWN, more, noted, problem, rows};
use super::quarantine::{Sorted, Sorter};
use super::rerun::plain;
use super::run::there;
use super::settings::TestsSettings;
use super::silent::{packages, silent};
use crate::formats::tests::{FORMATS, Failure, Results, Timed, Verdict as Worst, go};
use crate::model::{Facts, Problem, Row, Status, Verdict};
use crate::ports::Secrets;
use crate::steps::gates::given::{Given, ReadReport, Report};
use crate::steps::gates::tracked::listed;
use crate::steps::room::{Check, Site};

/// How many of the slowest tests are shown.
const SLOWEST: usize = 3;

/// Judges the results that were given.
pub struct JudgeGiven {
    /// The reports.
    pub given: Given,
    /// What may be flaky or fail.
    pub settings: TestsSettings,
}

#[async_trait::async_trait]
impl Check for JudgeGiven {
    async fn check(&self, site: &Site) -> Result<Verdict, Problem> {
        let read = self.given.read(FORMATS, "report of tests", site).await?;
        let listed = listed(site.ports.git.as_ref()).await?;
        let packages = packages(&listed, &site.facts);
        let of_go = read.iter().filter(|read| read.report.format == go::FORMAT.name);
        let of_go: Vec<&Results> = of_go.map(|read| &read.content).collect();
        // Other reports name no packages of Go.
        let asked = packages.as_ref().filter(|_| !of_go.is_empty());
        let silent = asked.and_then(|packages| silent(of_go, packages));
        let today = site.ports.clock.now().date_naive();
        let (mut read, mut sorter) = (read, Sorter::new(&self.settings, today));
        for ReadReport { report, content } in &mut read {
            let of_go = report.format == go::FORMAT.name;
            let alone = |package: &_, failure: &Failure| match of_go {
                true => plain(package, failure),
                false => !failure.test.is_empty(),
            };
            sorter.sort(content, alone, there);
        }
        let about = About { facts: &site.facts, packages: packages.as_ref() };
        let verdict = judge(&read, sorter.end(), &about, site.ports.secrets.as_ref());
        let verdict = silent.into_iter().fold(verdict, Verdict::row);
        Ok(read.iter().fold(verdict, |verdict, read| verdict.proof(read.report.proof())))
    }
}

/// What the reports should be about.
struct About<'a> {
    facts: &'a Facts,
    /// The packages of Go's module, if there is one.
    packages: Option<&'a BTreeMap<String, bool>>,
}

/// Why Go's events are not of this module, if they are not: a module in one of its folders is another.
fn foreign(report: &Report, content: &Results, about: &About) -> Option<String> {
    let packages = about.packages.filter(|_| report.format == go::FORMAT.name)?;
    let module = &about.facts.ecosystems.go.as_ref()?.path;
    (!content.packages.is_empty() && !content.packages.keys().any(|package| packages.contains_key(package)))
        .then(|| format!("none of its packages is one of the module {module}"))
}

/// Why a report proves nothing, if it does not.
fn unproven(report: &Report, content: &Results, about: &About) -> Option<Problem> {
    let name = &report.named.file;
    if let Some(why) = foreign(report, content, about) {
        let problem = Problem::new(format!("{name} is of another project")).because(why);
        return Some(problem.fix("give the report of this project's own tests"));
    }
    let Worst::NoEvidence(why) = content.verdict() else { return None };
    let problem = Problem::new(format!("{name} proves nothing")).because(&why);
    Some(problem.fix("give a report of a whole run in which a test passed"))
}

/// The worst of all reports: one that proves nothing is not made good by another.
fn judge(read: &[ReadReport<Results>], sorted: Sorted, about: &About, secrets: &dyn Secrets) -> Verdict {
    let mut all = Results::default();
    let mut nothing = Vec::new();
    let mut problems = Vec::new();
    for ReadReport { report, content } in read {
        nothing.extend(unproven(report, content, about));
        let failures = content.failures().map(|(suite, package, failure)| {
            let failure = Failure { test: failure.test.clone(), output: secrets.clean(&failure.output) };
            if report.format == go::FORMAT.name {
                problem(suite, package, &failure, about.facts)
            } else {
                told(suite, &failure, report)
            }
        });
        problems.extend(failures);
        all.merge(content.clone());
    }
    let failed = all.failed();
    let summary = format!("{} passed, {} left out{}", all.passed(), all.skipped(), sorted.words());
    let verdict = if failed > 0 {
        Verdict::fail(format!("{failed} failed, {summary}"))
    } else if nothing.is_empty() && !sorted.problems.is_empty() {
        Verdict::fail(summary)
    } else if nothing.is_empty() {
        // The proof follows: a report for each.
        Verdict { status: Status::Pass, ..Verdict::fail(summary) }
    } else {
        Verdict::error(format!("{} of {} reports prove nothing", nothing.len(), read.len()))
    };
    let verdict = rows(&all, failed).into_iter().fold(verdict, Verdict::row);
    let verdict = kinds(read).into_iter().fold(verdict, Verdict::row);
    let verdict = sorted.rows.into_iter().chain(slowest(&all)).fold(verdict, Verdict::row);
    let wrong: Vec<Problem> = sorted.problems.into_iter().map(|problem| cleaned(problem, secrets)).collect();
    let others: Vec<Problem> = nothing.iter().chain(&wrong).cloned().collect();
    let left_out = failed.saturating_sub(problems.len() as u64);
    let verdict = noted(verdict, &problems, &others, left_out);
    let hidden = failed - problems.len().min(SHOWN) as u64;
    let shown = nothing.into_iter().chain(problems.into_iter().take(SHOWN)).chain(wrong);
    more(shown.fold(verdict, Verdict::problem), hidden, left_out)
}

/// Cuts secrets out of what a flaky test printed.
fn cleaned(problem: Problem, secrets: &dyn Secrets) -> Problem {
    let causes = problem.causes.iter().map(|cause| secrets.clean(cause)).collect();
    Problem { causes, ..problem }
}

/// The tests that took longest, where the reports tell times.
fn slowest(all: &Results) -> Option<Row> {
    let slowest: Vec<String> = all.slowest.iter().take(SLOWEST).map(Timed::words).collect();
    (!slowest.is_empty()).then(|| Row {
        metric: "slowest tests".into(),
        comparator: "is".into(),
        threshold: "shown".into(),
        actual: slowest.join(", "),
        ok: true,
    })
}

/// How many tests of each kind passed, where kinds are told.
fn kinds(read: &[ReadReport<Results>]) -> Vec<Row> {
    let row = |read: &ReadReport<Results>| {
        let kind = read.report.kind()?;
        Some(Row {
            metric: format!("passed {} tests", kind.word()),
            comparator: ">=".into(),
            threshold: "1".into(),
            actual: format!("{} in {}", read.content.passed(), read.report.named.file),
            ok: read.content.passed() > 0,
        })
    };
    read.iter().filter_map(row).collect()
}

/// A failure of whatever tool.
fn told(suite: &str, failure: &Failure, report: &Report) -> Problem {
    let what = if failure.test.is_empty() {
        format!("{suite} failed, though no single test did")
    } else {
        format!("{} of {suite} failed", failure.test)
    };
    let lines: Vec<&str> = failure.output.lines().collect();
    let shown = lines[lines.len().saturating_sub(LINES)..].join("\n");
    let problem = Problem::new(what).fix("run this test again where its report was made");
    let problem = if shown.is_empty() { problem } else { problem.because(shown) };
    problem.because(format!("so says {}", report.named.file))
}
