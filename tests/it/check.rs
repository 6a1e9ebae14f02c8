//! What the settings ask for and cannot be is told with its place, all at once; what was seen is shown.

use crate::harness::{Ran, repo, root};

const MOD: (&str, &str) = ("go.mod", "module example.com/m\n\ngo 1.21\n");
const MAIN: (&str, &str) = ("main.go", "package main\n\nfunc main() {}\n");

#[test]
fn every_wish_that_cannot_be_is_told_with_its_place() {
    let settings = "\
gates:
  tests:
    timeout: 5 minutes
    tags: [a b]
build:
  go:
    commands:
      - package: cmd/nowhere
      - package: .
        targets: []
package:
  archive:
    name: a/b
";
    let repo = repo(&[MOD, MAIN, (".release.yaml", settings)]);
    for command in [&["check"][..], &["plan"]] {
        repo.call(command)
            .exits(2)
            .says(".release.yaml:3:14: gates.tests: `5 minutes` in `gates.tests.timeout`")
            .says(".release.yaml:4:11: gates.tests: `a b` in `gates.tests.tags`")
            .says(".release.yaml:8:18: build.go: `cmd/nowhere` in `build.go.commands` is no package")
            .says(".release.yaml:10:18: build.go: `build.go.commands.1.targets` is empty");
    }
    repo.write(".release.yaml", "package:\n  archive:\n    name: a/b\n");
    repo.call(&["check"]).exits(2).says(".release.yaml:3:11: package.archive: `a/b` gives no name");
    repo.write(".release.yaml", "build:\n  targets: []\n");
    repo.call(&["check"]).exits(2).says(".release.yaml:2:12: build.go: `build.targets` is empty");
    repo.write(".release.yaml", "version: 1\n");
    repo.call(&["check", "--set", "package.archive.level=99"])
        .exits(2)
        .says("`package.archive.level` is 99")
        .says("set by --set package.archive.level=99");
}

/// A variable that is passed over in silence is worse than one that is refused.
#[test]
fn every_variable_of_the_reference_page_is_read() {
    let page = std::fs::read_to_string(root().join("docs/reference/configuration.md")).unwrap();
    let names: Vec<&str> = page
        .split('`')
        .filter(|word| word.starts_with("RELEASE_ACTION_") && word.contains("__"))
        .filter(|word| word.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_'))
        .collect();
    assert!(names.len() > 90, "only {} were found", names.len());
    let repo = repo(&[MOD, MAIN]);
    for name in names {
        // Either it is refused, or it is shown with who set it. A folder has to be there.
        let value = if name.ends_with("__DIR") { "." } else { "no such thing" };
        let ran = Ran::of(repo.program(&["check", "--resolved"]).env(name, value).output().unwrap());
        assert!(ran.out.contains(name) || ran.err.contains(name), "{name}\n{}{}", ran.out, ran.err);
    }
}

#[test]
fn what_was_detected_is_shown_with_what_was_seen() {
    let repo = repo(&[MOD, ("cmd/hello/main.go", MAIN.1)]);
    let shown = repo.call(&["check", "--resolved"]).exits(0).out;
    let line = |path: &str| shown.lines().find(|line| line.starts_with(path)).unwrap_or_default().to_owned();
    assert!(line("project.name").ends_with(r#""m"  (detected: the Go module example.com/m)"#), "{shown}");
    let binary = line("build.go.commands.0.binary");
    assert!(binary.ends_with(r#""hello"  (detected: the `main` packages of example.com/m)"#), "{shown}");
    repo.write(
        ".release.yaml",
        "project: { name: other }\nbuild: { go: { commands: [{ package: cmd/hello }] } }\n",
    );
    let shown = repo.call(&["check", "--resolved"]).exits(0).out;
    assert!(!shown.contains("detected"), "what is written wins: {shown}");
}

#[test]
fn a_disk_that_takes_nothing_is_no_bug() {
    let repo = repo(&[MOD, MAIN, (".gitignore", "/dist/\n")]);
    let make = ["run", "--snapshot", "--only", "changelog"];
    std::fs::create_dir_all(repo.dir.join("dist/plan.json")).unwrap();
    repo.write("dist/journal.jsonl", "");
    repo.call(&make).exits(15).says("plan.json");
    std::fs::remove_dir(repo.dir.join("dist/plan.json")).unwrap();
}

#[test]
fn tags_that_git_cannot_read_are_an_error_and_not_none() {
    let repo = repo(&[MOD, MAIN]);
    repo.tag("v1.0.0").commit("fix: x");
    let broken = repo.dir.join(".git/refs/tags/v1.1.0");
    std::fs::write(broken, format!("{}\n", "1".repeat(40))).unwrap();
    repo.call(&["plan"]).exits(10).says("git for-each-ref");
}

/// A request for an override, well formed.
pub const REQUEST: &str = r#"{"gates": ["tests"], "reason": "the registry's certificate ends tonight", "ticket": "OPS-1",
    "expires": "2030-01-01T00:00:00Z", "sha": "0123456789012345678901234567890123456789"}"#;

#[test]
fn what_a_run_would_refuse_is_not_good() {
    let settings = "gates: { override: { approvers: [ada, grace] } }\n";
    let repo = repo(&[MOD, MAIN, (".release.yaml", settings), ("other.yaml", settings)]);
    repo.call(&["check"]).exits(0);
    for value in ["me", "[me]"] {
        let set = format!("gates.override.approvers={value}");
        repo.call(&["check", "--set", &set])
            .exits(2)
            .says("`gates.override.approvers` is set by flag")
            .says("write it into .release.yaml");
    }
    let variable = |name: &str, value: &str, args: &[&str]| {
        Ran::of(repo.program(args).env("GITHUB_ACTIONS", "true").env(name, value).output().unwrap())
    };
    variable("RELEASE_ACTION_GATES__OVERRIDE__NEVER", "[]", &["check"]).exits(2).says("is set by");
    let request = "RELEASE_ACTION_GATES__OVERRIDE__REQUEST";
    variable(request, REQUEST, &["check"]).exits(0);
    variable(request, REQUEST, &["check", "--config", "other.yaml"]).exits(2).says("own configuration only");
}
