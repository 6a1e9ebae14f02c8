//! The verdict on what linters said.

use super::plan::SETTING;
use crate::formats::findings::Finding;
use crate::model::{Facts, Problem, Proof, Row, Verdict};
use crate::steps::scanner::{none_of, placed, verdict};

/// What one linter said.
pub struct Said {
    /// What it is called in the verdict: `go vet`.
    pub name: String,
    /// What it found.
    pub findings: Vec<Finding>,
    /// What proves it.
    pub proof: Proof,
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
    let rows: Vec<Row> = found.chain(absent).collect();
    let names: Vec<&str> = said.iter().map(|said| said.name.as_str()).collect();
    let total: usize = said.iter().map(|said| said.findings.iter().filter(counts).count()).sum();
    let summary = match total {
        0 => format!("{} found nothing", names.join(", ")),
        total => format!("{total} findings of {}", names.join(", ")),
    };
    let missed: Vec<&str> = left.iter().map(|left| left.what.as_str()).collect();
    let summary =
        if missed.is_empty() { summary } else { format!("{summary}; left out: {}", missed.join(", ")) };
    let problems = said.iter().flat_map(|said| {
        said.findings.iter().filter(counts).map(|finding| {
            let what = if finding.id == said.name {
                finding.message.clone()
            } else {
                format!("{}: {}", finding.id, finding.message)
            };
            placed(Problem::new(what).because(format!("found by {}", said.name)), finding, facts)
        })
    });
    let problems = problems.collect();
    let proofs = said.into_iter().map(|said| said.proof).collect();
    verdict(total == 0, summary, proofs, rows, problems)
}
