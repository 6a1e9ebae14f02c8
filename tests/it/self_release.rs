//! Our own release goes through release.yml, whose jobs have the Action's image: Git, and no cargo.

use std::collections::BTreeMap;

use serde_json::Value;
use tempfile::TempDir;

use crate::harness::{Ran, Repo, repo, root};

/// The lines that self-release.yml sets.
fn lines() -> Vec<String> {
    let text = std::fs::read_to_string(root().join(".github/workflows/self-release.yml")).unwrap();
    let workflow = release_action::config::raw::parse(&text).unwrap().value();
    let set = workflow["jobs"]["release"]["with"]["set"].as_str().expect("lines of `set`");
    set.lines().map(str::to_owned).collect()
}

/// The files of our newest commit, in a repository of their own with this one commit: the checkout that the tests
/// run in may be shallow, or on no branch. What the real messages are is judged by scripts/gates.
fn project() -> Repo {
    let repo = repo(&[]);
    let ours = |args: &[&str]| {
        let top = ["-C", root().to_str().unwrap(), "-c", "safe.directory=*"];
        repo.git(&[&top[..], args].concat())
    };
    let objects = ours(&["rev-parse", "--path-format=absolute", "--git-path", "objects"]);
    let tree = ours(&["rev-parse", "HEAD^{tree}"]);
    repo.write(".git/objects/info/alternates", format!("{objects}\n"));
    let commit = repo.git(&["commit-tree", "-m", "feat: begin", &tree]);
    repo.git(&["reset", "-q", "--hard", &commit]);
    repo
}

/// A folder with Git and nothing else.
fn only_git() -> TempDir {
    let bin = TempDir::new().unwrap();
    let path = std::env::var("PATH").unwrap();
    let git = std::env::split_paths(&path).map(|dir| dir.join("git")).find(|file| file.is_file()).unwrap();
    std::os::unix::fs::symlink(git, bin.path().join("git")).unwrap();
    bin
}

/// Runs the gates with these lines as the image would, and gives what became of each that was asked.
fn judged(repo: &Repo, lines: &[String]) -> (Ran, BTreeMap<String, String>) {
    let bin = only_git();
    // Without a network: the advisories that are here, however old they are.
    let advisories = root().join("target/tools/advisory-db");
    assert!(advisories.is_dir(), "{} is missing: `scripts/setup test` brings it", advisories.display());
    let offline = [
        format!("gates.vulnerabilities.rust_database={}", advisories.display()),
        "gates.vulnerabilities.max_age=3650d".to_owned(),
    ];
    let mut args = vec!["gates", "--snapshot"];
    args.extend(lines.iter().chain(&offline).flat_map(|line| ["--set", line.as_str()]));
    let ran = Ran::of(repo.program(&args).env("PATH", bin.path()).output().unwrap());
    let report: Value = serde_json::from_str(&repo.dist("report/report.json")).unwrap();
    let gate = |task: &Value| {
        let name = task["task"].as_str().unwrap().strip_prefix("gates/")?;
        Some((name.to_owned(), task["outcome"].as_str().unwrap().to_owned()))
    };
    let gates = report["tasks"].as_array().unwrap().iter().filter_map(gate).collect();
    (ran, gates)
}

#[test]
fn our_own_release_passes_its_gates_in_the_image() {
    let (repo, lines) = (project(), lines());
    let gate = |line: &String| line.strip_prefix("gates.")?.strip_suffix(".enabled=false").map(str::to_owned);
    let off: Vec<String> =
        lines.iter().map(|line| gate(line).expect("a gate that is switched off")).collect();

    let (ran, gates) = judged(&repo, &lines);
    ran.exits(0);
    for gate in &off {
        assert!(!gates.contains_key(gate), "{gate} was asked: {gates:?}");
    }
    for gate in ["commits", "vulnerabilities"] {
        assert_eq!(gates.get(gate).map(String::as_str), Some("done"), "{gate}: {gates:?}");
    }

    // Each line is needed: without it, the gate that it switches off stops the release.
    assert!(!lines.is_empty());
    for (at, gate) in off.iter().enumerate() {
        let rest = [&lines[..at], &lines[at + 1..]].concat();
        let (ran, gates) = judged(&repo, &rest);
        let ran = ran.exits(11);
        assert_eq!(gates.get(gate).map(String::as_str), Some("failed"), "{gate}: {gates:?}\n{}", ran.err);
    }
}
