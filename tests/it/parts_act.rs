//! The artifact service of another runner for workflows: act's own, with the token that act makes.

use std::process::Command;

use crate::harness::{Repo, repo, root};
use crate::stage::free_port;

/// What `scripts/setup test` builds.
fn act() -> std::path::PathBuf {
    let act = root().join("target/tools/act");
    assert!(act.is_file(), "act is missing: run `scripts/setup test`");
    act
}

/// A workflow of two builds and their merge, each in a clone of its own, on this machine.
fn workflow(clones: &[&Repo; 3]) -> String {
    let program = env!("CARGO_BIN_EXE_release-action");
    let job = |name: &str, needs: &str, clone: &Repo, args: &str| {
        format!(
            "  {name}:\n    runs-on: ubuntu-latest\n{needs}    steps:\n      - run: \"'{program}' -C '{}' {args}\"\n",
            clone.dir.display()
        )
    };
    let [one, two, last] = clones;
    format!(
        "on: push\njobs:\n{}{}{}",
        job("one", "", one, "build --target linux/amd64"),
        job("two", "", two, "build --target linux/arm64"),
        job("merge", "    needs: [one, two]\n", last, "merge"),
    )
}

#[test]
fn parts_travel_through_the_service_of_act() {
    let origin = repo(&[
        ("go.mod", "module example.com/small\n\ngo 1.21\n"),
        ("main.go", "package main\n\nfunc main() { println(\"small\") }\n"),
        (".release.yaml", "version: 1\nbuild:\n  targets: [linux/amd64, linux/arm64]\n"),
    ]);
    origin.tag("v1.0.0");
    let clones = [&origin.fresh_clone(), &origin.fresh_clone(), &origin.fresh_clone()];
    let caller = repo(&[(".github/workflows/parts.yml", &workflow(&clones))]);
    let port = free_port().to_string();
    let folder = tempfile::tempdir().unwrap();
    let mut command = Command::new(act());
    command.current_dir(&caller.dir).args(["push", "-P", "ubuntu-latest=-self-hosted"]);
    command.args(["--artifact-server-addr", "127.0.0.1", "--artifact-server-port", &port]);
    command.arg("--artifact-server-path").arg(folder.path().join("artifacts"));
    command.env("XDG_CACHE_HOME", folder.path().join("cache"));
    if let Ok(caches) = Command::new("go").args(["env", "GOCACHE"]).output() {
        command.env("GOCACHE", String::from_utf8(caches.stdout).unwrap().trim());
    }
    // act gives a job nothing of our environment. What is compiled to count its lines would count into the clone.
    let counted = std::env::var("LLVM_PROFILE_FILE").unwrap_or_else(|_| "/dev/null".into());
    command.args(["--env", &format!("LLVM_PROFILE_FILE={counted}")]);
    let ran = command.output().unwrap();
    let told = format!("{}{}", String::from_utf8_lossy(&ran.stdout), String::from_utf8_lossy(&ran.stderr));
    assert!(ran.status.success(), "{told}");
    assert!(told.contains("2 builds from 2 parts joined"), "{told}");
    let alone = origin.fresh_clone();
    alone.call(&["package"]).exits(0);
    clones[2].call(&["package"]).exits(0);
    assert_eq!(clones[2].checksums(), alone.checksums());
}
