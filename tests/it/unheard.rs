//! Nobody reads on: `release-action … | head -1`. What is begun is done, and the exit code is that of what was done.

use std::process::Stdio;

use crate::harness::{Ran, Repo, World, forge, greeter, repo};

/// Runs the program with a standard output that nobody reads any more.
fn unheard(repo: &Repo, world: Option<&World>, args: &[&str]) -> Ran {
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    let mut command = repo.program(args);
    command.envs(world.into_iter().flat_map(World::env)).stdout(writer).stderr(Stdio::piped());
    Ran::of(command.spawn().unwrap().wait_with_output().unwrap())
}

#[test]
fn a_rollback_is_done_to_its_end() {
    let world = forge();
    let repo = greeter();
    world.seed(&repo);
    repo.run(&world, &["run", "--skip", "gates", "--set", "release.github.draft=true"]).exits(0);
    unheard(&repo, Some(&world), &["rollback", "--yes"]).exits(0);
    assert_eq!(world.releases(), []);
}

#[test]
fn a_rollback_that_cannot_undo_everything_says_so() {
    let world = forge();
    let repo = greeter();
    world.seed(&repo);
    repo.run(&world, &["run", "--skip", "gates"]).exits(0);
    unheard(&repo, Some(&world), &["rollback", "--yes"]).exits(20);
}

#[test]
fn a_rehearsal_that_fails_fails() {
    let fault = "POST */assets*=status:422";
    let ran = unheard(&greeter(), None, &["rehearse", "--skip", "gates", "--fault", fault]);
    ran.exits(16);
}

#[test]
fn a_download_that_does_not_verify_fails() {
    let repo = repo(&[]);
    let digest = "0".repeat(64);
    repo.write("got/greeter_1.0.0_checksums.txt", format!("{digest}  greeter.tar.gz\n"));
    repo.write("got/greeter.tar.gz", "other bytes");
    repo.call(&["verify", "got"]).exits(18);
    unheard(&repo, None, &["verify", "got"]).exits(18);
}

#[test]
fn a_build_hands_its_part_on() {
    let repo = greeter();
    unheard(&repo, None, &["build", "--target", "linux/amd64"]).exits(0);
    assert!(repo.dir.join("dist/part.json").is_file(), "the part is not there");
}

#[test]
fn words_go_nowhere_and_the_code_stays() {
    let repo = repo(&[(".release.yaml", "version: 1\nnonsense: 1\n")]);
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    let mut command = repo.program(&["check"]);
    let status = command.stdout(Stdio::null()).stderr(writer).status().unwrap();
    assert_eq!(status.code(), Some(2));
}
