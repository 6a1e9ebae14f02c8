//! What is not published, because it can't be taken back.

use crate::check::REQUEST;
use crate::harness::{forge, forge_with, greeter, house, repo};

const RUN: [&str; 3] = ["run", "--skip", "gates"];

#[test]
fn a_tag_that_is_nowhere_is_no_release() {
    let (world, repo) = house(&[]);
    let args = [&RUN[..], &["--tag", "v9.8.7"]].concat();
    repo.run(&world, &args).exits(10).says("there is no tag v9.8.7 here").says("--version 9.8.7");
    assert_eq!(world.releases(), []);
}

#[test]
fn a_secret_in_a_commit_message_is_not_published() {
    let world = forge_with(&[]);
    let repo = greeter();
    repo.commit("fix: log in with hunter2hunter2").tag("v1.4.0");
    world.seed(&repo);
    let ran = repo.run_with(&world, &[("MY_SECRET", "hunter2hunter2")], &RUN);
    let ran = ran.exits(15).says("would publish a secret");
    assert!(!format!("{}{}", ran.out, ran.err).contains("hunter2"));
    assert!(world.releases().iter().all(|release| release.draft && !release.body.contains("hunter2")));
}

#[test]
fn two_builds_of_one_key_are_not_mixed() {
    let world = forge_with(&["POST */assets=delay:400ms"]);
    let repo = greeter();
    repo.write(
        ".release.yaml",
        "version: 1\nbuild:\n  hooks:\n    before:\n      - [sh, -c, 'date +%s%N > cmd/greeter/stamp.txt']\n",
    );
    let stamp = "package main

import (
	_ \"embed\"
	\"os\"
)

//go:embed stamp.txt
var stamp string

\
                 func init() {
	if os.Getenv(\"STAMP\") != \"\" {
		println(stamp)
	}
}
";
    repo.write("cmd/greeter/stamp.go", stamp);
    repo.write(".gitignore", "dist/\nstamp.txt\n");
    repo.commit("feat: a stamp that is never the same").tag("v1.5.0");
    world.seed(&repo);
    let uploaded = || world.effects().iter().filter(|words| words.contains("uploaded to")).count();
    repo.start(&world, &RUN).kill_when("five assets are up", || uploaded() >= 5);
    let fresh = repo.fresh_clone();
    fresh
        .run(&world, &RUN)
        .exits(12)
        .says("has other bytes than when it was made before")
        .says("rollback --yes");
    // Bytes that lie ready are no better than those that are made.
    let ready = repo.fresh_clone();
    ready.run(&world, &["package"]).exits(0);
    ready.run(&world, &RUN).exits(12).says("has other bytes than when it was made before");
    assert!(world.releases().iter().all(|release| release.draft), "nothing is public");
}

#[test]
fn evidence_that_nobody_of_ours_wrote_is_told() {
    let (world, repo) = house(&["PATCH */releases/*=status:403"]);
    repo.run(&world, &RUN).exits(16);
    let told = |text: &str, words: &str| {
        world.replace(world.number(), "release-evidence.json", text);
        let effects = world.effects();
        repo.fresh_clone().run(&world, &RUN).exits(16).says(words);
        assert_eq!(world.effects(), effects, "nothing is touched");
    };
    told("{ \"format\": 1, \"made\"", "release-evidence.json on the release of v1.0.0 cannot be read");
    told("{ \"format\": 9 }", "has the form 9, and 1 is known");
}

#[test]
fn a_tag_deleted_while_it_is_built_is_not_made_again() {
    let (world, repo) = house(&["POST */assets=delay:200ms"]);
    let mut running = repo.start(&world, &RUN);
    running.wait_for("two uploads", || world.requests("POST", "/assets") >= 2);
    world.delete_tag("v1.0.0");
    assert_eq!(running.end(), Some(16));
    assert!(world.releases().iter().all(|release| release.draft), "nothing is public");
}

/// An override stands in the log and opens an issue, and of a snapshot nothing leaves the machine.
#[test]
fn an_override_of_a_snapshot_is_refused_before_anything_runs() {
    let world = forge();
    let settings = "gates: { override: { approvers: [ada, grace] } }\n";
    let bad = "<testsuite name='s'><testcase name='a'><failure message='x'/></testcase></testsuite>";
    let repo =
        repo(&[(".release.yaml", settings), ("main.py", "print()\n"), (".gitignore", "/dist/\n/out/\n")]);
    world.seed(&repo);
    repo.write("out/j.xml", bad);
    repo.write("out/override.json", REQUEST);
    let env = [("GITHUB_ACTIONS", "true"), ("GITHUB_REPOSITORY", "acme/greeter"), ("GITHUB_RUN_ID", "77")];
    let gates = ["gates", "--snapshot", "--report", "out/j.xml"];
    let ran = repo.run_with(&world, &env, &gates).exits(11);
    assert!(
        !format!("{}{}", ran.out, ran.err).contains("ro1-"),
        "nobody is led to what is refused: {}",
        ran.out
    );
    let before = world.effects();
    for command in [&gates[..], &["run", "--snapshot"]] {
        let args = [command, &["--override", "out/override.json"]].concat();
        repo.run_with(&world, &env, &args)
            .exits(2)
            .says("an override is asked for, and this is a snapshot")
            .says("leave --override");
    }
    assert_eq!(world.effects(), before);
}
