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
async fn images_of_docker_hub_may_be_let_pass() {
    let job = |image: &str| {
        let text =
            format!("jobs:\n  a:\n    runs-on: x\n    container: {image}\n    steps: [{{ run: x }}]\n");
        [(".github/workflows/a.yml", text)]
    };
    for (image, entry, status) in [
        ("debian:12", "library/debian", Status::Pass),
        ("docker://debian", "library/*", Status::Pass),
        ("acme/tool:1", "acme/tool", Status::Pass),
        ("ghcr.io/acme/tool:1", "acme/tool", Status::Error),
        ("localhost:5000/tool", "library/tool", Status::Error),
        ("ghcr.io/tool", "ghcr.io/tool", Status::Error),
    ] {
        let files = job(image);
        let files: Vec<(&str, &str)> = files.iter().map(|(path, text)| (*path, text.as_str())).collect();
        let verdict = judged(&files, json!({ "allow": [entry] })).await.unwrap();
        assert_eq!(verdict.status, status, "{image}: {verdict:?}");
    }
}

#[tokio::test]
async fn no_workflow_and_a_broken_one_are_no_pass() {
    let none = judged(&[("Dockerfile", "FROM debian\n")], json!({})).await.unwrap();
    assert_eq!(none.status, Status::Error, "Dockerfiles of nobody are not looked at: {none:?}");
    let none = judged(&[("go.mod", "module m\n")], json!({ "lock_files": false })).await.unwrap();
    assert_eq!(none.status, Status::Error, "{none:?}");
    let broken = [("go.mod", "module m\n"), (".github/workflows/ci.yml", "jobs: [\n")];
    let problem = judged(&broken, json!({})).await.unwrap_err();
    assert!(problem.what.contains(".github/workflows/ci.yml"), "{problem}");
}

#[tokio::test]
async fn where_nothing_can_move_that_is_said_and_passes() {
    for files in [&[("go.mod", "module m\n")][..], &[("package.json", "{}"), ("README.md", "x\n")]] {
        let verdict = judged(files, json!({})).await.unwrap();
        assert_eq!(verdict.status, Status::Pass, "{verdict:?}");
        assert!(
            verdict.summary.starts_with("nothing here is pinned by reference: no workflow"),
            "{verdict:?}"
        );
        assert!(verdict.evidence[0].what.starts_with("git ls-files"), "{verdict:?}");
    }
    for other in
        ["requirements.txt", "a/pom.xml", "app/x.csproj", ".gitlab-ci.yml", "docker-compose.dev.yaml"]
    {
        let verdict = judged(&[("go.mod", "module m\n"), (other, "x\n")], json!({})).await.unwrap();
        assert_eq!(verdict.status, Status::Error, "{other}: {verdict:?}");
        assert_eq!(verdict.problems[0].causes, [format!("left out: {other}")]);
    }
    let unused = judged(&[("go.mod", "module m\n")], json!({ "allow": ["acme/x"] })).await.unwrap();
    assert_eq!(unused.status, Status::Error);
}

/// What was told of, with its place.
fn told(verdict: &Verdict) -> Vec<String> {
    let one = |problem: &Problem| {
        let place = problem.place.as_ref().map(ToString::to_string).unwrap_or_default();
        format!("{place} {}", problem.what.split('`').nth(1).unwrap_or_default())
    };
    verdict.problems.iter().map(one).collect()
}

#[tokio::test]
async fn the_dockerfile_of_an_action_is_read() {
    let digest = format!("debian@sha256:{}", "a".repeat(64));
    let dockerfile = format!("ARG BASE=alpine:3\nFROM $BASE AS one\nFROM one\nFROM {digest}\nFROM scratch\n");
    let action = |image: &str| format!("runs:\n  using: docker\n  image: {image}\n");
    let (own, sub) = (action("Dockerfile"), action("../tools/x.Dockerfile"));
    let uses = "jobs:\n  a:\n    steps:\n      - uses: ./bare\n";
    let files = [
        ("action.yml", own.as_str()),
        ("Dockerfile", dockerfile.as_str()),
        ("sub/action.yaml", sub.as_str()),
        ("tools/x.Dockerfile", "FROM golang:1.26\n"),
        ("bare/Dockerfile", "FROM node:24\n"),
        ("elsewhere/Dockerfile", "FROM nobody:runs-it\n"),
        (".github/workflows/ci.yml", uses),
    ];
    let verdict = judged(&files, json!({})).await.unwrap();
    assert_eq!(verdict.status, Status::Fail);
    assert_eq!(
        told(&verdict),
        ["Dockerfile:2:1 alpine:3", "bare/Dockerfile:1:1 node:24", "tools/x.Dockerfile:1:1 golang:1.26"]
    );
    assert_eq!(verdict.summary, "2 of 5 references are pinned or allowed, in 6 files");
    let pinned = format!("FROM {digest}\n");
    let fixed = [("action.yml", own.as_str()), ("Dockerfile", pinned.as_str())];
    assert_eq!(judged(&fixed, json!({})).await.unwrap().status, Status::Pass);
}

#[tokio::test]
async fn a_file_is_no_image_of_a_job_and_one_that_is_gone_is_no_pass() {
    let job =
        "jobs:\n  a:\n    container: ./Dockerfile\n  b:\n    services: { db: { image: x/Dockerfile } }\n";
    let files = [(".github/workflows/ci.yml", job), ("Dockerfile", "FROM scratch\n")];
    let verdict = judged(&files, json!({})).await.unwrap();
    assert_eq!(verdict.status, Status::Fail);
    let ci = ".github/workflows/ci.yml";
    assert_eq!(told(&verdict), [format!("{ci}:3:16 ./Dockerfile"), format!("{ci}:5:30 x/Dockerfile")]);
    for image in ["Dockerfile", "../../Dockerfile", "/Dockerfile"] {
        let action = format!("runs:\n  using: docker\n  image: {image}\n");
        let verdict = judged(&[("a/action.yml", action.as_str())], json!({})).await.unwrap();
        assert_eq!(verdict.status, Status::Error, "{image}");
        assert_eq!(told(&verdict), [format!("a/action.yml:3:10 {image}")]);
        assert!(verdict.rows.iter().any(|row| !row.ok && row.metric.contains("Dockerfile")));
    }
    let torn = [("action.yml", "runs: { using: docker, image: Dockerfile }\n"), ("Dockerfile", "RUN x\n")];
    assert!(judged(&torn, json!({})).await.unwrap_err().what.contains("Dockerfile"));
}
