//! The verdict on results of tests that ran elsewhere, from the reports that were given.

use super::judge::{LINES, SHOWN, problem, rows};
use crate::formats::tests::{FORMATS, Failure, Results, Verdict as Worst, go};
use crate::model::{Facts, Problem, Row, Status, Verdict};
use crate::ports::Secrets;
use crate::steps::gates::given::{Given, ReadReport, Report};
use crate::steps::room::{Check, Site};

/// Judges the results that were given.
pub struct JudgeGiven {
    /// The reports.
    pub given: Given,
}

#[async_trait::async_trait]
impl Check for JudgeGiven {
    async fn check(&self, site: &Site) -> Result<Verdict, Problem> {
        let read = self.given.read(FORMATS, "report of tests", site).await?;
        let verdict = judge(&read, &site.facts, site.ports.secrets.as_ref());
        Ok(read.iter().fold(verdict, |verdict, read| verdict.proof(read.report.proof())))
    }
}

/// Why Go's events are not of this module, if they are not.
fn foreign(report: &Report, content: &Results, facts: &Facts) -> Option<String> {
    let module = facts.ecosystems.go.as_ref().filter(|_| report.format == go::FORMAT.name)?.path.as_str();
    let own = |package: &String| {
        package.strip_prefix(module).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    };
    (!content.packages.is_empty() && !content.packages.keys().any(own))
        .then(|| format!("none of its packages is of {module}"))
}

/// Why a report proves nothing, if it does not.
fn unproven(report: &Report, content: &Results, facts: &Facts) -> Option<Problem> {
    let name = &report.named.file;
    if let Some(why) = foreign(report, content, facts) {
        let problem = Problem::new(format!("{name} is of another project")).because(why);
        return Some(problem.fix("give the report of this project's own tests"));
    }
    let Worst::NoEvidence(why) = content.verdict() else { return None };
    let problem = Problem::new(format!("{name} proves nothing")).because(&why);
    Some(problem.fix("give a report of a whole run in which a test passed"))
}

/// The worst of all reports: one that proves nothing is not made good by another.
fn judge(read: &[ReadReport<Results>], facts: &Facts, secrets: &dyn Secrets) -> Verdict {
    let mut all = Results::default();
    let mut nothing = Vec::new();
    let mut problems = Vec::new();
    for ReadReport { report, content } in read {
        nothing.extend(unproven(report, content, facts));
        let failures = content.failures().map(|(suite, package, failure)| {
            let failure = Failure { test: failure.test.clone(), output: secrets.clean(&failure.output) };
            if report.format == go::FORMAT.name {
                problem(suite, package, &failure, facts)
            } else {
                told(suite, &failure, report)
            }
        });
        problems.extend(failures);
        all.merge(content.clone());
    }
    let failed = problems.len();
    let mut summary = format!("{} passed, {} left out", all.passed(), all.skipped());
    let flaky: Vec<String> = all.flaky().map(|(suite, test)| format!("{suite}: {test}")).collect();
    if !flaky.is_empty() {
        summary = format!("{summary}, {} passed only when they ran again", flaky.len());
    }
    let verdict = if failed > 0 {
        Verdict::fail(format!("{failed} failed, {summary}"))
    } else if nothing.is_empty() {
        // The proof follows: a report for each.
        Verdict { status: Status::Pass, ..Verdict::fail(summary) }
    } else {
        Verdict::error(format!("{} of {} reports prove nothing", nothing.len(), read.len()))
    };
    let verdict = rows(&all, failed).into_iter().fold(verdict, Verdict::row);
    let verdict = kinds(read).into_iter().fold(verdict, Verdict::row);
    let verdict = match flaky.len() {
        0 => verdict,
        count => verdict.row(Row {
            metric: "flaky tests".into(),
            comparator: "is".into(),
            threshold: "shown".into(),
            actual: format!("{count}: {}", flaky[..count.min(SHOWN)].join(", ")),
            ok: true,
        }),
    };
    let shown = nothing.into_iter().chain(problems.into_iter().take(SHOWN));
    let verdict = shown.fold(verdict, Verdict::problem);
    if failed > SHOWN {
        verdict.problem(Problem::new(format!("{} more failed", failed - SHOWN)))
    } else {
        verdict
    }
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
