//! What was covered before: recorded at the remote, and compared with.

use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;
use std::process::Command;

use serde_json::Value;
use tempfile::TempDir;

use crate::harness::{Ran, Repo, repo};

const REF: &str = "refs/notes/release-action/coverage";

const FILES: [(&str, &str); 3] = [
    ("README.md", "# m\n"),
    (".gitignore", "/dist/\n/out/\n"),
    (
        ".release.yaml",
        "version: 1\nproject: { name: m }\ngates:\n  coverage: { enabled: true, minimum: 10, max_drop: 0.5 }\n",
    ),
];

/// A project with a remote of its own.
struct Rig {
    repo: Repo,
    _home: TempDir,
    origin: PathBuf,
}

fn rig() -> Rig {
    // As many lines as any report here tells of.
    let lines = "pass\n".repeat(10_000);
    let files = [&FILES[..], &[("a.py", lines.as_str())]].concat();
    let (repo, home) = (repo(&files), TempDir::new().unwrap());
    let origin = home.path().join("origin.git");
    repo.git(&["init", "-q", "--bare", "-b", "main", origin.to_str().unwrap()]);
    repo.git(&["remote", "set-url", "origin", origin.to_str().unwrap()]);
    repo.git(&["push", "-q", "origin", "main"]);
    Rig { repo, _home: home, origin }
}

impl Rig {
    /// The gates, with so many of these lines covered.
    fn gates(&self, covered: u32, total: u32, more: &[&str]) -> Ran {
        let lines: String =
            (1..=total).map(|line| format!("DA:{line},{}\n", u8::from(line <= covered))).collect();
        self.repo.write("out/c.info", format!("SF:a.py\n{lines}end_of_record\n"));
        let args = ["gates", "--snapshot", "--only", "coverage", "--report", "out/c.info"];
        self.repo.call(&[&args[..], more].concat())
    }

    fn record(&self, covered: u32, total: u32) -> Ran {
        self.gates(covered, total, &["--record-baseline"])
    }

    /// A commit on main, also at the remote.
    fn commit(&self, message: &str) {
        self.repo.commit(message);
        self.repo.git(&["push", "-q", "origin", "main"]);
    }

    fn at_origin(&self, args: &[&str]) -> String {
        self.repo.git(&[&["-C", self.origin.to_str().unwrap()], args].concat())
    }

    fn note(&self, commit: &str) -> Value {
        serde_json::from_str(&self.at_origin(&["notes", "--ref", REF, "show", commit])).unwrap()
    }

    fn head(&self) -> String {
        self.repo.git(&["rev-parse", "HEAD"])
    }

    /// Puts a note there as somebody else would.
    fn put(&self, commit: &str, text: &str) {
        let who = ["-c", "user.name=x", "-c", "user.email=x@users.noreply.example"];
        self.at_origin(&[&who[..], &["notes", "--ref", REF, "add", "-f", "-m", text, commit]].concat());
    }

    /// Lets a script run at the remote before each push is taken.
    fn before_each_push(&self, script: &str) {
        let hook = self.origin.join("hooks/pre-receive");
        std::fs::write(&hook, format!("#!/bin/sh\n{script}")).unwrap();
        std::fs::set_permissions(&hook, std::fs::Permissions::from_mode(0o755)).unwrap();
    }

    /// The row of the last verdict on what was lost.
    fn lost(&self) -> Value {
        let report: Value = serde_json::from_str(&self.repo.dist("report/report.json")).unwrap();
        let tasks = report["tasks"].as_array().unwrap();
        let task = tasks.iter().find(|task| task["task"] == "gates/coverage").unwrap();
        let rows = task["verdict"]["rows"].as_array().unwrap();
        let lost = |row: &&Value| row["metric"].as_str().unwrap().contains("lost since the baseline");
        rows.iter().find(lost).unwrap_or_else(|| panic!("{task:#}")).clone()
    }
}

#[test]
fn what_is_recorded_is_compared_with_exactly() {
    let rig = rig();
    rig.record(900, 1000).exits(0).says("recorded as the baseline of");
    assert_eq!(rig.lost()["actual"], "skipped: this is the first commit; `minimum` counts alone");
    let first = rig.head();
    let lines = &rig.note(&first)["projects"][""]["lines"];
    assert_eq!((&lines["covered"], &lines["total"]), (&900.into(), &1000.into()));
    assert_eq!(rig.repo.git(&["for-each-ref", "refs/notes"]), "", "nothing is left in the clone");
    rig.record(900, 1000).exits(0).says("is the baseline already of");
    assert_eq!(rig.at_origin(&["rev-list", "--count", REF]), "1");
    // Commits without a note lie between.
    rig.commit("feat: one");
    rig.commit("feat: two");
    rig.gates(895, 1000, &[]).exits(0);
    assert_eq!(rig.lost()["actual"], "0.5 points (90.00 % → 89.50 %)");
    rig.gates(8949, 10_000, &[])
        .exits(11)
        .says("the coverage fell by 0.51 points since the baseline")
        .says("1 more of");
    assert_eq!(rig.lost()["ok"], false);
    rig.gates(95, 100, &[]).exits(0);
    assert_eq!(rig.lost()["actual"], "nothing (90.00 % → 95.00 %)");
    assert!(rig.repo.dist("report/coverage/trend.svg").contains("coverage from 90.00 % to 95.00 %"));
    // A release is compared with the one before it, however far the commits between went down.
    rig.repo.tag("v1.0.0");
    rig.record(892, 1000).exits(11);
    rig.repo.git(&["tag", "-d", "v1.0.0"]);
    rig.record(896, 1000).exits(0);
    rig.repo.tag("v1.0.0");
    rig.commit("feat: three");
    rig.record(892, 1000).exits(0);
    rig.commit("feat: four");
    rig.gates(888, 1000, &[]).exits(0);
    rig.repo.tag("v1.1.0");
    rig.repo
        .call(&["gates", "--only", "coverage", "--report", "out/c.info"])
        .exits(11)
        .says("fell by 0.8 points");
    // A pull request is compared with where it began.
    rig.repo.git(&["update-ref", "refs/remotes/origin/stable", "v1.0.0^{commit}"]);
    let mut pull = rig.repo.program(&["gates", "--snapshot", "--only", "coverage", "--report", "out/c.info"]);
    Ran::of(pull.env("GITHUB_BASE_REF", "stable").output().unwrap()).exits(11);
    // What did not pass is no baseline.
    let before = rig.at_origin(&["rev-parse", REF]);
    rig.record(100, 1000).exits(11);
    assert_eq!(rig.at_origin(&["rev-parse", REF]), before);
}

#[test]
fn only_commits_of_the_default_branch_are_recorded() {
    let rig = rig();
    let refused = |why: &str| rig.record(3, 4).exits(2).says("the baseline is not recorded").says(why);
    rig.repo.git(&["switch", "-q", "-c", "side"]);
    rig.repo.commit("feat: aside");
    refused("this commit is not on main, the default branch of `origin`");
    rig.repo.git(&["switch", "-q", "main"]);
    rig.repo.write("a.py", "changed\n");
    refused("a.py differs from it");
    rig.repo.git(&["checkout", "-q", "a.py"]);
    let args = ["gates", "--snapshot", "--only", "coverage", "--report", "out/c.info", "--record-baseline"];
    let mut pull = rig.repo.program(&args);
    Ran::of(pull.env("GITHUB_EVENT_NAME", "pull_request").output().unwrap())
        .exits(2)
        .says("for a pull request");
    assert_eq!(rig.at_origin(&["for-each-ref", "refs/notes"]), "");
    // An older commit of it, in a clone without its branch.
    let first = rig.head();
    rig.commit("feat: next");
    rig.repo.git(&["checkout", "-q", "--detach", &first]);
    rig.repo.git(&["branch", "-q", "-D", "main"]);
    rig.record(3, 4).exits(0);
    assert_eq!(rig.note(&first)["commit"], first.as_str());
    rig.repo.git(&["remote", "remove", "origin"]);
    refused("there is no remote `origin`");
}

#[test]
fn what_somebody_else_pushed_meanwhile_stays() {
    let rig = rig();
    let first = rig.head();
    rig.commit("feat: two");
    // Somebody else's note waits to be put in place just before ours is.
    rig.put(&first, "theirs");
    let theirs = rig.at_origin(&["rev-parse", REF]);
    rig.at_origin(&["update-ref", "refs/theirs", &theirs]);
    rig.at_origin(&["update-ref", "-d", REF]);
    rig.before_each_push(&format!(
        "unset GIT_QUARANTINE_PATH\n[ -e hit ] || git update-ref {REF} {theirs}\necho >>hit\n"
    ));
    rig.record(3, 4).exits(0).says("recorded as the baseline");
    assert_eq!(rig.at_origin(&["notes", "--ref", REF, "show", &first]), "theirs");
    assert_eq!(rig.note(&rig.head())["projects"][""]["lines"]["covered"], 3);
    assert_eq!(rig.at_origin(&["rev-list", "--count", REF]), "2", "on top of theirs");
    assert_eq!(std::fs::read_to_string(rig.origin.join("hit")).unwrap().lines().count(), 2);
}

#[test]
fn a_push_that_is_refused_is_told_and_not_tried_for_ever() {
    let rig = rig();
    rig.before_each_push("echo >>hit\necho no notes here >&2\nexit 1\n");
    rig.record(3, 4).exits(11).says("the baseline cannot be recorded").says("contents: write");
    assert_eq!(std::fs::read_to_string(rig.origin.join("hit")).unwrap().lines().count(), 2);
    assert_eq!(rig.repo.git(&["for-each-ref", "refs/notes"]), "");
}

#[test]
fn a_torn_or_foreign_note_is_an_error() {
    let rig = rig();
    rig.record(900, 1000).exits(0);
    let first = rig.head();
    let whole = rig.at_origin(&["notes", "--ref", REF, "show", &first]);
    rig.commit("feat: two");
    rig.gates(900, 1000, &[]).exits(0);
    let other = whole.replace(&first, &"0".repeat(40));
    for text in [&whole[..whole.len() - 3], "coverage: 90 %", "{}", &other] {
        rig.put(&first, text);
        rig.gates(1000, 1000, &[]).exits(11).says("the recorded coverage of").says("is torn or not ours");
    }
    rig.put(&first, &whole);
    // A remote that cannot be asked says nothing of what it holds.
    rig.repo.git(&["remote", "set-url", "origin", "/nowhere/at/all.git"]);
    rig.gates(1000, 1000, &[]).exits(11).says("it is not known what was covered before");
}

#[test]
fn a_checkout_without_its_history_knows_no_baseline() {
    let rig = rig();
    rig.record(900, 1000).exits(0);
    rig.commit("feat: two");
    let dir = rig.origin.with_file_name("shallow");
    let url = format!("file://{}", rig.origin.display());
    let cloned = Command::new("git").args(["clone", "-q", "--depth=1", &url]).arg(&dir).status().unwrap();
    assert!(cloned.success());
    let lcov = std::fs::read(rig.repo.dir.join("out/c.info")).unwrap();
    std::fs::create_dir(dir.join("out")).unwrap();
    std::fs::write(dir.join("out/c.info"), lcov).unwrap();
    let mut gates =
        rig.repo.program(&["gates", "--snapshot", "--only", "coverage", "--report", "out/c.info"]);
    Ran::of(gates.current_dir(&dir).output().unwrap()).exits(11).says("fetch-depth: 0");
}

#[test]
fn projects_of_a_repository_share_a_note() {
    let rig = rig();
    let head = rig.head();
    let web = format!(
        "{{\"format\":1,\"commit\":\"{head}\",\"projects\":{{\"web\":{{\"lines\":{{\"covered\":1,\"total\":2}}}}}}}}"
    );
    rig.put(&head, &web);
    rig.record(3, 4).exits(0);
    let projects = &rig.note(&head)["projects"];
    assert_eq!(
        (&projects["web"]["lines"]["covered"], &projects[""]["lines"]["covered"]),
        (&1.into(), &3.into())
    );
    // The figures of another project are no baseline of this one.
    rig.commit("feat: two");
    rig.put(&head, &web);
    rig.gates(1, 4, &[]).exits(0);
    assert_eq!(
        rig.lost()["actual"],
        "skipped: no coverage is recorded before this commit; `minimum` counts alone"
    );
}
