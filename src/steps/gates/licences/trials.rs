//! The room tried out on projects with dependencies.

use serde_json::{Value, json};

use super::Licences;
use crate::config::section::NoSettings;
use crate::model::{Problem, Status, Verdict};
use crate::steps::trial::Trial;

const LOCK: &str = r#"{"lockfileVersion": 3, "packages": {"": {},
    "node_modules/a": {"version": "1.0.0", "license": "MIT"},
    "node_modules/b": {"version": "2.0.0", "license": "MIT OR GPL-3.0-only"},
    "node_modules/c": {"version": "3.0.0", "license": "GPL-3.0-only"},
    "node_modules/d": {"version": "4.0.0", "license": "SEE LICENSE IN LICENSE"}}}"#;

async fn judged(files: &[(&str, &str)], room: Value) -> Result<Verdict, Problem> {
    let trial = Trial::of(files).await;
    let planned = trial.plan::<Licences, NoSettings>(room, json!({}))?;
    trial.check(&planned[0]).await
}

#[tokio::test]
async fn tells_what_is_not_allowed_and_what_nobody_knows() {
    let files = [("go.mod", "module m\n\ngo 1.22\n"), ("m.go", "package m\n"), ("package-lock.json", LOCK)];
    let verdict = judged(&files, json!({ "allow": ["MIT"] })).await.unwrap();
    assert_eq!(verdict.status, Status::Error);
    let told: Vec<&str> = verdict.problems.iter().map(|problem| problem.what.as_str()).collect();
    assert_eq!(told, ["nobody can tell the licence of d 4.0.0 (npm)", "c 3.0.0 (npm) is under GPL-3.0-only"]);
    let sources: Vec<&str> = verdict.evidence.iter().map(|proof| proof.what.as_str()).collect();
    assert_eq!(sources, ["go list -deps", "package-lock.json"]);

    let known = json!([
        { "package": "d", "licence": "MIT", "reason": "read" },
        { "package": "c@3.0.0", "reason": "bought" }
    ]);
    let verdict = judged(&files, json!({ "allow": ["MIT"], "exceptions": known })).await.unwrap();
    assert_eq!(verdict.status, Status::Pass, "{verdict:?}");
    let idle =
        json!([{ "package": "d", "licence": "MIT", "reason": "read" }, { "package": "z", "reason": "x" }]);
    let verdict =
        judged(&files, json!({ "allow": ["MIT", "GPL-3.0-only"], "exceptions": idle })).await.unwrap();
    assert_eq!(verdict.status, Status::Error);
    assert!(verdict.problems[0].what.contains("no dependency is `z`"));
}

#[tokio::test]
async fn a_project_without_dependencies_passes_and_one_without_a_manifest_does_not() {
    let go = [("go.mod", "module m\n\ngo 1.22\n"), ("m.go", "package m\n")];
    assert_eq!(judged(&go, json!({ "deny": ["AGPL-3.0-only"] })).await.unwrap().status, Status::Pass);
    let none = judged(&[("README.md", "x\n")], json!({ "allow": ["MIT"] })).await.unwrap();
    assert_eq!(none.status, Status::Error);
}

#[tokio::test]
async fn a_policy_that_allows_everything_or_names_nothing_known_is_refused() {
    let files = [("go.mod", "module m\n\ngo 1.22\n")];
    for room in [
        json!({}),
        json!({ "allow": ["Mitt"] }),
        json!({ "allow": ["MIT"], "exceptions": [{ "package": "a", "reason": " " }] }),
    ] {
        assert!(judged(&files, room.clone()).await.is_err(), "{room}");
    }
}

#[tokio::test]
async fn dependencies_that_nobody_can_read_are_no_pass() {
    let files = [
        ("go.mod", "module m\n\ngo 1.22\n"),
        ("m.go", "package m\n"),
        ("package.json", "{}"),
        ("yarn.lock", ""),
    ];
    let verdict = judged(&files, json!({ "allow": ["MIT"] })).await.unwrap();
    assert_eq!(verdict.status, Status::Error);
    assert!(verdict.summary.contains("package.json"), "{}", verdict.summary);
}
