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
    repo.run(&world, &["run", "--skip", "gates"])
        .exits(10)
        .says("from another commit")
        .says("release a higher version");
    assert_eq!(world.releases(), before);
}

#[test]
fn a_release_goes_through_a_forge_that_fails_now_and_then() {
    for fault in [
        "POST */assets#2=status:502",
        "POST */assets#3=applied-then-reset",
        "POST */releases#1=applied-then-reset",
        "POST */assets#2=starter",
        "PATCH */releases/{n}#1=applied-then-reset",
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
fn an_older_forge_is_told_no_more_than_a_new_one() {
    let world = crate::harness::forge_with(&["*/assets*=no-digest"]);
    let repo = greeter();
    // More than the page takes: the whole notes are an asset.
    let half = "- a line of the notes\n".repeat(2_970);
    let notes = format!("version: 1\nchangelog:\n  notes: {{ header: {half:?}, footer: {half:?} }}\n");
    repo.write(".release.yaml", notes);
    repo.commit("docs: say much").tag("v1.1.0");
    world.seed(&repo);
    let one = ["run", "--skip", "gates", "--set", "build.targets=[linux/amd64]"];
    let ran = repo.run(&world, &one).exits(0);
    assert!(!format!("{}{}", ran.out, ran.err).contains("is not part of this release"), "{}", ran.err);
    let release = world.release();
    assert!(release.assets.contains_key("release-notes.md"), "{release:?}");
    assert!(release.body.contains("the rest is in the asset"), "{release:?}");
    let uploads = world.requests("POST", "/assets");
    for repo in [&repo, &repo.fresh_clone()] {
        repo.run(&world, &one).exits(0);
    }
    assert_eq!(world.requests("POST", "/assets"), uploads, "nothing is uploaded again");
    assert_eq!(world.release(), release);
}

#[test]
fn a_repository_with_another_name_is_told_before_anything_is_built() {
    let world = crate::harness::forge_with(&["*/repos/acme/greeter*=moved:acme/hello"]);
    let repo = greeter();
    world.seed(&repo);
    let ran = repo.run(&world, &["run", "--skip", "gates"]).exits(10);
    drop(ran.says("acme/greeter is called acme/hello now").says("git remote set-url origin"));
    assert!(!world.effects().iter().any(|words| words.contains("release")), "{:#?}", world.effects());
}

#[test]
fn a_program_that_says_no_version_is_not_published() {
    let world = forge();
    let main = "package main\n\nimport \"fmt\"\n\nvar version = \"dev\"\n\n\
                func main() { fmt.Println(\"hello\", version[:0]) }\n";
    let repo =
        crate::harness::repo(&[("go.mod", "module example.com/greeter\n\ngo 1.24\n"), ("main.go", main)]);
    repo.tag("v1.0.0");
    world.seed(&repo);
    let here =
        format!("build.targets=[linux/{}]", if cfg!(target_arch = "x86_64") { "amd64" } else { "arm64" });
    let run = ["run", "--skip", "gates", "--set", here.as_str()];
    repo.run(&world, &run)
        .exits(14)
        .says("greeter says neither 1.0.0 nor v1.0.0")
        .says("verify.run.enabled: false");
    assert_eq!(world.releases(), [], "nothing was shown to the world");
    repo.run(&world, &[&run[..], &["--set", "verify.run.enabled=false"]].concat()).exits(0);
    assert!(!world.release().draft);
}

/// What a build brings along may look around where the program is asked for its version: beside a token.
#[test]
fn a_program_that_is_asked_sees_nothing_of_who_asks() {
    let world = forge();
    let main = r#"package main

import (
	"fmt"
	"os"
)

var version = "dev"

func main() {
	held, err := os.ReadFile(fmt.Sprintf("/proc/%d/environ", os.Getppid()))
	if err == nil || os.Geteuid() == 0 || len(os.Environ()) != 2 {
		fmt.Println("it sees", len(held), "bytes", os.Geteuid(), os.Environ())
		os.Exit(3)
	}
	fmt.Println(version)
}
"#;
    let repo =
        crate::harness::repo(&[("go.mod", "module example.com/greeter\n\ngo 1.24\n"), ("main.go", main)]);
    repo.tag("v1.0.0");
    world.seed(&repo);
    let here =
        format!("build.targets=[linux/{}]", if cfg!(target_arch = "x86_64") { "amd64" } else { "arm64" });
    repo.run(&world, &["run", "--skip", "gates", "--set", &here]).exits(0);
    assert!(!world.release().draft);
}

/// What two of five commands in the wild are like: `version` is a flag in one, and the other has none.
#[test]
fn a_program_that_nobody_can_tell_its_version_is_published_and_that_is_told() {
    let world = forge();
    let flag = "package main\n\nimport (\n\t\"flag\"\n\t\"fmt\"\n)\n\n\
                var version = flag.Bool(\"version\", false, \"\")\n\n\
                func main() { flag.Parse(); fmt.Println(\"hello\", *version) }\n";
    let plain = "package main\n\nfunc main() { println(\"4.0.0 (beta)\") }\n";
    let files = [
        ("go.mod", "module example.com/tools\n\ngo 1.24\n"),
        ("cmd/one/main.go", flag),
        ("cmd/two/main.go", plain),
    ];
    let repo = crate::harness::repo(&files);
    repo.tag("v1.0.0");
    world.seed(&repo);
    let here =
        format!("build.targets=[linux/{}]", if cfg!(target_arch = "x86_64") { "amd64" } else { "arm64" });
    let run = ["run", "--skip", "gates", "--set", here.as_str()];
    repo.run(&world, &[&run[..], &["--set", "verify.run.enabled=true"]].concat())
        .exits(14)
        .says("one says neither 1.0.0 nor v1.0.0")
        .says("two says neither");
    assert_eq!(world.releases(), [], "nothing was shown to the world");
    let ran = repo.run(&world, &run).exits(0);
    ran.says("one, two said no version").says("no `var version string`");
    assert!(!world.release().draft);
}

#[test]
fn nothing_points_at_a_release_that_is_not_public() {
    let world = forge();
    let repo = greeter();
    world.seed(&repo);
    let draft = ["--set", "release.github.draft=true", "--set", "build.targets=[linux/amd64]"];
    repo.run(&world, &[&["run", "--skip", "gates"][..], &draft].concat()).exits(0);
    let publish = [&["run", "--only", "publish", "--skip", "gates"][..], &draft].concat();
    repo.run(&world, &publish).exits(0).says("waits until the release of v1.0.0 is public");
    assert_eq!(world.requests("PUT", "/crawl"), 0);
    let path = format!("/api/v3/repos/acme/greeter/releases/{}", world.number());
    assert_eq!(world.call("PATCH", &path, r#"{"draft": false}"#)["draft"], false);
    repo.run(&world, &publish).exits(0);
    assert!(world.requests("PUT", "/crawl") > 0);
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
