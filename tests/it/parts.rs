//! One job or many: parts travel from machine to machine through the run's artifact service.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::harness::{Repo, World, forge, forge_with, greeter, repo};

const RUN: [&str; 3] = ["run", "--skip", "gates"];

const TARGETS: [&str; 6] =
    ["linux/amd64", "linux/arm64", "darwin/amd64", "darwin/arm64", "windows/amd64", "windows/arm64"];

/// What one job gives.
fn of_one_job() -> BTreeMap<String, String> {
    let world = forge();
    let repo = greeter();
    world.seed(&repo);
    repo.run(&world, &RUN).exits(0);
    world.release().assets
}

/// The gates that run code of the project's, or judge what it made. Scanners ask their databases anew each time.
fn kept(repo: &Repo) -> usize {
    ["gates/tests", "gates/coverage", "gates/lint"].into_iter().map(|part| started(repo, part)).sum()
}

pub fn started(repo: &Repo, part: &str) -> usize {
    let begins = |line: &&Value| {
        line["event"] == "task_started" && line["task"].as_str().is_some_and(|task| task.starts_with(part))
    };
    repo.journal().iter().filter(begins).count()
}

/// A small command for two platforms, not committed any further, with a version of its own.
pub fn small() -> Repo {
    let repo = repo(&[
        ("go.mod", "module example.com/small\n\ngo 1.21\n"),
        ("main.go", "package main\n\nfunc main() { println(\"small\") }\n"),
        (".release.yaml", "version: 1\nbuild:\n  targets: [linux/amd64, linux/arm64]\n"),
    ]);
    repo.tag("v1.0.0");
    repo
}

/// A machine of its own that builds one target in a run.
pub fn leg(repo: &Repo, world: &World, run: (u64, u64), target: &str) -> Repo {
    let machine = repo.fresh_clone();
    machine.job(world, run, &["build", "--target", target]).exits(0);
    machine
}

#[test]
fn six_machines_give_the_bytes_of_one() {
    let expected = of_one_job();
    let world = forge();
    let repo = greeter();
    world.seed(&repo);
    let planned = repo.fresh_clone().job(&world, (7, 1), &["plan", "--matrix"]).exits(0);
    let matrix: Value = serde_json::from_str(&planned.out).unwrap();
    let legs = matrix["include"].as_array().unwrap();
    let targets: Vec<&str> = legs.iter().map(|leg| leg["target"].as_str().unwrap()).collect();
    assert_eq!(targets, TARGETS);
    for leg in legs {
        assert_eq!((&leg["runner"], &leg["via"]), (&"ubuntu-latest".into(), &"container".into()), "{leg}");
        let machine = repo.fresh_clone();
        machine
            .job(&world, (7, 1), &["build", "--target", leg["target"].as_str().unwrap()])
            .exits(0)
            .says(&format!("part `release-action-part-greeter-{}-attempt-1`", leg["name"].as_str().unwrap()));
    }
    let last = repo.fresh_clone();
    last.job(&world, (7, 1), &["merge"]).exits(0).says("6 builds from 6 parts joined");
    last.job(&world, (7, 1), &RUN).exits(0);
    assert_eq!(started(&last, "build/"), 0, "what the parts hold is not built again");
    assert_eq!(world.release().assets, expected);
    assert!(!last.dir.join("dist/.parts").exists(), "what was fetched is gone");
}

#[test]
fn a_matrix_of_one_gives_the_same_bytes() {
    let expected = of_one_job();
    let world = forge();
    let repo = greeter();
    world.seed(&repo);
    let machine = repo.fresh_clone();
    machine.job(&world, (7, 1), &["build", "--target", &TARGETS.join(",")]).exits(0);
    let parts = world.run_artifacts();
    assert_eq!(parts.len(), 1, "{parts:?}");
    assert!(parts[0].starts_with("release-action-part-greeter-linux-amd64-and-5-more-"), "{parts:?}");
    let last = repo.fresh_clone();
    last.job(&world, (7, 1), &["merge"]).exits(0).says("6 builds from 1 parts joined");
    last.job(&world, (7, 1), &["package"]).exits(0);
    let checksums = last.checksums();
    for (name, digest) in &checksums {
        assert_eq!(expected.get(name), Some(&format!("sha256:{digest}")), "{name}");
    }
    // The folder does as well, and says which run it is of.
    let by_folder = repo.fresh_clone();
    let dist = machine.dir.join("dist");
    by_folder.job(&world, (7, 1), &["merge", dist.to_str().unwrap()]).exits(0);
    by_folder.job(&world, (7, 1), &["package"]).exits(0);
    assert_eq!(by_folder.checksums(), checksums);
    by_folder
        .job(&world, (8, 1), &["merge", dist.to_str().unwrap()])
        .exits(2)
        .says("is a part of another run");
}

#[test]
fn parts_of_something_else_are_refused() {
    let repo = small();
    // Another commit.
    let world = forge();
    leg(&repo, &world, (7, 1), "linux/amd64");
    repo.write("more.txt", "more");
    repo.git(&["tag", "-d", "v1.0.0"]);
    repo.commit("feat: more").tag("v1.0.0");
    let other = repo.fresh_clone();
    let refused = other.job(&world, (7, 1), &["merge"]).exits(2).says("is a part of another release");
    refused.says("its commit is ").says("merge only parts of the same workflow run");

    // Another plan.
    let world = forge();
    let machine = repo.fresh_clone();
    machine
        .job(&world, (7, 1), &["build", "--target", "linux/amd64", "--set", "build.optimise=size"])
        .exits(0);
    let refused = repo.fresh_clone().job(&world, (7, 1), &["merge"]).exits(2);
    refused.says("was built by another plan").says("build/go/small_linux_amd64 has other settings or tools");

    // Another run.
    let world = forge();
    leg(&repo, &world, (7, 1), "linux/amd64");
    let refused = repo.fresh_clone().job(&world, (8, 1), &["merge"]).exits(2);
    refused.says("is a part of another run").says("its run is 7, ours is 8");
}

#[test]
fn a_missing_part_is_named_and_attempt_two_goes_on() {
    let repo = small();
    let world = forge();
    leg(&repo, &world, (7, 1), "linux/amd64");
    let last = repo.fresh_clone();
    let refused = last.job(&world, (7, 1), &["merge"]).exits(12).says("a part is missing");
    refused.says("build/go/small_linux_arm64: the job of linux-arm64 builds it").says("re-run failed jobs");

    // Only the job that failed runs again; what the other one put in attempt 1 still counts.
    leg(&repo, &world, (7, 2), "linux/arm64");
    let last = repo.fresh_clone();
    last.job(&world, (7, 2), &["merge"]).exits(0).says("2 builds from 2 parts joined");
    last.job(&world, (7, 2), &["package"]).exits(0);
    assert_eq!(started(&last, "build/"), 0);

    // Of two attempts of one job the newer counts: the older one would be refused.
    let world = forge();
    repo.fresh_clone()
        .job(&world, (7, 1), &["build", "--target", "linux/amd64", "--set", "build.optimise=size"])
        .exits(0);
    leg(&repo, &world, (7, 2), "linux/amd64");
    leg(&repo, &world, (7, 2), "linux/arm64");
    repo.fresh_clone().job(&world, (7, 2), &["merge"]).exits(0);

    // Nothing at all.
    let world = forge();
    repo.fresh_clone().job(&world, (7, 1), &["merge"]).exits(12).says("2 parts are missing");
}

#[test]
fn two_different_parts_of_one_name_are_refused() {
    // A hook that makes every build another one.
    let repo = small();
    repo.write(
        ".release.yaml",
        "version: 1\nbuild:\n  targets: [linux/amd64, linux/arm64]\n  hooks:\n    after:\n      - [sh, -c, 'head -c 8 /dev/urandom >> \"$RELEASE_ACTION_BINARY\"']\n",
    );
    repo.git(&["tag", "-d", "v1.0.0"]);
    repo.commit("build: never the same").tag("v1.0.0");
    let world = forge();
    let machine = leg(&repo, &world, (7, 1), "linux/amd64");
    // The same machine may put the same part again.
    machine.job(&world, (7, 1), &["build", "--target", "linux/amd64"]).exits(0);
    let other = repo.fresh_clone();
    let refused = other.job(&world, (7, 1), &["build", "--target", "linux/amd64"]).exits(12);
    refused
        .says("there are two different parts of one name: `release-action-part-small-linux-amd64-attempt-1`");

    // Under two names they meet where they are joined.
    other.job(&world, (7, 1), &["build", "--target", "linux/amd64,linux/arm64"]).exits(0);
    let refused = repo.fresh_clone().job(&world, (7, 1), &["merge"]).exits(2);
    refused.says("build/go/small_linux_amd64 was built twice, with different bytes");
}

#[test]
fn a_bad_service_is_survived() {
    let repo = small();
    let world = forge_with(&[
        "POST */CreateArtifact#1=status:500",
        "POST */FinalizeArtifact#1=applied-then-reset",
        "PUT */run-artifacts/*#1=reset-before",
        "POST */ListArtifacts#1=torn",
        "GET */run-artifacts/*#1=torn",
        "GET */run-artifacts/*#3=wrong-content",
    ]);
    leg(&repo, &world, (7, 1), "linux/amd64");
    leg(&repo, &world, (7, 1), "linux/arm64");
    repo.fresh_clone().job(&world, (7, 1), &["merge"]).exits(0).says("2 builds from 2 parts joined");

    // What stays bad fails the job that must be run again, and names it.
    let world = forge_with(&["PUT */run-artifacts/*=status:403"]);
    let machine = repo.fresh_clone();
    let failed = machine.job(&world, (7, 1), &["build", "--target", "linux/amd64"]).exits(12);
    failed.says("refused to take the bytes of `release-action-part-small-linux-amd64-attempt-1`: HTTP 403");
    let world = forge_with(&["POST */ListArtifacts=status:403"]);
    let failed = repo.fresh_clone().job(&world, (7, 1), &["merge"]).exits(12);
    failed.says("refused to list the run's artifacts: HTTP 403");
}

#[test]
fn without_the_service_nothing_is_lost() {
    let repo = small();
    let machine = repo.fresh_clone();
    machine.call(&["build", "--target", "linux/amd64,linux/arm64"]).exits(0);
    machine.call(&["build", "--target", "linux/amd64", "--part", "always"]).exits(2).says("artifact service");
    let last = repo.fresh_clone();
    last.call(&["merge"]).exits(2).says("ACTIONS_RESULTS_URL and ACTIONS_RUNTIME_TOKEN are not set");
    last.call(&["merge", machine.dir.join("dist").to_str().unwrap()]).exits(0);
    // A service that nobody wants stays empty.
    let world = forge();
    machine.job(&world, (7, 1), &["build", "--target", "linux/amd64", "--part", "never"]).exits(0);
    assert_eq!(world.run_artifacts(), Vec::<String>::new());
}

#[test]
fn c_code_is_built_where_it_can_be() {
    let repo = small();
    let cgo = [
        "--set",
        "build.go.cgo=true",
        "--set",
        "build.targets=[\"linux/amd64\",\"darwin/arm64\",\"windows/amd64\"]",
    ];
    let with = |args: &[&'static str]| [args, &cgo].concat();
    let planned = repo.call(&with(&["plan", "--matrix"])).exits(0);
    let matrix: Value = serde_json::from_str(&planned.out).unwrap();
    let of = |name: &str| -> Vec<String> {
        matrix["include"].as_array().unwrap().iter().map(|leg| leg[name].to_string()).collect()
    };
    assert_eq!(of("runner"), ["\"ubuntu-latest\"", "\"macos-latest\"", "\"windows-latest\""]);
    assert_eq!(of("via"), ["\"container\"", "\"binary\"", "\"binary\""]);
    repo.call(&with(&["build"]))
        .exits(12)
        .says("this machine cannot make small darwin/arm64, small windows/amd64")
        .says("`plan --matrix` names them");
    assert_eq!(started(&repo, "build/"), 0, "nothing runs before that is known");
}

#[test]
fn the_configuration_names_runners() {
    let repo = small();
    let set = ["--set", "build.runners={\"linux/arm64\": [\"self-hosted\", \"arm\"], \"linux/*\": \"big\"}"];
    let planned = repo.call(&[&["plan", "--matrix"][..], &set].concat()).exits(0);
    let matrix: Value = serde_json::from_str(&planned.out).unwrap();
    assert_eq!(matrix["include"][0]["runner"], "big");
    assert_eq!(matrix["include"][1]["runner"], serde_json::json!(["self-hosted", "arm"]));
    assert_eq!(matrix["include"][1]["why"], "`build.runners` names this runner for it.");
    assert_eq!(planned.out.lines().count(), 1, "an output of one line");
    repo.call(&["plan", "--matrix", "--set", "build.runners={\"darwn/*\": \"x\"}"])
        .exits(2)
        .says("nothing is built for `darwn/*`");
}

#[test]
fn attempt_two_remembers_what_the_gates_found() {
    let repo = greeter();
    let world = forge();
    world.seed(&repo);
    repo.fresh_clone().job(&world, (7, 1), &["gates"]).exits(0);
    assert_eq!(world.run_artifacts(), ["release-action-journal-greeter-attempt-1"]);
    let second = repo.fresh_clone();
    second.job(&world, (7, 2), &["gates"]).exits(0);
    assert_eq!(kept(&second), 0, "the tests do not run again");
    let remembered = |line: &&Value| line["event"] == "task_taken_over" && line["from"] == "attempt";
    assert_eq!(second.journal().iter().filter(remembered).count(), 3);
    assert!(second.dist("report/index.html").contains("from an earlier job of the workflow run"));
    // From attempt to attempt.
    let third = repo.fresh_clone();
    third.job(&world, (7, 3), &["gates"]).exits(0);
    assert_eq!(kept(&third), 0);
    // Under other keys nothing holds.
    let stricter = repo.fresh_clone();
    stricter.job(&world, (7, 4), &["gates", "--set", "gates.coverage.minimum=1"]).exits(0);
    assert!(kept(&stricter) > 0);
}

/// The jobs of `release.yml`: the one that may write runs no code of the project's tests.
#[test]
fn the_job_that_may_write_runs_no_tests() {
    let repo = greeter();
    let world = forge();
    world.seed(&repo);
    let gates = repo.fresh_clone();
    gates.named_job(&world, "gates", &["gates"]).exits(0);
    assert!(kept(&gates) > 0, "nobody else has run them");
    repo.fresh_clone().named_job(&world, "build", &["build", "--target", &TARGETS.join(",")]).exits(0);
    let last = repo.fresh_clone();
    last.named_job(&world, "release", &["merge"]).exits(0);
    last.named_job(&world, "release", &["run"]).exits(0);
    assert_eq!(kept(&last), 0, "the tests ran in the job that may write");
    assert_eq!(started(&last, "build/"), 0);
    assert!(world.release().assets.contains_key("greeter_1.0.0_checksums.txt"));
}

/// A project with nothing to build has an empty matrix, and no job of it.
#[test]
fn no_parts_are_joined_where_nothing_is_built() {
    let repo = repo(&[(".release.yaml", "version: 1\n"), ("README.md", "# Words\n")]);
    repo.tag("v1.0.0");
    let world = forge();
    world.seed(&repo);
    let planned = repo.job(&world, (7, 1), &["plan", "--matrix"]).exits(0);
    assert_eq!(planned.out, "{\"include\":[]}\n");
    let last = repo.fresh_clone();
    last.job(&world, (7, 1), &["merge"]).exits(0).says("nothing is built for this release");
    last.job(&world, (7, 1), &["run"]).exits(0);
    assert!(world.release().assets.contains_key("release-evidence.json"));
}

#[test]
fn the_journal_goes_up_however_the_run_ends() {
    // It fails.
    let repo = small();
    repo.write("main.go", "package main\n\nfunc main() { nothing }\n");
    repo.git(&["tag", "-d", "v1.0.0"]);
    repo.commit("fix: no").tag("v1.0.0");
    let world = forge();
    repo.job(&world, (7, 1), &["build"]).exits(12);
    assert_eq!(world.run_artifacts(), ["release-action-journal-small-attempt-1"]);

    // It is told to stop.
    let greeter = greeter();
    let world = forge();
    world.seed(&greeter);
    let running = greeter.start(&world, &RUN);
    assert_eq!(running.signal_when("TERM", "a build began", || started(&greeter, "build/") > 0), Some(143));
    assert_eq!(world.run_artifacts(), ["release-action-journal-greeter-attempt-1"]);

    // It is told to stop, and the service says nothing: it ends all the same.
    let repo = greeter.fresh_clone();
    let world = forge_with(&["POST */CreateArtifact=hang"]);
    world.seed(&repo);
    let running = repo.start(&world, &RUN);
    assert_eq!(running.signal_when("INT", "a build began", || started(&repo, "build/") > 0), Some(130));
    assert_eq!(world.run_artifacts(), Vec::<String>::new());

    // The service refuses: it is told, and the run is as good as without it.
    let world = forge_with(&["POST */CreateArtifact=status:403", "POST */ListArtifacts=status:403"]);
    let small = small();
    small
        .job(&world, (7, 2), &["build"])
        .exits(0)
        .says("nothing is remembered of earlier jobs")
        .says("the journal is not with the run's artifacts");
}
