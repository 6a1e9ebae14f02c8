//! The verdicts on the page, with links to what they rest on.

use std::collections::BTreeSet;

use camino::Utf8PathBuf;
use serde::Serialize;

use crate::model::{Proof, Row, Status};

use super::summary::{Outcome, Summary, TaskView};

#[derive(Serialize)]
pub(super) struct VerdictView {
    task: String,
    title: String,
    class: &'static str,
    word: &'static str,
    taken_over: bool,
    summary: String,
    rows: Vec<Row>,
    evidence: Vec<ProofView>,
}

#[derive(Serialize)]
struct ProofView {
    proof: Proof,
    /// Where it lies, from the page.
    href: Option<String>,
}

pub(super) fn verdicts(summary: &Summary, there: &BTreeSet<Utf8PathBuf>) -> Vec<VerdictView> {
    let view = |task: &TaskView| {
        let verdict = task.verdict.clone()?;
        let class = match verdict.status {
            Status::Pass => "good",
            Status::Fail | Status::Error => "bad",
            Status::Skipped => "dim",
            Status::Overridden => "warn",
        };
        let proof = |proof: Proof| {
            let href =
                proof.file.as_ref().filter(|file| there.contains(*file)).and_then(|file| href(file.as_str()));
            ProofView { href, proof }
        };
        Some(VerdictView {
            task: task.task.0.clone(),
            title: task.title.clone(),
            class,
            word: verdict.status.word(),
            taken_over: task.outcome == Outcome::TakenOver,
            summary: verdict.summary,
            rows: verdict.rows,
            evidence: verdict.evidence.into_iter().map(proof).collect(),
        })
    };
    summary.tasks.iter().filter_map(view).collect()
}

/// The address of a file of the report, from the page beside it. A name in a journal is anybody's: only plain
/// ones that stay below the report's folder become links.
fn href(file: &str) -> Option<String> {
    let inside = file.strip_prefix("report/")?;
    let plain = |part: &str| {
        !part.is_empty()
            && !part.starts_with('.')
            && part.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._-".contains(&byte))
    };
    inside.split('/').all(plain).then(|| inside.to_owned())
}

#[cfg(test)]
mod tests {
    use super::href;

    #[test]
    fn only_plain_names_below_the_report_are_links() {
        assert_eq!(href("report/coverage/index.html").as_deref(), Some("coverage/index.html"));
        for file in [
            "plan.json",
            "report/",
            "report/../x",
            "report//evil.example",
            "report/javascript:alert(1)",
            "report/a b",
            "report/.x",
            "/report/x",
        ] {
            assert_eq!(href(file), None, "{file}");
        }
    }
}
