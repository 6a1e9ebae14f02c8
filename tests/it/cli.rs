//! The command line itself.

use crate::harness::{greeter, repo, root};

#[test]
fn the_plan_is_the_same_bytes_each_time() {
    let repo = greeter();
    let one = repo.call(&["plan", "--json"]).exits(0);
    let other = repo.fresh_clone().call(&["plan", "--json"]).exits(0);
    assert_eq!(one.out, other.out);
    let plan: serde_json::Value = serde_json::from_str(&one.out).unwrap();
    assert_eq!(plan["version"], "1.0.0");
    assert!(!repo.dir.join("dist").exists(), "plan writes nothing");
}

#[test]
fn a_stray_argument_is_wrong_usage() {
    repo(&[]).call(&["frobnicate"]).exits(2);
    repo(&[]).call(&["run", "--from", "release", "--to", "build"]).exits(2).says("comes after");
}

#[test]
fn version_next_follows_the_commits() {
    let repo = repo(&[]);
    repo.call(&["version", "next"]).exits(0).says("0.1.0");
    repo.tag("v1.2.3");
    repo.commit("fix: a");
    repo.call(&["version", "next"]).exits(0).says("1.2.4");
    repo.commit("feat: b");
    repo.call(&["version", "next"]).exits(0).says("1.3.0");
    repo.commit("feat!: c");
    repo.call(&["version", "next", "--why"]).exits(0).says("2.0.0").says("feat!: c");
    repo.call(&["version", "next", "--pre", "rc"]).exits(0).says("2.0.0-rc.1");
}

#[test]
fn generated_pages_are_fresh() {
    for (path, text) in release_action::cli::pages().unwrap() {
        let there = std::fs::read_to_string(root().join(path)).unwrap_or_default();
        assert_eq!(there, text, "{path} is stale: run `make docs`");
    }
}

#[test]
fn every_subcommand_has_help() {
    let help = repo(&[]).call(&["--help"]).exits(0);
    for name in [
        "init",
        "check",
        "plan",
        "run",
        "preflight",
        "gates",
        "build",
        "package",
        "scan",
        "changelog",
        "release",
        "publish",
        "verify",
        "notify",
        "merge",
        "rehearse",
        "rollback",
        "status",
        "protect",
        "hook",
        "version",
        "schema",
        "completions",
        "man",
        "action",
    ] {
        assert!(help.out.lines().any(|line| line.trim_start().starts_with(name)), "{name}");
        repo(&[]).call(&[name, "--help"]).exits(0);
    }
}
