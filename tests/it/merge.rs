//! Parts that were built on several machines, joined.

use std::path::Path;

use crate::harness::{Repo, greeter};

const TARGETS: &str = "build.targets=[linux/amd64, windows/amd64]";

/// Builds one target in a clone of its own; the clone with its dist folder.
fn part(repo: &Repo, target: &str) -> Repo {
    let machine = repo.fresh_clone();
    machine.call(&["build", "--snapshot", "--set", TARGETS, "--target", target]).exits(0);
    machine
}

fn dist(repo: &Repo) -> String {
    repo.dir.join("dist").to_str().unwrap().to_owned()
}

/// How many builds began in the runs of this folder.
fn built(repo: &Repo) -> usize {
    let builds = |event: &&serde_json::Value| {
        event["event"] == "task_started" && event["task"].as_str().is_some_and(|id| id.starts_with("build/"))
    };
    repo.journal().iter().filter(builds).count()
}

#[test]
fn parts_built_apart_give_the_bytes_of_one_run() {
    let repo = greeter();
    let plain = repo.fresh_clone();
    let run = ["run", "--snapshot", "--skip", "gates", "--set", TARGETS];
    plain.call(&run).exits(0);

    let (one, other) = (part(&repo, "linux/amd64"), part(&repo, "windows/amd64"));
    assert_eq!((built(&one), built(&other)), (1, 1), "each machine builds its part alone");
    let joined = repo.fresh_clone();
    let merge = ["merge", "--snapshot", "--set", TARGETS, &dist(&one), &dist(&other)];
    joined.call(&merge).exits(0).says("2 parts joined");
    joined.call(&run).exits(0);
    assert_eq!(built(&joined), 0, "what was merged is not built again");
    assert_eq!(joined.checksums(), plain.checksums());
}

#[test]
fn a_part_that_is_missing_or_changed_is_refused() {
    let repo = greeter();
    let one = part(&repo, "linux/amd64");
    let joined = repo.fresh_clone();
    let alone = ["merge", "--snapshot", "--set", TARGETS, &dist(&one)];
    joined.call(&alone).exits(12).says("a part is missing").says("--target windows/amd64");
    std::fs::write(binary(&one.dir.join("dist")), "other bytes").unwrap();
    joined.call(&alone).exits(2).says("is not what its journal says");
    let (lying, elsewhere) = (binary(&one.dir.join("dist")), one.dir.join("elsewhere"));
    std::fs::rename(&lying, &elsewhere).unwrap();
    std::os::unix::fs::symlink(&elsewhere, &lying).unwrap();
    joined.call(&alone).exits(2).says("is a link, or lies behind one");
}

#[test]
fn parts_inside_of_the_checkout_are_named_as_what_differs() {
    let repo = greeter();
    let one = part(&repo, "linux/amd64");
    let joined = repo.fresh_clone();
    let mut copy = std::process::Command::new("cp");
    copy.arg("-R").arg(one.dir.join("dist")).arg(joined.dir.join("parts"));
    assert!(copy.status().unwrap().success());
    let merge = ["merge", "--snapshot", "--set", TARGETS, "parts"];
    let ran = joined.call(&merge).exits(2).says("was built by another plan").says("differs from the commit");
    ran.says("?? parts/").says("move the parts out of the repository");
    // As the page says it.
    std::fs::rename(joined.dir.join("parts"), joined.dir.join("../parts")).unwrap();
    joined.call(&["merge", "--snapshot", "--set", TARGETS, "../parts"]).exits(12).says("a part is missing");
}

/// The one binary of a part.
fn binary(dist: &Path) -> std::path::PathBuf {
    let folders = std::fs::read_dir(dist).unwrap().map(|entry| entry.unwrap().path().join("greeter"));
    folders.into_iter().find(|path| path.is_file()).expect("a binary")
}
