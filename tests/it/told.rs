//! What is told with `-v`, `-vv` and more, and what is told when something is away.

use crate::harness::{forge, forge_with, greeter, repo};

#[test]
fn every_look_at_the_world_is_told_with_two_v() {
    let repo = repo(&[("README.md", "# Words\n")]);
    repo.tag("v1.0.0");
    let world = forge_with(&["GET */assets*#1=status:502"]);
    world.seed(&repo);
    let quiet = repo.fresh_clone().run(&world, &["run", "-v", "--set", "release.github.draft=true"]).exits(0);
    assert!(!quiet.out.contains("sees: "), "{}", quiet.out);
    assert_eq!(quiet.err, "", "one -v is of tools alone");
    // A look at a draft that is there, and a call that is made again.
    let world = forge_with(&["GET */assets*#1=status:502"]);
    world.seed(&repo);
    let ran = repo.fresh_clone().run(&world, &["run", "-vv"]).exits(0).says("sees: nothing there");
    assert!(ran.err.contains("release_action::ports::real::policy: a call is made again"), "{}", ran.err);
    let world = forge();
    world.seed(&repo);
    let mut job = repo.in_workflow(&world, &[], &["run", "-vv"]);
    crate::harness::Ran::of(job.output().unwrap()).exits(0).says("sees: nothing there");
}

#[test]
fn a_forge_that_is_away_leaves_the_other_places() {
    let repo = greeter();
    let world = forge_with(&["GET */releases*=status:401"]);
    let ran = repo.run(&world, &["status"]).exits(10);
    let ran = ran.says("could not be looked at").says("places cannot be told here");
    assert!(ran.out.lines().any(|line| line.contains("unknown")), "{}", ran.out);
}

#[test]
fn a_dist_folder_that_takes_no_part_is_a_build_that_is_not_done() {
    let repo = repo(&[
        ("go.mod", "module example.com/small\n\ngo 1.21\n"),
        ("main.go", "package main\n\nfunc main() { println(\"small\") }\n"),
        (".release.yaml", "version: 1\nbuild:\n  targets: [linux/amd64]\n"),
    ]);
    repo.tag("v1.0.0");
    let machine = repo.fresh_clone();
    machine.call(&["build", "--target", "linux/amd64"]).exits(0);
    // A file lies where the part's folder would have to be.
    let built = machine.journal().into_iter().find(|line| {
        line["event"] == "task_finished" && line["artifacts"].as_array().is_some_and(|all| !all.is_empty())
    });
    let path = built.unwrap()["artifacts"][0]["path"].as_str().unwrap().to_owned();
    let folder = path.split('/').next().unwrap();
    assert_ne!(folder, path, "a build has a folder of its own");
    repo.write(&format!("dist/{folder}"), "in the way");
    repo.call(&["merge", machine.dir.join("dist").to_str().unwrap()]).exits(12);
}
