//! The gates in the workflow of a pull request.

use serde_json::json;

use crate::harness::{Ran, Repo, World};

/// Writes the event of the pull request 1, whose branch lies in this repository.
pub fn write_event(repo: &Repo, from: &str) {
    let head = json!({ "sha": repo.git(&["rev-parse", "HEAD"]), "repo": { "full_name": from } });
    let event = json!({ "number": 1, "repository": { "full_name": "acme/greeter" },
        "pull_request": { "number": 1, "head": head } });
    repo.write("out/event.json", event.to_string());
}

/// Runs the program in it, with this environment above its own.
pub fn in_pull(repo: &Repo, world: &World, env: &[(&str, &str)], args: &[&str]) -> Ran {
    let event = repo.dir.join("out/event.json");
    let mut all = vec![
        ("GITHUB_ACTIONS", "true"),
        ("GITHUB_EVENT_NAME", "pull_request"),
        ("GITHUB_REPOSITORY", "acme/greeter"),
        ("GITHUB_EVENT_PATH", event.to_str().unwrap()),
    ];
    all.extend_from_slice(env);
    repo.run_with(world, &all, args)
}
