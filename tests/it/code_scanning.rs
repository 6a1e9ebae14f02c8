//! What the gates found, uploaded to code scanning: all of it, once, within the limits, and to nobody's harm.

use serde_json::{Value, json};

use crate::harness::{Ran, Repo, World, forge, forge_with, repo};
use crate::pulled::{in_pull, write_event};

const FILES: [(&str, &str); 3] =
    [("notes.txt", "hello\n"), (".gitignore", "/dist/\n/out/\n"), ("w.js", "let a\nlet b\nlet c\n")];

const GOOD: &str = "<testsuite name='s'><testcase name='a'/></testsuite>";

const SCAN: &[&str] = &["--set", "gates.publish.code_scanning=true"];

/// A repository on the forge with a pull request, and reports of tests and of ESLint.
fn pulled(world: &World) -> Repo {
    let repo = repo(&FILES);
    world.seed(&repo);
    world.call("POST", "/api/v3/repos/acme/greeter/issues", &json!({ "title": "Change it" }).to_string());
    repo.write("out/j.xml", GOOD);
    lint(&repo, &[2, 1]);
    write_event(&repo, "acme/greeter");
    repo
}

fn lint(repo: &Repo, lines: &[u32]) {
    let message = |line: &u32| json!({ "ruleId": "no-x", "message": format!("wrong {line}"), "line": line, "column": 1, "severity": 2 });
    let messages: Vec<Value> = lines.iter().map(message).collect();
    let report =
        json!([{ "filePath": "w.js", "errorCount": lines.len(), "warningCount": 0, "messages": messages }]);
    repo.write("out/eslint.json", report.to_string());
}

/// The gates in the workflow of the pull request.
fn gates(repo: &Repo, world: &World, env: &[(&str, &str)], more: &[&str]) -> Ran {
    let reports = ["gates", "--snapshot", "--report", "out/j.xml", "out/eslint.json"];
    in_pull(repo, world, env, &[&reports, SCAN, more].concat())
}

fn analyses(world: &World) -> Vec<Value> {
    world
        .get("/repos/acme/greeter/code-scanning/analyses?per_page=100")
        .as_array()
        .cloned()
        .unwrap_or_default()
}

#[test]
fn all_that_was_found_is_uploaded_once_and_anew_when_it_changes() {
    let world = forge();
    let repo = pulled(&world);
    gates(&repo, &world, &[], &[]).exits(11);
    let made = analyses(&world);
    let head = repo.git(&["rev-parse", "HEAD"]);
    let eslint = made.iter().find(|one| one["tool"]["name"] == "eslint").unwrap();
    assert_eq!(
        (&eslint["category"], &eslint["results_count"], &eslint["ref"], &eslint["commit_sha"]),
        (&json!("release-gate/eslint"), &json!(2), &json!("refs/pull/1/head"), &json!(head))
    );
    assert!(made.iter().any(|one| one["tool"]["name"] == "release-action" && one["results_count"] == 0));
    let effects = world.effects().len();

    gates(&repo, &world, &[], &[]).exits(11);
    assert_eq!(world.effects().len(), effects, "nothing is uploaded twice: {:?}", world.effects());

    // As many, and others.
    lint(&repo, &[3, 1]);
    gates(&repo, &world, &[], &[]).exits(11);
    assert_eq!(world.requests("POST", "/code-scanning/sarifs"), 2);
    // What is mended is told too, so that the alert is closed.
    lint(&repo, &[]);
    gates(&repo, &world, &[], &[]).exits(0);
    let newest = analyses(&world);
    let eslint = newest.iter().find(|one| one["tool"]["name"] == "eslint").unwrap();
    assert_eq!(eslint["results_count"], 0);
}

#[test]
fn the_file_holds_more_than_the_verdict_shows() {
    let repo = repo(&FILES);
    repo.write("w.js", "let x\n".repeat(700));
    repo.git(&["add", "-A"]);
    repo.git(&["commit", "-q", "-m", "feat: more"]);
    repo.write("out/j.xml", GOOD);
    lint(&repo, &(1..=700).collect::<Vec<_>>());
    repo.call(&["gates", "--snapshot", "--report", "out/j.xml", "out/eslint.json"]).exits(11);
    let sarif: Value = serde_json::from_str(&repo.dist("report/results.sarif")).unwrap();
    let runs = sarif["runs"].as_array().unwrap();
    let run = runs.iter().find(|run| run["tool"]["driver"]["name"] == "eslint").unwrap();
    let results = run["results"].as_array().unwrap();
    assert_eq!(results.len(), 700);
    assert_eq!(run["automationDetails"]["id"], "release-gate/eslint/");
    let hash = |at: usize| results[at]["partialFingerprints"]["primaryLocationLineHash"].as_str().unwrap();
    assert!((1..700).all(|at| hash(at) != hash(at - 1)), "each is known by its own hash");
}

#[test]
fn a_right_that_is_missing_is_named_and_a_fork_is_not_to_blame() {
    let world = forge();
    let repo = pulled(&world);
    lint(&repo, &[]);
    let reader = [("GITHUB_TOKEN", world.reader_token())];
    gates(&repo, &world, &reader, &[]).exits(11).says("permissions: { security-events: write }");
    write_event(&repo, "eve/greeter");
    gates(&repo, &world, &reader, &[])
        .exits(0)
        .says("what was found is not uploaded to code scanning")
        .says("a pull request from a fork gets a token that can only read");
    assert_eq!(world.requests("POST", "/code-scanning/sarifs"), 0);
    write_event(&repo, "acme/greeter");
    world.call_as_admin("PATCH", "", &json!({ "private": true }).to_string());
    gates(&repo, &world, &[], &[]).exits(11).says("switch on code scanning in the repository's settings");
}

#[test]
fn an_answer_that_is_lost_doubles_nothing_and_a_refusal_is_told() {
    let world = forge_with(&["POST */code-scanning/sarifs#1=applied-then-reset"]);
    let repo = pulled(&world);
    lint(&repo, &[]);
    gates(&repo, &world, &[], &[]).exits(0);
    assert_eq!(world.requests("POST", "/code-scanning/sarifs"), 1, "{:?}", world.effects());

    for fault in ["GET */code-scanning/analyses*#1=status:502", "GET */code-scanning/sarifs/*#1=torn"] {
        let world = forge_with(&[fault]);
        let repo = pulled(&world);
        lint(&repo, &[]);
        gates(&repo, &world, &[], &[]).exits(0);
        assert_eq!(world.requests("POST", "/code-scanning/sarifs"), 1, "{fault}");
    }

    let world = forge_with(&["GET */code-scanning/sarifs/*=status:404"]);
    let repo = pulled(&world);
    lint(&repo, &[]);
    gates(&repo, &world, &[], &[]).exits(11);
}

#[test]
fn sources_that_are_not_in_the_commit_stop_it() {
    let world = forge();
    let repo = pulled(&world);
    lint(&repo, &[]);
    repo.write("new.js", "let z\n");
    gates(&repo, &world, &[], &[]).exits(11).says("a source is not in it: new.js");
    assert_eq!(world.requests("POST", "/code-scanning/sarifs"), 0);
    repo.git(&["clean", "-qf", "new.js"]);
    repo.write("beside.xml", "<x/>");
    gates(&repo, &world, &[], &[]).exits(0);
    assert_eq!(world.requests("POST", "/code-scanning/sarifs"), 1);
}

#[test]
fn the_ref_is_that_of_the_run() {
    let world = forge();
    let repo = pulled(&world);
    lint(&repo, &[]);
    let refs = || {
        let mut refs: Vec<String> =
            analyses(&world).iter().map(|one| one["ref"].as_str().unwrap().to_owned()).collect();
        refs.dedup();
        refs
    };
    repo.write("out/event.json", "{}");
    let head = repo.git(&["rev-parse", "HEAD"]);
    let push = [("GITHUB_EVENT_NAME", "push"), ("GITHUB_REF", "refs/heads/main"), ("GITHUB_SHA", &head)];
    gates(&repo, &world, &push, &[]).exits(0);
    assert_eq!(refs(), ["refs/heads/main"]);
    // What GitHub checks out for a pull request is its merge.
    repo.git(&["checkout", "-q", "-b", "change"]);
    repo.commit("feat: change");
    let change = repo.git(&["rev-parse", "HEAD"]);
    repo.git(&["checkout", "-q", "main"]);
    repo.git(&["merge", "-q", "--no-ff", "-m", "Merge change", "change"]);
    let event = json!({ "repository": { "full_name": "acme/greeter" }, "pull_request": { "number": 1,
        "head": { "sha": change, "repo": { "full_name": "acme/greeter" } } } });
    repo.write("out/event.json", event.to_string());
    repo.write("out/j.xml", GOOD);
    lint(&repo, &[]);
    gates(&repo, &world, &[], &[]).exits(0);
    assert_eq!(refs(), ["refs/pull/1/merge", "refs/heads/main"]);
    let merge = repo.git(&["rev-parse", "HEAD"]);
    assert_eq!(analyses(&world)[0]["commit_sha"], json!(merge));
}
