//! What is said is true: of a release that is public, of tags that cannot be, of versions that are only rehearsed.

use serde_json::json;

use crate::harness::{Repo, World, forge, repo};

const FILES: [(&str, &str); 4] = [
    ("go.mod", "module example.com/small\n\ngo 1.21\n"),
    ("main.go", "package main\n\nfunc main() { println(\"small\") }\n"),
    (".gitignore", "/dist/\n"),
    (
        ".release.yaml",
        "version: 1\nbuild: { targets: [linux/amd64] }\npublish: { daggerverse: { enabled: false } }\nverify: { run: { enabled: false } }\n",
    ),
];

/// A small release that is public.
fn released() -> (World, Repo) {
    let world = forge();
    let repo = repo(&FILES);
    repo.tag("v1.0.0");
    world.seed(&repo);
    repo.run(&world, &["run", "--skip", "gates"]).exits(0);
    (world, repo)
}

#[track_caller]
fn row(out: &str, title: &str) -> String {
    let line = out.lines().find(|line| line.trim_start().starts_with(title));
    line.unwrap_or_else(|| panic!("{title} is not told of:\n{out}")).to_owned()
}

#[test]
fn status_looks_at_the_words_of_a_public_release() {
    let (world, repo) = released();
    let ran = repo.run(&world, &["status"]).exits(0).says("Everything is as the plan wants it.");
    assert!(row(&ran.out, "title and notes").contains(" same "), "{}", ran.out);

    // On a machine that made nothing, the notes are not known, and nothing is left behind.
    let fresh = repo.fresh_clone();
    let ran = fresh.run(&world, &["status"]).exits(0).says("1 of ").says("cannot be told here");
    let told = row(&ran.out, "title and notes");
    assert!(
        told.contains(" unknown ") && told.contains("cannot be told here: the notes were not made"),
        "{told}"
    );
    assert!(!ran.out.contains("still to be brought there"), "{}", ran.out);
    assert!(!fresh.dir.join("dist").exists(), "it changes nothing");
    fresh.run(&world, &["rollback"]);
    assert!(!fresh.dir.join("dist").exists(), "nor does a rollback that only tells");

    let path = format!("/api/v3/repos/acme/greeter/releases/{}", world.number());
    let body = format!("Other words.\n\n{}", world.release().body);
    world.call("PATCH", &path, &json!({ "name": "Another", "body": body }).to_string());
    let ran = repo.run(&world, &["status"]).exits(0);
    assert!(row(&ran.out, "title and notes").contains(" differs   another title, notes"), "{}", ran.out);
    assert!(ran.out.contains("Nothing is left to do; 1 of "), "{}", ran.out);
    let ran = fresh.run(&world, &["status"]).exits(0);
    assert!(row(&ran.out, "title and notes").contains(" differs   another title (the notes"), "{}", ran.out);
    // A run leaves them to people.
    repo.run(&world, &["run", "--skip", "gates"]).exits(0);
    assert!(world.release().body.starts_with("Other words."));
}

#[test]
fn status_of_a_changed_tree_claims_nothing() {
    let (world, repo) = released();
    repo.write("main.go", "package main\n\nfunc main() { println(\"changed\") }\n");
    let ran = repo
        .run(&world, &["status"])
        .exits(0)
        .says("cannot be told here: the tree is not the commit (main.go)");
    assert!(!ran.out.contains("release-action run"), "a run would be refused\n{}", ran.out);
    assert!(!ran.out.contains(" broken "), "{}", ran.out);
}

#[test]
fn status_tells_of_assets_that_are_not_ours() {
    let (world, repo) = released();
    world.upload(world.number(), "evil.exe", "x");
    repo.run(&world, &["run", "--skip", "gates"]).exits(18);
    let ran = repo.run(&world, &["status"]).exits(0).says("1 of ").says("need a person");
    let told = row(&ran.out, "make it public");
    assert!(told.contains(" broken ") && told.contains("no part of this release: evil.exe"), "{told}");
}

#[test]
fn a_folder_that_no_tag_can_carry_is_told_with_its_place() {
    let repo = repo(&[("tools/my cli ü/README.md", "# Words\n")]);
    repo.write(".release.yaml", "version: 1\nprojects: [{ dir: \"tools/my cli ü\", name: acme-cli }]\n");
    for command in [&["check"][..], &["plan"], &["rehearse"]] {
        repo.call(command)
            .exits(2)
            .says(".release.yaml:2:19")
            .says("`tools/my cli ü/v1.0.0`")
            .says("there is a space in it");
    }
    repo.write(".release.yaml", "version: 1\nproject: { dir: \"tools/my cli ü\", name: acme-cli }\n");
    repo.call(&["check"]).exits(0);
    repo.call(&["plan", "--version", "1.0.0-rc.lock"]).exits(2).says("ends with `.lock`");
}

#[test]
fn what_is_only_rehearsed_is_told() {
    let repo = repo(&[(".release.yaml", "version: 1\n"), (".gitignore", "/dist/\n")]);
    let ran = repo.call(&["rehearse", "--tag", "v5.0.0"]).exits(0);
    ran.says("there is no tag v5.0.0 here: `run --tag v5.0.0` is refused");
    repo.call(&["run", "--tag", "v5.0.0"]).exits(10).says("there is no tag v5.0.0 here");
    let ran = repo.call(&["plan", "--version", "0.5.0"]).exits(0);
    let ran =
        ran.says("taken as v0.5.0").says("this version is asked for; the commits alone would make it 0.1.0");
    assert!(!ran.out.contains("minor: "), "{}", ran.out);
}

#[test]
fn a_snapshot_is_of_the_next_version() {
    let repo = repo(&[("README.md", "# Words\n")]);
    let version = |repo: &Repo| {
        let plan = repo.call(&["plan", "--snapshot", "--json"]).exits(0).out;
        serde_json::from_str::<serde_json::Value>(&plan).unwrap()["version"].as_str().unwrap().to_owned()
    };
    assert!(version(&repo).starts_with("0.1.0-SNAPSHOT-"), "{}", version(&repo));
    repo.tag("v0.1.0");
    assert!(version(&repo).starts_with("0.1.0-SNAPSHOT-"), "of the commit that is 0.1.0: {}", version(&repo));
    repo.commit("docs: words");
    assert!(version(&repo).starts_with("0.1.1-SNAPSHOT-"), "higher than the release: {}", version(&repo));
    repo.commit("feat: more");
    assert!(version(&repo).starts_with("0.2.0-SNAPSHOT-"), "{}", version(&repo));
}

#[test]
fn an_upload_that_was_made_again_is_one_change() {
    let repo = repo(&[(".release.yaml", "version: 1\n"), (".gitignore", "/dist/\n")]);
    repo.tag("v1.0.0");
    let ran = repo.call(&["rehearse", "--fault", "POST */assets*#1=starter"]).exits(0);
    assert!(!ran.out.contains("looked up by the next run"), "{}", ran.out);
    let told = ran.out.split_once("Changed in the world").unwrap().1.split("\n\n").next().unwrap().to_owned();
    assert_eq!(
        told.matches("release-evidence").count() + told.matches("release/github/evidence").count(),
        1,
        "{told}"
    );
}

#[test]
fn a_module_below_the_root_is_found() {
    let files = [("svc/go.mod", "module example.com/svc\n\ngo 1.21\n"), ("svc/main.go", FILES[1].1)];
    let one = repo(&files);
    one.call(&["init", "--no-tests"]).exits(0).says("Go module example.com/svc").says("svc/go.mod");
    let config = std::fs::read_to_string(one.dir.join(".release.yaml")).unwrap();
    assert!(config.contains("  dir: \"svc\"\n"), "{config}");
    one.call(&["plan"]).exits(0).says("svc_0.1.0_linux_amd64");

    let several = [&files[..], &[("tool/go.mod", "module example.com/tool\n\ngo 1.21\n")]].concat();
    let ran = repo(&several).call(&["init", "--no-tests"]).exits(0);
    ran.says("svc/go.mod, tool/go.mod").says("`projects`");
    // What only shows or tests something is not released.
    let ran = repo(&[("examples/x/go.mod", files[0].1)]).call(&["init", "--no-tests"]).exits(0);
    ran.says("no known ecosystem");
}

/// The runner of another repository's pull request gives whatever input it likes.
#[test]
fn a_configuration_outside_of_the_workspace_is_not_read() {
    let world = forge();
    let repo = repo(&[("README.md", "# Words\n"), (".gitignore", "/dist/\n")]);
    repo.tag("v1.0.0");
    world.seed(&repo);
    let secret: String = (0..25).map(|line| format!("user{line}:x:{line}\n")).collect();
    let outside = repo.dir.parent().unwrap().join("passwd");
    std::fs::write(&outside, &secret).unwrap();
    std::os::unix::fs::symlink(&outside, repo.dir.join("link.yaml")).unwrap();
    for config in [outside.to_str().unwrap(), "../passwd", "link.yaml"] {
        let mut job =
            repo.in_workflow(&world, &[("INPUT_CONFIG", config), ("INPUT_STEP", "plan")], &["action"]);
        let ran = crate::harness::Ran::of(job.output().unwrap()).exits(2).says("it leaves the workspace");
        assert!(!format!("{}{}", ran.out, ran.err).contains("user1:"), "{config}\n{}{}", ran.out, ran.err);
    }
    // On the command line it is the user's own file; no more of it is shown than the line with the mistake.
    let ran = repo.call(&["check", "--config", "../passwd"]).exits(2);
    let said = format!("{}{}", ran.out, ran.err);
    assert_eq!(said.matches("│ user").count(), 1, "{said}");
    assert!(!said.contains("user5:"), "{said}");
}

#[test]
fn a_folder_without_a_repository_on_a_forge_is_one_problem() {
    let repo = repo(&[(".release.yaml", "version: 1\n"), (".gitignore", "/dist/\n")]);
    repo.tag("v1.0.0").git(&["remote", "remove", "origin"]);
    let ran = repo.call(&["preflight"]).exits(10).says("it is not known which repository to release in");
    assert!(ran.out.contains("skipped"), "{}", ran.out);
    assert!(!ran.out.contains("rate_limit") && !ran.err.contains("rate_limit"), "{}{}", ran.out, ran.err);
    assert!(!ran.out.contains("made again"), "{}", ran.out);
}

#[test]
fn a_shallow_clone_is_told_of_alone() {
    let whole = repo(&[(".release.yaml", "version: 1\n"), (".gitignore", "/dist/\n")]);
    whole.commit("feat: more").tag("v1.0.0");
    let shallow = repo(&[]);
    let from = format!("file://{}", whole.dir.to_str().unwrap());
    shallow.git(&["clone", "-q", "--depth", "1", &from, "inner"]);
    let ran = shallow.call(&["-C", "inner", "rehearse"]).exits(10).says("this is a shallow clone");
    for wrong in ["HTTP 500", "made again", "does not have the commit", "is not on the forge"] {
        assert!(!format!("{}{}", ran.out, ran.err).contains(wrong), "{wrong}\n{}{}", ran.out, ran.err);
    }
}
