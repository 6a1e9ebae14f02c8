//! The verdict on the tests, from the report of their run alone.

use std::sync::Arc;

use chrono::NaiveDate;

use super::quarantine::Sorter;
use super::rerun::plain;
use super::settings::TestsSettings;
use super::silent::{packages, silent};
use crate::formats::tests::{Failure, Package, Results, Verdict as Worst};
use crate::kit::path::RepoPath;
use crate::model::{Facts, Noted, Problem, Row, Verdict};
use crate::steps::gates::noted::own;
use crate::steps::gates::report::{FORMAT, GO_TESTS, TestRun, input, proof};
use crate::steps::gates::tracked::listed;
use crate::steps::room::{Check, Site};

/// The longest report that is read, in bytes.
const LONGEST: u64 = 64 * 1024 * 1024;

/// How many failures are shown one by one.
pub const SHOWN: usize = 20;

/// How many lines of a failure's output are shown.
pub const LINES: usize = 20;

/// The rule of a failed test.
const RULE: &str = "gates/tests";

/// Judges the tests.
pub struct Judge {
    /// What may be flaky or fail.
    pub settings: TestsSettings,
}

#[async_trait::async_trait]
impl Check for Judge {
    async fn check(&self, site: &Site) -> Result<Verdict, Problem> {
        let artifact = input(site, GO_TESTS)?;
        let unread = |error: &(dyn std::error::Error + 'static)| {
            Problem::new(format!("{} is no evidence", artifact.path)).caused_by(error)
        };
        let (files, path) = (Arc::clone(&site.ports.files), site.path_of(&artifact));
        let reading = tokio::task::spawn_blocking(move || {
            Ok::<_, Problem>(serde_json::from_slice::<TestRun>(&files.read(&path, LONGEST)?))
        });
        let read = reading.await.map_err(|error| unread(&error))??;
        let run = read.map_err(|error| unread(&error))?;
        if run.format != FORMAT {
            return Err(Problem::new(format!(
                "{} has the form {} and not {FORMAT}",
                artifact.path, run.format
            )));
        }
        let today = site.ports.clock.now().date_naive();
        let verdict = judge(run.clone(), &self.settings, today, &site.facts);
        let packages = packages(&listed(site.ports.git.as_ref()).await?, &site.facts);
        let silent = packages.and_then(|packages| silent([&run.results], &packages));
        let verdict = silent.into_iter().fold(verdict, Verdict::row);
        Ok(verdict.proof(proof(&artifact, "go test -json", &run.tool)))
    }
}

/// The verdict: passed only if the tool said so, and every package and test did that may not fail.
fn judge(run: TestRun, settings: &TestsSettings, today: NaiveDate, facts: &Facts) -> Verdict {
    let mut run = run;
    let mut sorter = Sorter::new(settings, today);
    let seen = std::mem::take(&mut run.seen);
    sorter.sort(&mut run.results, plain, |_, test| seen.iter().any(|seen| seen == test));
    let sorted = sorter.end();
    let results = &run.results;
    let failed = results.failed();
    let tests = format!("{} passed, {} left out{}", results.passed(), results.skipped(), sorted.words());
    let with = if run.race { ", race detector on" } else { "" };
    // Tests that may fail explain that the tool says that some did.
    let explained = run.exit == 0 || (run.exit == 1 && sorted.quarantined > 0);
    let verdict = match results.verdict() {
        Worst::Fail => Verdict::fail(format!("{failed} failed, {tests}")),
        Worst::NoEvidence(why) => {
            let problem = Problem::new("the tests prove nothing").because(&why);
            let problem = if run.words.is_empty() { problem } else { problem.because(&run.words) };
            Verdict::error(why).problem(problem.fix("write a test, or set `gates.tests.enabled: false`"))
        }
        Worst::Pass if !explained => {
            let problem =
                Problem::new(format!("`go test` ended with exit code {} though no test failed", run.exit));
            Verdict::error(problem.what.clone())
                .problem(problem.because(&run.words).fix("run `go test ./...` to see it again"))
        }
        Worst::Pass if !sorted.problems.is_empty() => Verdict::fail(tests),
        Worst::Pass => Verdict::pass(
            format!("{tests}{with}"),
            crate::model::Proof::seen(format!("exit code {}", run.exit)),
        ),
    };
    let verdict = rows(results, failed).into_iter().chain(sorted.rows).fold(verdict, Verdict::row);
    let problems: Vec<Problem> =
        results.failures().map(|(name, package, failure)| problem(name, package, failure, facts)).collect();
    let left_out = failed.saturating_sub(problems.len() as u64);
    let verdict = noted(verdict, &problems, &sorted.problems, left_out);
    let shown = problems.len().min(SHOWN) as u64;
    let verdict = problems.into_iter().take(SHOWN).chain(sorted.problems).fold(verdict, Verdict::problem);
    more(verdict, failed - shown, left_out)
}

/// Says how many failures are not shown, and of how many nothing more is known.
pub fn more(verdict: Verdict, hidden: u64, left_out: u64) -> Verdict {
    if hidden == 0 {
        return verdict;
    }
    let problem = Problem::new(format!("{hidden} more failed"));
    verdict.problem(match left_out {
        0 => problem,
        count => problem.because(format!("of {count} of them only the number is kept: there are too many")),
    })
}

/// Keeps all that failed for other programs.
pub fn noted(verdict: Verdict, failures: &[Problem], others: &[Problem], left_out: u64) -> Verdict {
    let blocks = verdict.status.blocks();
    let mut noted = Noted::of(RULE, &own(), failures, blocks);
    noted.add(RULE, &own(), &verdict.problems, blocks);
    noted.add(RULE, &own(), others, blocks);
    noted.left_out += left_out;
    verdict.noted(noted)
}

/// What was asked for, and what was counted.
pub fn rows(results: &Results, failed: u64) -> [Row; 2] {
    let row = |metric: &str, comparator: &str, threshold: &str, actual: u64, ok| Row {
        metric: metric.into(),
        comparator: comparator.into(),
        threshold: threshold.into(),
        actual: actual.to_string(),
        ok,
    };
    [
        row("failed tests and packages", "=", "0", failed, failed == 0),
        row("passed tests, subtests counted", ">=", "1", results.passed(), results.passed() > 0),
    ]
}

/// A failure of Go's tests, with its place and the command that shows it again.
pub fn problem(name: &str, package: &Package, failure: &Failure, facts: &Facts) -> Problem {
    let module = facts.ecosystems.go.as_ref().map(|module| module.path.as_str()).unwrap_or_default();
    let inside = name.strip_prefix(module).unwrap_or(name).trim_start_matches('/');
    let folder = if inside.is_empty() { ".".to_owned() } else { format!("./{inside}") };
    let test = &failure.test;
    let racy = failure.output.contains("WARNING: DATA RACE");
    let (what, fix) = match (test.is_empty(), package.unbuilt) {
        (true, true) => {
            (format!("the tests of {name} do not compile"), format!("see it again with `go vet {folder}`"))
        }
        (true, false) => (
            format!("{name} failed, though no single test did"),
            format!("run `go test {folder}`; look at TestMain and at os.Exit"),
        ),
        (false, _) => {
            let top = test.split('/').next().unwrap_or(test);
            let what = if racy {
                format!("{test} of {name} has a data race")
            } else {
                format!("{test} of {name} failed")
            };
            (what, format!("run `go test {}-run '^{top}$' {folder}`", if racy { "-race " } else { "" }))
        }
    };
    let lines: Vec<&str> = failure.output.lines().filter(|line| !line.starts_with("=== ")).collect();
    let shown = lines[lines.len().saturating_sub(LINES)..].join("\n");
    let problem = Problem::new(what).fix(fix);
    let problem = if shown.is_empty() { problem } else { problem.because(shown) };
    // A test names its file without a folder, the compiler names it from the module's root.
    let place = lines.iter().find_map(|line| place(line.trim_start()));
    let file = |file: &str| {
        if file.contains('/') {
            format!("{}/{file}", facts.dir)
        } else {
            format!("{}/{inside}/{file}", facts.dir)
        }
    };
    match place.map(|(name, line)| (RepoPath::new(file(name).trim_start_matches('/')), line)) {
        Some((Ok(path), line)) => problem.at(path.as_path(), Some(line), None),
        // A file outside the repository is no place in it.
        _ => problem,
    }
}

/// `file.go:line:` at a line's beginning.
fn place(line: &str) -> Option<(&str, u32)> {
    let end = line.find(".go:")? + ".go".len();
    let file = line[..end].trim_start_matches("./");
    let number = line[end + 1..].split(':').next()?.parse().ok()?; // Anything but a number is no place.
    (!file.contains(char::is_whitespace) && !file.starts_with('/')).then_some((file, number))
}
