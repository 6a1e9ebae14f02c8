//! Real runs of Go's linters.

use serde_json::{Value, json};

use super::Lint;
use crate::model::{Problem, Status, Verdict};
use crate::steps::gates::GatesSettings;
use crate::steps::trial::Trial;

const MOD: (&str, &str) = ("go.mod", "module example.com/m\n\ngo 1.21\n");

async fn lint(files: &[(&str, &str)], settings: Value) -> Result<Verdict, Problem> {
    let trial = Trial::of(files).await;
    let planned = trial.looked::<Lint, GatesSettings>(settings, json!({})).await?;
    trial.check(&planned[0]).await
}

#[tokio::test]
async fn good_code_passes() {
    let files =
        [MOD, ("a.go", "package a\n\nfunc Two() int { return 2 }\n"), ("testdata/b.go", "package  b {\n")];
    let verdict = lint(&files, json!({})).await.unwrap();
    assert_eq!((verdict.status, verdict.summary.as_str()), (Status::Pass, "go vet, gofmt found nothing"));
    assert_eq!(verdict.evidence.len(), 3, "one for each, and all that was found");
}

#[tokio::test]
async fn what_vet_and_gofmt_find_fails_at_its_place() {
    let code = "package a\n\nimport \"fmt\"\n\nfunc Say() { fmt.Printf(\"%d\\n\", \"x\") }\n";
    let verdict =
        lint(&[MOD, ("sub/a.go", code), ("b.go", "package m\nfunc  F(){}\n")], json!({})).await.unwrap();
    assert_eq!(verdict.status, Status::Fail);
    let places: Vec<String> = verdict
        .problems
        .iter()
        .map(|problem| problem.place.as_ref().map(ToString::to_string).unwrap_or_default())
        .collect();
    // Which column it is differs between versions of Go.
    assert!(places[0].starts_with("sub/a.go:5:"), "{verdict:?}");
    assert_eq!(places[1..], ["b.go"], "{verdict:?}");
    assert!(verdict.problems[0].what.contains("go vet") || verdict.problems[0].what.contains("Printf"));
}

#[tokio::test]
async fn code_that_does_not_compile_never_passes() {
    let verdict = lint(&[MOD, ("a.go", "package a\n\nfunc F() { nothing() }\n")], json!({})).await;
    assert!(verdict.is_err() || verdict.is_ok_and(|verdict| verdict.status == Status::Fail));
    let broken = lint(&[MOD, ("a.go", "package a\n\nfunc F( {\n")], json!({ "vet": false })).await;
    assert!(broken.unwrap_err().what.contains("gofmt"));
    let configured = lint(
        &[MOD, ("a.go", "package a\n"), (".golangci.yml", "version: \"2\"\n")],
        json!({ "golangci_lint": "no-such" }),
    );
    assert!(configured.await.unwrap_err().what.contains(".golangci.yml"));
}
