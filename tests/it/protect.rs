//! A branch that demands the gates.

use serde_json::{Value, json};

use crate::harness::{Repo, World, forge, repo};

fn ready() -> (World, Repo) {
    let (world, repo) = (forge(), repo(&[("a.txt", "a\n"), (".gitignore", "/dist/\n")]));
    world.seed(&repo);
    (world, repo)
}

fn protect(repo: &Repo, world: &World, args: &[&str]) -> crate::harness::Ran {
    repo.run_with(world, &[("GITHUB_TOKEN", world.admin_token())], &[&["protect"], args].concat())
}

fn rulesets(world: &World) -> Vec<Value> {
    let all = world.call_as_admin("GET", "rulesets", "").as_array().unwrap().clone();
    all.iter().map(|one| world.call_as_admin("GET", &format!("rulesets/{}", one["id"]), "")).collect()
}

#[test]
fn it_is_shown_first_and_made_once() {
    let (world, repo) = ready();
    let before = world.effects().len();
    protect(&repo, &world, &["--app", "15368"])
        .exits(0)
        .says("It is not demanded")
        .says("\"required_status_checks\":[{\"context\":\"release-gate\",\"integration_id\":15368}]")
        .says("Nothing was changed");
    assert_eq!(world.effects().len(), before);
    protect(&repo, &world, &["--app", "15368", "--apply"]).exits(0).says("main demands release-gate now");
    let made = rulesets(&world);
    assert_eq!((made.len(), &made[0]["enforcement"]), (1, &json!("active")));
    assert_eq!(made[0]["conditions"]["ref_name"]["include"], json!(["~DEFAULT_BRANCH"]));
    let after = world.effects().len();
    protect(&repo, &world, &["--apply"]).exits(0).says("demanded already, by the ruleset `release-gate`");
    assert_eq!(world.effects().len(), after);
    let events: Vec<Value> = repo.journal().into_iter().map(|record| record["event"].clone()).collect();
    assert_eq!(events, [json!("observed"), json!("intent"), json!("applied")]);
}

#[test]
fn nothing_that_is_there_is_loosened() {
    let (world, repo) = ready();
    let people = json!({ "users": ["ada"], "teams": ["core"], "apps": [] });
    let mut there = json!({
        "required_status_checks": { "strict": true, "checks": [{ "context": "ci", "app_id": 7 }] },
        "enforce_admins": true, "required_linear_history": true, "required_conversation_resolution": true,
        "required_pull_request_reviews": { "required_approving_review_count": 2, "dismiss_stale_reviews": true,
            "require_code_owner_reviews": true, "dismissal_restrictions": people },
        "restrictions": people,
    });
    let path = "branches/main/protection";
    let put = |body: &Value| world.call_as_admin("PUT", path, &body.to_string());
    let get = || world.call_as_admin("GET", path, "");
    let checks = |shown: &Value| shown["required_status_checks"]["checks"].clone();
    let without_checks = |mut shown: Value| {
        shown.as_object_mut().unwrap().remove("required_status_checks");
        shown
    };
    let before = put(&there);
    protect(&repo, &world, &["--apply"]).exits(0).says("the required checks of the branch protection");
    let gate = json!({ "context": "release-gate", "app_id": null });
    assert_eq!(checks(&get()), json!([{ "context": "ci", "app_id": 7 }, gate]));
    assert_eq!(get()["required_status_checks"]["strict"], true);
    assert_eq!(without_checks(get()), without_checks(before));
    // Without checks so far, it is written as a whole.
    there["required_status_checks"] = Value::Null;
    let before = put(&there);
    protect(&repo, &world, &["--apply", "--with", "branch-protection"]).exits(0);
    assert_eq!(checks(&get()), json!([gate]));
    assert_eq!(without_checks(get()), without_checks(before));
    assert_eq!(rulesets(&world).len(), 0);
}

#[test]
fn who_may_not_is_told_whom_to_ask() {
    let (world, repo) = ready();
    // The token of a job: 403.
    repo.run(&world, &["protect"])
        .exits(0)
        .says("does not see the branch protection: Resource not accessible by integration (HTTP 403)")
        .says("ask an administrator of acme/greeter");
    repo.run(&world, &["protect", "--apply"])
        .exits(11)
        .says("the token may not administer the repository")
        .says("ask an administrator of acme/greeter to run `release-action protect --apply --branch main`");
    // A person without the right is shown nothing: 404.
    let reader = [("GITHUB_TOKEN", world.reader_token())];
    repo.run_with(&world, &reader, &["protect"]).exits(0).says("Not Found (HTTP 404)");
    repo.run_with(&world, &reader, &["protect", "--apply"]).exits(11).says("the forge hides it");
    repo.run(&world, &["protect", "--apply", "--with", "branch-protection"]).exits(11).says("cannot be seen");
    assert_eq!(rulesets(&world).len(), 0);
}
