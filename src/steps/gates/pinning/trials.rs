//! The room tried out on a repository.

use serde_json::{Value, json};

use super::Pinning;
use crate::config::section::NoSettings;
use crate::model::{Problem, Status, Verdict};
use crate::steps::trial::Trial;

const MOVING: &str = "jobs:\n  a:\n    steps:\n      - uses: actions/checkout@v4\n";

async fn judged(files: &[(&str, &str)], room: Value) -> Result<Verdict, Problem> {
    let trial = Trial::of(files).await;
    let planned = trial.plan::<Pinning, NoSettings>(room, json!({}))?;
    trial.check(&planned[0]).await
}

#[tokio::test]
async fn names_every_reference_that_may_move_with_its_place() {
    let files = [
        ("go.mod", "module m\n"),
        (".github/workflows/ci.yml", MOVING),
        ("sub/action.yml", "runs:\n  using: docker\n  image: docker://x:1\n"),
    ];
    let verdict = judged(&files, json!({})).await.unwrap();
    assert_eq!(verdict.status, Status::Fail);
    assert_eq!(verdict.summary, "0 of 2 references are pinned or allowed, in 2 files");
    let places: Vec<String> =
        verdict.problems.iter().filter_map(|problem| Some(problem.place.as_ref()?.to_string())).collect();
    assert_eq!(places, [".github/workflows/ci.yml:4:15", "sub/action.yml:3:10"]);
    assert!(verdict.problems[0].fix.as_deref().unwrap().contains("`actions/checkout@COMMIT # v4`"));
}

#[tokio::test]
async fn exceptions_have_to_be_needed() {
    let files = [("go.mod", "module m\n"), (".github/workflows/ci.yml", MOVING)];
    let allowed = judged(&files, json!({ "allow": ["actions/checkout"] })).await.unwrap();
    assert_eq!(allowed.status, Status::Pass);
    let unused = judged(&files, json!({ "allow": ["actions/*", "acme/x"] })).await.unwrap();
    assert_eq!(unused.status, Status::Error);
    assert!(unused.summary.contains("`acme/x`"), "{}", unused.summary);
    assert!(judged(&files, json!({ "allow": ["actions"] })).await.is_err());
}

#[tokio::test]
async fn no_workflow_and_a_broken_one_are_no_pass() {
    let none = judged(&[("go.mod", "module m\n")], json!({})).await.unwrap();
    assert_eq!(none.status, Status::Error);
    let broken = [("go.mod", "module m\n"), (".github/workflows/ci.yml", "jobs: [\n")];
    let problem = judged(&broken, json!({})).await.unwrap_err();
    assert!(problem.what.contains(".github/workflows/ci.yml"), "{problem}");
}
