//! The verdict on what linters said.

use super::plan::SETTING;
use crate::formats::findings::Finding;
use crate::formats::findings::eslint::PARSE_ERROR;
use crate::model::{Facts, Looked, Noted, Place, Problem, Proof, Row, Verdict};
use crate::steps::gates::everywhere::held;
use crate::steps::gates::noted::found;
use crate::steps::scanner::{none_of, placed, verdict};

/// What one linter said.
pub struct Said {
    /// What it is called in the verdict: `go vet`.
    pub name: String,
    /// Its version, empty where it is not known.
    pub version: String,
    /// What it found.
    pub findings: Vec<Finding>,
    /// What proves it.
    pub proof: Proof,
    /// What is told of how it looked.
    pub rows: Vec<Row>,
}

/// A linter that could not look, where nobody insists on it.
pub struct Left {
    /// What it is called.
    pub what: String,
    /// Why it could not.
    pub why: String,
    /// The command that installs it.
    pub install: String,
}

/// Judges; what was left out is told in a row of its own, and where nothing was looked at, that is no pass.
pub fn judge(said: Vec<Said>, left: &[Left], facts: &Facts) -> Verdict {
    let absent = left.iter().map(|left| {
        let actual = format!("left out: {}", left.why);
        let (comparator, threshold) = ("=".into(), "run".into());
        Row { metric: left.what.clone(), comparator, threshold, actual, ok: true }
    });
    if said.is_empty() {
        let whys: Vec<&str> = left.iter().map(|left| left.why.as_str()).collect();
        let installs: Vec<String> = left.iter().map(|left| format!("`{}`", left.install)).collect();
        let (why, install) = (whys.join("; "), installs.join(", "));
        let skipped = Verdict::skipped(format!(
            "nothing was looked at: {why}; install it ({install}), or set `{SETTING}.enabled: true` to insist"
        ));
        return absent.fold(skipped, Verdict::row);
    }
    let counts = |finding: &&Finding| !finding.suppressed;
    let found = said.iter().map(|said| {
        let count = said.findings.iter().filter(counts).count() as u64;
        none_of(&format!("findings of {}", said.name), count, true)
    });
    let how = said.iter().flat_map(|said| said.rows.iter().cloned());
    let rows: Vec<Row> = found.chain(how).chain(absent).collect();
    let names: Vec<&str> = said.iter().map(|said| said.name.as_str()).collect();
    let total: usize = said.iter().map(|said| said.findings.iter().filter(counts).count()).sum();
    let summary = match total {
        0 => format!("{} found nothing", names.join(", ")),
        total => format!("{total} findings of {}", names.join(", ")),
    };
    let missed: Vec<&str> = left.iter().map(|left| left.what.as_str()).collect();
    let summary =
        if missed.is_empty() { summary } else { format!("{summary}; left out: {}", missed.join(", ")) };
    let noted = noted(&said, facts);
    let problems = noted.found.iter().filter(|found| found.let_pass.is_none());
    let problems = problems.map(|found| found.problem.clone()).collect();
    let proofs = said.into_iter().map(|said| said.proof).collect();
    verdict(total == 0, summary, proofs, rows, problems).noted(noted)
}

/// All that was found, also what its author let pass.
fn noted(said: &[Said], facts: &Facts) -> Noted {
    let mut noted = Noted::default();
    for said in said {
        noted.tools.push(Looked { name: said.name.clone(), version: said.version.clone() });
        let one = |finding: &Finding| found(finding, &said.name, problem(said, finding, facts));
        noted.found.extend(said.findings.iter().map(one));
    }
    noted
}

fn problem(said: &Said, finding: &Finding, facts: &Facts) -> Problem {
    let what = if finding.id == said.name {
        finding.message.clone()
    } else {
        format!("{}: {}", finding.id, finding.message)
    };
    let by = format!("found by {}{}", said.name, held(&finding.platforms, facts));
    let problem = placed(Problem::new(what).because(by), finding, facts);
    let fix = remedy(&said.name, problem.place.as_ref(), finding, facts);
    problem.fix(fix)
}

/// The smallest thing to do, as a command that can be copied where there is one.
fn remedy(tool: &str, place: Option<&Place>, finding: &Finding, facts: &Facts) -> String {
    // Commands run in the project's folder.
    let file = place.map(|place| place.file.strip_prefix(&facts.dir).unwrap_or(&place.file).to_string());
    let line = place.and_then(|place| place.line);
    let file = file.filter(|file| file.chars().all(|c| c.is_alphanumeric() || "._-/".contains(c)));
    match (tool, file, line) {
        ("gofmt", Some(file), _) => format!("`gofmt -w {file}`"),
        ("rustfmt", ..) => "`cargo fmt --all`".to_owned(),
        ("go vet", Some(file), Some(line)) => {
            let folder = file.rsplit_once('/').map_or("./", |(folder, _)| folder);
            let folder = if folder == "./" { folder.to_owned() } else { format!("./{folder}") };
            format!("change line {line} of {file}; `go vet {folder}` shows whether that does")
        }
        ("clippy", Some(file), Some(line)) => {
            format!("change line {line} of {file}; what clippy can do itself, `cargo clippy --fix` does")
        }
        ("eslint", Some(file), Some(line)) if finding.id == PARSE_ERROR => {
            format!("mend line {line} of {file}: nothing else of it was looked at")
        }
        ("eslint", Some(file), Some(line)) => {
            format!("change line {line} of {file}; what ESLint can do itself, `npx eslint --fix {file}` does")
        }
        ("golangci-lint", Some(file), Some(line)) => {
            format!(
                "change line {line} of {file}; what golangci-lint can do itself, `golangci-lint run --fix` does"
            )
        }
        (_, Some(file), Some(line)) if finding.url.is_empty() => format!("change line {line} of {file}"),
        _ if finding.url.is_empty() => match place {
            Some(place) => format!("change what stands at {place}"),
            None => format!("change what {tool} names"),
        },
        _ => format!("see {}", finding.url),
    }
}
