//! What the gates came to, told on the forge: once, whatever happens, and to nobody's harm.

use serde_json::{Value, json};

use crate::harness::{Ran, Repo, World, forge, forge_with, repo};
use crate::pulled::{in_pull, write_event};

const FILES: [(&str, &str); 3] =
    [("notes.txt", "hello\n"), (".gitignore", "/dist/\n/out/\n"), ("main.py", "print()\n")];

const GOOD: &str = "<testsuite name='s'><testcase name='a'/></testsuite>";
const BAD: &str = "<testsuite name='s'><testcase name='a'><failure message='x | &lt;b&gt; @octocat'/></testcase></testsuite>";

const CHECK: &[&str] = &["--set", "gates.publish.check=true"];
const BOTH: &[&str] = &["--set", "gates.publish.check=true", "--set", "gates.publish.comment=true"];

/// A repository on the forge with a pull request, which is the issue 1 here.
fn pulled(world: &World) -> Repo {
    let repo = repo(&FILES);
    world.seed(&repo);
    world.call("POST", "/api/v3/repos/acme/greeter/issues", &json!({ "title": "Change it" }).to_string());
    repo.write("out/j.xml", GOOD);
    write_event(&repo, "acme/greeter");
    repo
}

/// The gates in the workflow of the pull request.
fn gates(repo: &Repo, world: &World, env: &[(&str, &str)], more: &[&str]) -> Ran {
    let env = [&[("GITHUB_RUN_ID", "77")], env].concat();
    in_pull(repo, world, &env, &[&["gates", "--snapshot", "--report", "out/j.xml"][..], more].concat())
}

fn list(world: &World, path: &str) -> Vec<Value> {
    let found = world.get(&format!("/repos/acme/greeter/{path}"));
    found.as_array().or(found["check_runs"].as_array()).unwrap().clone()
}

fn checks(world: &World, repo: &Repo) -> Vec<Value> {
    let head = repo.git(&["rev-parse", "HEAD"]);
    list(world, &format!("commits/{head}/check-runs?filter=all&per_page=100"))
}

fn comments(world: &World) -> Vec<Value> {
    list(world, "issues/1/comments?per_page=100")
}

#[test]
fn a_verdict_is_told_once_and_told_anew_when_it_changes() {
    let world = forge();
    let repo = pulled(&world);
    gates(&repo, &world, &[], BOTH).exits(0);
    let made = checks(&world, &repo);
    assert_eq!(made.len(), 1);
    assert_eq!((&made[0]["name"], &made[0]["conclusion"]), (&json!("release-gate"), &json!("success")));
    assert!(made[0]["output"]["summary"].as_str().unwrap().contains("<code>tests"), "{}", made[0]);
    let said = comments(&world);
    assert_eq!(said.len(), 1);
    assert!(said[0]["body"].as_str().unwrap().contains("/actions/runs/77"), "{}", said[0]);
    let effects = world.effects().len();

    gates(&repo, &world, &[], BOTH).exits(0);
    assert_eq!(world.effects().len(), effects, "the second run changes nothing: {:?}", world.effects());

    repo.write("out/j.xml", BAD);
    gates(&repo, &world, &[], BOTH).exits(11);
    let (now, told) = (checks(&world, &repo), comments(&world));
    assert_eq!((now.len(), told.len()), (1, 1));
    assert_eq!((&now[0]["id"], &now[0]["conclusion"]), (&made[0]["id"], &json!("failure")));
    assert_eq!(told[0]["id"], said[0]["id"]);
    let body = told[0]["body"].as_str().unwrap();
    assert!(body.contains("❌") && !body.contains("@octocat") && !body.contains("<b>"), "{body}");
    let applied = repo.journal().iter().filter(|record| record["event"] == "applied").count();
    assert_eq!(applied, 4, "every effect is in the journal");
}

#[test]
fn no_evidence_is_a_failure_and_a_part_of_the_gates_is_no_verdict() {
    let world = forge();
    let repo = pulled(&world);
    repo.write("out/j.xml", "");
    gates(&repo, &world, &[], CHECK).exits(11);
    assert_eq!(checks(&world, &repo)[0]["conclusion"], "failure");
    repo.write("out/j.xml", GOOD);
    gates(&repo, &world, &[], &[CHECK, &["--only", "tests"]].concat()).exits(0);
    assert_eq!(checks(&world, &repo)[0]["conclusion"], "failure", "one gate alone says nothing");
    // A file that was changed is not what the commit holds.
    repo.write("main.py", "other\n");
    gates(&repo, &world, &[], CHECK).exits(11).says("what the gates judged is not the commit");
    assert_eq!(checks(&world, &repo)[0]["conclusion"], "failure");
}

#[test]
fn outside_of_a_workflow_a_snapshot_is_told_only_when_asked() {
    let world = forge();
    let repo = pulled(&world);
    let args = [&["gates", "--snapshot", "--report", "out/j.xml"][..], CHECK].concat();
    repo.run(&world, &args).exits(0);
    assert_eq!(checks(&world, &repo).len(), 0);
    repo.run(&world, &["gates", "--snapshot", "--publish", "--report", "out/j.xml"]).exits(0);
    assert_eq!(checks(&world, &repo).len(), 1);
}

#[test]
fn who_may_write_no_checks_sets_a_status() {
    let world = forge();
    let repo = pulled(&world);
    let person = [("GITHUB_TOKEN", world.admin_token())];
    gates(&repo, &world, &person, CHECK).exits(0).says("told as a commit status");
    let head = repo.git(&["rev-parse", "HEAD"]);
    let statuses = || list(&world, &format!("commits/{head}/statuses"));
    let set = statuses();
    assert_eq!(
        (set.len(), &set[0]["context"], &set[0]["state"]),
        (1, &json!("release-gate"), &json!("success"))
    );
    gates(&repo, &world, &person, CHECK).exits(0);
    assert_eq!((statuses().len(), checks(&world, &repo).len()), (1, 0), "nothing is doubled");
    repo.write("out/j.xml", BAD);
    gates(&repo, &world, &person, CHECK).exits(11);
    assert_eq!((statuses().len(), &statuses()[0]["state"]), (2, &json!("failure")));
}

#[test]
fn a_token_without_rights_is_told_what_it_lacks_and_a_fork_is_not_to_blame() {
    let world = forge();
    let repo = pulled(&world);
    let reader = [("GITHUB_TOKEN", world.reader_token())];
    gates(&repo, &world, &reader, BOTH)
        .exits(11)
        .says("permissions: { checks: write }")
        .says("permissions: { pull-requests: write }")
        .says("the token may write neither checks nor statuses");
    write_event(&repo, "eve/greeter");
    gates(&repo, &world, &reader, BOTH)
        .exits(0)
        .says("a pull request from a fork gets a token that can only read");
    assert_eq!((checks(&world, &repo).len(), comments(&world).len()), (0, 0));
}

#[test]
fn comments_of_others_are_left_alone_and_ours_is_one() {
    let world = forge();
    let repo = pulled(&world);
    gates(&repo, &world, &[], BOTH).exits(0);
    let ours = comments(&world).remove(0);
    // A person copies ours with its mark, and a crash left a second one of ours.
    let copied = json!({ "body": ours["body"] }).to_string();
    let theirs = world.call_as_admin("POST", "issues/1/comments", &copied);
    world.call("POST", "/api/v3/repos/acme/greeter/issues/1/comments", &copied);
    repo.write("out/j.xml", BAD);
    gates(&repo, &world, &[], BOTH).exits(11);
    let now = comments(&world);
    let of = |login: &str| now.iter().filter(|one| one["user"]["login"] == login).collect::<Vec<_>>();
    assert_eq!(of("maintainer")[0]["body"], theirs["body"], "not ours");
    assert_eq!(of("github-actions[bot]").len(), 1);
    assert!(of("github-actions[bot]")[0]["body"].as_str().unwrap().contains("❌"));
}

#[test]
fn a_base_that_was_judged_says_nothing_of_the_pull_request() {
    let world = forge();
    let repo = pulled(&world);
    // As on `pull_request_target`, which checks out the base.
    let head = "1".repeat(40);
    let event = json!({ "repository": { "full_name": "acme/greeter" }, "pull_request": { "number": 1,
        "head": { "sha": head, "repo": { "full_name": "eve/greeter" } } } });
    repo.write("out/event.json", event.to_string());
    gates(&repo, &world, &[("GITHUB_EVENT_NAME", "pull_request_target")], BOTH).exits(0);
    assert_eq!((checks(&world, &repo).len(), comments(&world).len()), (1, 0));
}

#[test]
fn an_answer_that_is_lost_doubles_nothing() {
    let world = forge_with(&[
        "POST */check-runs#1=applied-then-reset",
        "POST */issues/1/comments#1=applied-then-reset",
    ]);
    let repo = pulled(&world);
    gates(&repo, &world, &[], BOTH).exits(0);
    assert_eq!((checks(&world, &repo).len(), comments(&world).len()), (1, 1));
}

#[test]
fn remarks_come_in_batches_and_each_once() {
    let world = forge_with(&["PATCH */check-runs/*#1=status:502"]);
    let repo = pulled(&world);
    repo.write("w.txt", "x\n".repeat(130));
    repo.git(&["add", "-A"]);
    repo.git(&["commit", "-q", "-m", "feat: more"]);
    world.seed(&repo);
    write_event(&repo, "acme/greeter");
    let message = |line: u32| json!({ "ruleId": "r", "message": format!("wrong {line}"), "line": line, "column": 1, "severity": 2 });
    let report = json!([{ "filePath": "w.txt", "errorCount": 120, "warningCount": 0,
        "messages": (1..=120).map(message).collect::<Vec<_>>() }]);
    repo.write("out/eslint.json", report.to_string());
    let more = ["--set", "gates.publish.check=true", "--report", "out/eslint.json"];
    gates(&repo, &world, &[], &more).exits(11);
    let made = checks(&world, &repo);
    let told = made[0]["output"]["annotations_count"].as_u64().unwrap();
    assert!((made.len() == 1) && told > 50, "{told}");
    let path = format!("check-runs/{}/annotations?per_page=100", made[0]["id"]);
    let mut lines: Vec<u64> =
        list(&world, &path).iter().map(|one| one["start_line"].as_u64().unwrap()).collect();
    let all = lines.len();
    lines.sort_unstable();
    lines.dedup();
    assert_eq!(all, lines.len(), "each once");
    let effects = world.effects().len();
    gates(&repo, &world, &[], &more).exits(11);
    assert_eq!(world.effects().len(), effects);
}
