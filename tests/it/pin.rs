//! The tag of our own release: the action by digest, the workflows by commit, and nothing that moves.

use std::process::{Command, Stdio};

use tempfile::TempDir;

use crate::harness::{Ran, Repo, repo, root};
use crate::yaml::{self, Kind, Piece};

const VERSION: &str = "1.0.0";

fn image() -> String {
    format!("ghcr.io/org/release-action@sha256:{}", "0123456789abcdef".repeat(4))
}

/// This project as far as its tag is concerned, with a remote of its own.
fn project(version: &str) -> (Repo, TempDir) {
    let read = |path: &str| std::fs::read_to_string(root().join(path)).unwrap();
    let manifest = read("Cargo.toml");
    let (before, rest) = manifest.split_once("[workspace.package]\nversion = \"").unwrap();
    let (_, after) = rest.split_once('"').unwrap();
    let manifest = format!("{before}[workspace.package]\nversion = \"{version}\"{after}");
    let files = [
        ("Cargo.toml", manifest),
        ("action.yml", read("action.yml")),
        (".github/workflows/release.yml", read(".github/workflows/release.yml")),
        (".github/workflows/ci.yml", read(".github/workflows/ci.yml")),
    ];
    let files: Vec<(&str, &str)> = files.iter().map(|(name, text)| (*name, text.as_str())).collect();
    let repo = repo(&files);
    let remote = TempDir::new().unwrap();
    let path = remote.path().to_str().unwrap();
    repo.git(&["init", "-q", "--bare", path]);
    repo.git(&["remote", "set-url", "origin", path]);
    repo.git(&["push", "-q", "origin", "main"]);
    (repo, remote)
}

fn pin(repo: &Repo, args: &[&str]) -> Ran {
    let mut script = Command::new(root().join("scripts/pin-release"));
    script.current_dir(&repo.dir).args(args).stdin(Stdio::null()).env_remove("GITHUB_TOKEN");
    Ran::of(script.env("GIT_CONFIG_GLOBAL", "/dev/null").output().unwrap())
}

#[test]
fn a_tag_of_ours_names_everything_by_its_digest() {
    let (repo, _remote) = project(VERSION);
    let head = repo.git(&["rev-parse", "HEAD"]);
    assert_eq!(pin(&repo, &["state", VERSION]).exits(0).out, "tagged=false\n");
    pin(&repo, &["tag", VERSION, &image()]).exits(0);

    assert_eq!(repo.git(&["ls-remote", "origin", "refs/heads/main"]), format!("{head}\trefs/heads/main"));
    assert_eq!(repo.git(&["status", "--porcelain"]), "", "main stays as it is");
    let tag = repo.git(&["ls-remote", "origin", "refs/tags/v1.0.0^{}"]);
    let tag = tag.split('\t').next().unwrap();
    assert_eq!(repo.git(&["rev-parse", &format!("{tag}~2")]), head);
    let pinned = repo.git(&["rev-parse", &format!("{tag}~1")]);
    let at = |commit: &str, path: &str| repo.git(&["show", &format!("{commit}:{path}")]) + "\n";
    for commit in [tag, &pinned] {
        let action = at(commit, "action.yml");
        assert!(action.contains(&format!("\n  image: docker://{}\n", image())), "{action}");
        assert!(!action.contains("image: Dockerfile"), "{action}");
    }
    let own = format!("uses: org/release-action@{pinned} # v1.0.0\n");
    let release = at(tag, ".github/workflows/release.yml");
    assert_eq!(release.matches(&own).count(), 5, "{release}");
    assert!(at(&pinned, ".github/workflows/release.yml").contains("org/release-action@v1\n"));

    // Without any excuse, nothing is found: nothing in it can be moved.
    let piece = |name: &str, kind, path| Piece { name: name.into(), kind, text: at(tag, path) };
    let pieces = [
        piece("action.yml", Kind::Action, "action.yml"),
        piece("release.yml", Kind::Workflow, ".github/workflows/release.yml"),
        piece("ci.yml", Kind::Workflow, ".github/workflows/ci.yml"),
    ];
    let found = yaml::zizmor(yaml::as_written(&pieces).path(), &["--no-config"]);
    assert!(found.status.success(), "{}", String::from_utf8_lossy(&found.stdout));

    // The first one of a major version brings its moving tag along.
    assert!(repo.git(&["ls-remote", "origin", "refs/tags/v1"]).starts_with(tag));
}

#[test]
fn pinning_again_keeps_what_is_there() {
    let (repo, _remote) = project(VERSION);
    pin(&repo, &["tag", VERSION, &image()]).exits(0);
    let tags = repo.git(&["ls-remote", "--tags", "origin"]);
    assert_eq!(pin(&repo, &["state", VERSION]).exits(0).out, "tagged=true\n");
    pin(&repo, &["tag", VERSION, &image()]).exits(0).says("v1.0.0 is there already");
    pin(&repo, &["major", VERSION]).exits(0).says("v1 is v1.0.0");
    assert_eq!(repo.git(&["ls-remote", "--tags", "origin"]), tags);

    // A prerelease and an older version leave v1 where it is.
    repo.tag("v1.1.0-rc.1").git(&["push", "-q", "origin", "v1.1.0-rc.1"]);
    pin(&repo, &["major", "1.1.0-rc.1"]).exits(0).says("v1 stays: the highest of it is v1.0.0");

    // The tag belongs to one commit.
    repo.commit("feat: more");
    pin(&repo, &["state", VERSION]).exits(1).says("made from another commit");
    pin(&repo, &["tag", VERSION, &image()]).exits(1).says("release a higher version");
    let kept = repo.git(&["ls-remote", "--tags", "origin"]);
    assert!(tags.lines().all(|line| kept.contains(line)), "{kept}");
}

#[test]
fn a_remote_that_does_not_answer_says_nothing_of_the_tag() {
    let (repo, remote) = project(VERSION);
    pin(&repo, &["tag", VERSION, &image()]).exits(0);
    let path = remote.path().to_path_buf();
    remote.close().unwrap();
    let ran = pin(&repo, &["state", VERSION]).exits(1).says("does not say whether it has v1.0.0");
    assert_eq!(ran.out, "", "{} is gone, and nothing is known", path.display());
    pin(&repo, &["tag", VERSION, &image()]).exits(1).says("does not say whether it has v1.0.0");
    pin(&repo, &["major", VERSION]).exits(128);
}

/// A commit that changes workflows is pushed by an App: GitHub refuses it of a job's own token.
#[test]
fn the_tag_is_pushed_by_a_token_that_may() {
    let text = std::fs::read_to_string(root().join(".github/workflows/self-release.yml")).unwrap();
    let steps: Vec<&str> = text.split("\n      - ").collect();
    let pushes: Vec<&&str> = steps
        .iter()
        .filter(|step| ["pin-release tag", "pin-release major"].iter().any(|what| step.contains(what)))
        .collect();
    assert_eq!(pushes.len(), 2, "{text}");
    for step in pushes {
        assert!(step.contains("GITHUB_TOKEN: ${{ steps.app.outputs.token }}"), "{step}");
    }
    let manual = std::fs::read_to_string(root().join("CONTRIBUTING.md")).unwrap();
    for name in text.split(|c: char| !c.is_ascii_uppercase() && c != '_') {
        assert!(!name.starts_with("RELEASE_APP_") || manual.contains(name), "{name} is not explained");
    }
    assert!(text.contains("permission-workflows: write"), "{text}");
}

#[test]
fn what_cannot_be_pinned_is_refused() {
    let (repo, _remote) = project("0.9.0");
    pin(&repo, &["tag", "v1.0.0", &image()]).exits(1).says("`v1.0.0` is no version");
    pin(&repo, &["tag", "1.0.0", &image()]).exits(1).says("Cargo.toml tells another version");
    pin(&repo, &["tag", "0.9.0", &image()]).exits(1).says("does not use org/release-action@v0");
    pin(&repo, &["tag", "0.9.0", "ghcr.io/org/release-action:1"]).exits(1).says("by digest");
    let (repo, _remote) = project(VERSION);
    repo.write("action.yml", "runs:\n  using: docker\n  image: docker://x\n");
    repo.commit("fix: break it");
    pin(&repo, &["tag", VERSION, &image()]).exits(1).says("0 times instead of 1");
    assert_eq!(repo.git(&["ls-remote", "--tags", "origin"]), "");
}
