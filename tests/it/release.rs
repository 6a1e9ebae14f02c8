//! What stands in the way of a release is told before anything is shown to the world.

use crate::harness::{forge, greeter};

#[test]
fn every_problem_of_preflight_is_told_at_once() {
    let world = forge();
    let repo = greeter();
    world.seed(&repo);
    repo.write("forgotten.txt", "x");
    repo.git(&["tag", "-d", "v1.0.0"]);
    repo.tag("v1.1.0");
    let ran = repo.run(&world, &["run"]).exits(10);
    let ran = ran.says("forgotten.txt").says("git push origin v1.1.0");
    drop(ran);
    assert_eq!(world.releases(), []);
}

#[test]
fn no_tag_is_no_release() {
    let world = forge();
    let repo = greeter();
    repo.write("README.md", "# x\n");
    repo.commit("docs: say less");
    world.seed(&repo);
    repo.run(&world, &["run"]).exits(10).says("git tag -a v1.0.1");
}

#[test]
fn a_draft_of_somebody_else_is_left_alone() {
    let world = forge();
    let repo = greeter();
    world.seed(&repo);
    // Ours first, left as a draft; then the tag moves on to another commit.
    repo.run(&world, &["run", "--skip", "gates", "--set", "release.github.draft=true"]).exits(0);
    let before = world.releases();
    assert!(before.len() == 1 && before[0].draft);
    repo.write("README.md", "# moved\n");
    repo.commit("docs: move");
    repo.git(&["tag", "-f", "-a", "v1.0.0", "-m", "moved"]);
    world.seed(&repo);
    repo.run(&world, &["run", "--skip", "gates"]).exits(10).says("from another commit");
    assert_eq!(world.releases(), before);
}

#[test]
fn a_release_goes_through_a_forge_that_fails_now_and_then() {
    for fault in [
        "POST */assets#2=status:502",
        "POST */assets#3=applied-then-reset",
        "POST */releases#1=applied-then-reset",
        "POST */assets#2=starter",
        "PATCH */releases/*#1=applied-then-reset",
        "GET */releases*#2=status:500",
        "GET */assets*#1=truncated-json",
        "*/releases*#3=reset-before",
        // An older server: the bytes are read back once instead of being sent again and again.
        "*/assets*=no-digest",
    ] {
        let world = crate::harness::forge_with(&[fault]);
        let repo = greeter();
        world.seed(&repo);
        let ran = repo.run(&world, &["run", "--skip", "gates"]);
        assert_eq!(ran.code, 0, "{fault}\n{}\n{}", ran.out, ran.err);
        assert_eq!(world.release().assets, crate::harness::undisturbed(), "{fault}");
    }
}

#[test]
fn a_rollback_before_publishing_leaves_nothing() {
    let world = forge();
    let repo = greeter();
    world.seed(&repo);
    repo.run(&world, &["run", "--skip", "gates", "--set", "release.github.draft=true"]).exits(0);
    repo.run(&world, &["rollback"]).exits(0).says("Nothing was changed");
    assert_eq!(world.releases().len(), 1);
    repo.run(&world, &["rollback", "--yes"]).exits(0).says("removed");
    assert_eq!(world.releases(), []);
}

#[test]
fn the_second_run_tells_of_the_first() {
    let world = forge();
    let repo = greeter();
    world.seed(&repo);
    let report = |args: &[&str]| -> serde_json::Value {
        repo.run(
            &world,
            &[&["run", "--skip", "gates", "--set", "build.targets=[linux/amd64]"], args].concat(),
        )
        .exits(0);
        serde_json::from_str(&repo.dist("report/report.json")).unwrap()
    };
    let earlier = |report: &serde_json::Value| -> (u64, usize, usize) {
        let effects = report["effects"].as_array().unwrap();
        let old = effects.iter().filter(|effect| effect["earlier"] == true).count();
        (report["earlier_runs"].as_u64().unwrap(), old, effects.len())
    };
    let first = report(&["--set", "release.github.draft=true"]);
    let (runs, old, all) = earlier(&first);
    assert_eq!((runs, old), (0, 0));
    assert!(all > 3, "{first}");
    let second = report(&[]);
    let (runs, old, both) = earlier(&second);
    assert_eq!((runs, old), (1, all), "{second}");
    assert!(both > all, "it was published by the second: {second}");
}

#[test]
fn what_is_public_cannot_be_rolled_back() {
    let world = forge();
    let repo = greeter();
    world.seed(&repo);
    repo.run(&world, &["run", "--skip", "gates"]).exits(0);
    repo.run(&world, &["rollback", "--yes"]).exits(20).says("is public");
    assert_eq!(world.releases().len(), 1);
}
