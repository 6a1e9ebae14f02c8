//! Killed anywhere and started again on an empty machine: the same release, byte for byte.

use std::collections::BTreeMap;

use crate::harness::{Repo, World, forge, forge_with, greeter, undisturbed};

const RUN: [&str; 3] = ["run", "--skip", "gates"];

fn taken_over(repo: &Repo, from: &str) -> usize {
    repo.journal().iter().filter(|line| line["event"] == "task_taken_over" && line["from"] == from).count()
}

fn built(repo: &Repo) -> usize {
    let builds = |line: &&serde_json::Value| {
        line["event"] == "task_started"
            && line["task"].as_str().is_some_and(|task| task.starts_with("build/"))
    };
    repo.journal().iter().filter(builds).count()
}

/// Runs on a fresh clone and expects the very release that an undisturbed run gives.
fn ends_right(world: &World, repo: &Repo, expected: &BTreeMap<String, String>) -> Repo {
    let fresh = repo.fresh_clone();
    fresh.run(world, &RUN).exits(0);
    assert_eq!(&world.release().assets, expected);
    let published = world.effects().iter().filter(|words| words.contains("ublished")).count();
    assert_eq!(published, 1, "{:#?}", world.effects());
    fresh
}

#[test]
fn killed_while_building() {
    let expected = undisturbed();
    let world = forge();
    let repo = greeter();
    world.seed(&repo);
    repo.start(&world, &RUN).kill_when("a build began", || built(&repo) > 0);
    assert_eq!(world.releases(), [], "nothing was shown to the world");
    ends_right(&world, &repo, &expected);
}

#[test]
fn killed_in_the_middle_of_an_upload() {
    let expected = undisturbed();
    // The fourth upload never ends: the program is killed while it sends or waits.
    let world = forge_with(&["POST */assets#4=hang"]);
    let repo = greeter();
    world.seed(&repo);
    repo.start(&world, &RUN)
        .kill_when("three uploads", || world.requests("POST", "/assets") >= 3 && uploading(&repo) >= 4);
    let left = world.releases();
    assert!(left.len() == 1 && left[0].draft, "{left:?}");
    let up_before = left[0].assets.len();
    assert!(up_before >= 2, "{left:?}");
    let fresh = ends_right(&world, &repo, &expected);
    assert!(taken_over(&fresh, "release") >= up_before - 1, "what is up is neither built nor uploaded again");
    let report = fresh.dist("report/index.html");
    assert!(report.contains("taken over"), "the report says what was taken over");
}

fn uploading(repo: &Repo) -> usize {
    repo.journal()
        .iter()
        .filter(|line| {
            line["event"] == "intent"
                && line["task"]
                    .as_str()
                    .is_some_and(|task| task.contains("/asset") || task.contains("/evidence"))
        })
        .count()
}

#[test]
fn killed_between_upload_and_publish() {
    let expected = undisturbed();
    let world = forge_with(&["PATCH */releases/{n}#1=hang"]);
    let repo = greeter();
    world.seed(&repo);
    let publishing = || {
        repo.journal()
            .iter()
            .any(|line| line["event"] == "intent" && line["task"] == "release/github/publish")
    };
    // A few round trips after the intent the request itself is under way, and waits for its answer.
    let mut trips = 0;
    repo.start(&world, &RUN).kill_when("publishing", || {
        trips += usize::from(publishing() && !world.releases().is_empty());
        trips > 20
    });
    let left = world.releases();
    assert!(left.len() == 1 && left[0].draft && left[0].assets == expected, "{left:?}");
    let uploads = world.requests("POST", "/assets");
    let fresh = ends_right(&world, &repo, &expected);
    assert_eq!(built(&fresh), 0, "everything is up: nothing is built again");
    assert_eq!(world.requests("POST", "/assets"), uploads, "nothing is uploaded again");
}

#[test]
fn a_second_run_changes_nothing() {
    let world = forge();
    let repo = greeter();
    world.seed(&repo);
    repo.run(&world, &RUN).exits(0);
    let before = world.effects();
    repo.run(&world, &RUN).exits(0);
    repo.fresh_clone().run(&world, &RUN).exits(0);
    assert_eq!(world.effects(), before);
}

#[test]
fn interrupted_by_a_signal() {
    for (signal, code) in [("INT", 130), ("TERM", 143)] {
        let expected = undisturbed();
        let world = forge();
        let repo = greeter();
        world.seed(&repo);
        let ended = repo.start(&world, &RUN).signal_when(signal, "a build began", || built(&repo) > 0);
        assert_eq!(ended, Some(code));
        let last = repo.journal().pop().unwrap();
        assert_eq!(last["event"], "run_finished", "the journal is flushed");
        ends_right(&world, &repo, &expected);
    }
}

#[test]
fn what_the_gates_found_is_taken_over() {
    let world = forge();
    let repo = greeter();
    world.seed(&repo);
    repo.run(&world, &["run", "--to", "changelog"]).exits(0);
    repo.run(&world, &["run", "--set", "release.github.draft=true"]).exits(0);
    let fresh = repo.fresh_clone();
    fresh.run(&world, &["run", "--set", "release.github.draft=true"]).exits(0);
    let started = |part: &str| {
        let begins = |line: &&serde_json::Value| {
            line["event"] == "task_started"
                && line["task"].as_str().is_some_and(|task| task.starts_with(part))
        };
        fresh.journal().iter().filter(begins).count()
    };
    let gates: usize = ["gates/tests", "gates/coverage", "gates/lint"].into_iter().map(started).sum();
    assert_eq!((gates, started("build/"), started("package/")), (0, 0, 0));
    assert!(started("gates/vulnerabilities") > 0, "what others know of it may have grown since");
    assert!(taken_over(&fresh, "release") >= 15, "verdicts and assets come from the release");
}

#[test]
fn what_is_released_is_asked_and_not_what_another_run_has_built_in_its_place() {
    let world = forge();
    let repo = greeter();
    world.seed(&repo);
    // A file of the program's name stands behind it in the archive.
    repo.write("completions/greeter", "complete -W hello greeter\n");
    repo.commit("feat: a completion").tag("v1.0.1");
    world.seed(&repo);
    let one =
        ["--set", "build.targets=[linux/amd64]", "--set", "package.archive.files=[completions/greeter]"];
    let run = |more: &[&str]| repo.run(&world, &[&RUN[..], &one, more].concat());
    run(&["--set", "release.github.draft=true"]).exits(0);
    run(&["--snapshot"]).exits(0);
    run(&[]).exits(0);
    let journal = repo.journal();
    let asked = journal.iter().rfind(|line| line["event"] == "judged" && line["task"] == "scan/run").unwrap();
    assert_eq!(asked["verdict"]["status"], "pass", "it is asked out of the archive: {asked}");
    assert!(!world.release().assets.is_empty());
}
