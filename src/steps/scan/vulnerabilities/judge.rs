//! The verdict on what is known of programs; the same vulnerability in all of them is one.

use chrono::NaiveDate;

use super::plan::SETTING;
use super::settings::VulnerabilitiesSettings;
use crate::formats::findings::{Finding, Findings, Reach, Severity};
use crate::model::{Facts, Problem, Proof, Row, Verdict};
use crate::steps::ignore;
use crate::steps::merge::{Merged, merge};
use crate::steps::scanner::{none_of, placed, verdict};

/// How many programs are named with one vulnerability.
const SHOWN: usize = 5;

/// The severity that counts. What is linked in may be called in a way that nobody sees in a program.
fn severity(finding: &Finding, settings: &VulnerabilitiesSettings) -> Severity {
    if finding.reach == Some(Reach::Called) {
        return Severity::Critical;
    }
    finding.severity.unwrap_or(settings.unknown_severity)
}

/// The verdict; each report is called by its program.
pub fn judge(
    reports: Vec<Findings>,
    settings: &VulnerabilitiesSettings,
    today: NaiveDate,
    facts: &Facts,
    proofs: Vec<Proof>,
    mut rows: Vec<Row>,
) -> Verdict {
    let left_out: u64 = reports.iter().map(|report| report.left_out).sum();
    let programs = reports.len();
    let list = format!("{SETTING}.ignore");
    let sorted =
        ignore::sort(merge(reports), |merged| merged.members.clone(), &settings.ignore, today, &list);
    let mut left: Vec<(Severity, Merged)> =
        sorted.left.into_iter().map(|merged| (severity(&merged.finding, settings), merged)).collect();
    left.sort_by_key(|(severity, _)| std::cmp::Reverse(*severity));
    let failing = left.iter().filter(|(severity, _)| *severity >= settings.fail_on).count() as u64 + left_out;
    rows.push(none_of(&format!("vulnerabilities of severity {} or worse", settings.fail_on), failing, true));
    rows.push(none_of("let pass by the configuration", sorted.passed as u64, false));
    let ok = failing == 0 && sorted.problems.is_empty();
    let summary = format!(
        "{failing} of severity {} or worse, {} of less; govulncheck looked at {programs} programs",
        settings.fail_on,
        left.len() as u64 + left_out - failing
    );
    let told = left.iter().map(|(severity, merged)| problem(*severity, merged, facts));
    let problems: Vec<Problem> = sorted.problems.into_iter().chain(told).collect();
    verdict(ok, summary, proofs, rows, problems)
}

fn problem(severity: Severity, merged: &Merged, facts: &Facts) -> Problem {
    let Merged { finding, tools, .. } = merged;
    let shown: Vec<&str> = tools.iter().take(SHOWN).map(String::as_str).collect();
    let more = tools.len().saturating_sub(SHOWN);
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    let programs = format!("{}{more}", shown.join(", "));
    let problem = Problem::new(format!("{} ({severity}): {}", finding.id, finding.message));
    let problem = match (&finding.package, finding.fixed.last()) {
        (Some(package), fixed) => {
            let problem = problem.because(format!("{} {} is in {programs}", package.name, package.version));
            match fixed {
                Some(fixed) if package.name == "stdlib" => {
                    problem.fix(format!("build with Go {fixed} or later"))
                }
                Some(fixed) => problem.fix(format!("`go get {}@v{fixed}`, then build anew", package.name)),
                None => problem,
            }
        }
        (None, _) => problem.because(format!("it is in {programs}")),
    };
    placed(problem, finding, facts)
}
