//! Which of several projects is meant: by the folder that is worked in, by a tag, by both.

use serde_json::Value;

use crate::harness::{Repo, repo};
use crate::runner::{branch_push, tag_push};

const BOTH: &str = "version: 1\nprojects: [{ dir: svc/äb, name: ab }, { dir: svc/c, name: c }]\n";

/// Two projects; `docs` is of none.
fn two() -> Repo {
    let files = ["svc/äb/README.md", "svc/c/README.md", "docs/README.md"].map(|name| (name, "# Words\n"));
    repo(&[&files[..], &[(".release.yaml", BOTH), (".gitignore", "/dist/\n")]].concat())
}

/// The project and the tag of a plan.
fn planned(json: &str) -> (String, String) {
    let plan: Value = serde_json::from_str(json).unwrap_or_else(|error| panic!("{error}: {json}"));
    let text = |name: &str| plan[name].as_str().unwrap().to_owned();
    (text("project"), text("tag"))
}

#[test]
fn the_folder_chooses_before_the_tags_at_head_do() {
    let repo = two();
    repo.tag("svc/c/v1.3.0");
    let plan = |dir: &str, more: &[&str]| {
        planned(&repo.call(&[&["-C", dir, "plan", "--json"], more].concat()).exits(0).out)
    };
    for more in [&[][..], &["--snapshot"]] {
        assert_eq!(plan("svc/äb", more), ("ab".into(), "svc/äb/v0.1.0".into()), "{more:?}");
        assert_eq!(plan("svc/c", more), ("c".into(), "svc/c/v1.3.0".into()), "{more:?}");
    }
    assert_eq!(plan(".", &[]).1, "svc/c/v1.3.0");
    repo.tag("svc/äb/v2.0.0");
    assert_eq!(plan("svc/äb", &[]).1, "svc/äb/v2.0.0");
    assert_eq!(plan("svc/c", &["--snapshot"]).1, "svc/c/v1.3.0");
    repo.call(&["plan"]).exits(10).says("tags of several projects").says("`-C DIR`");
    // Each project is looked at, whatever is at HEAD.
    repo.call(&["check"]).exits(0).says(".release.yaml is good");
}

#[test]
fn a_tag_of_another_project_is_refused() {
    let repo = two();
    repo.tag("svc/c/v1.3.0").tag("svc/äb/v0.1.0");
    let ran = repo.call(&["-C", "svc/äb", "plan", "--tag", "svc/c/v1.3.0"]).exits(2);
    let ran = ran.says("the tag svc/c/v1.3.0 is of the project svc/c, not of svc/äb");
    ran.says("its tags are svc/äb/vX.Y.Z").says("`-C svc/c`");
    let other = tag_push(&repo, "svc/äb/v0.1.0").with("working-directory", "svc/c");
    let step = other.with("step", "plan").run_alone();
    let ran = step.ran.exits(2).says("the tag svc/äb/v0.1.0 is of the project svc/äb, not of svc/c");
    ran.says("`working-directory: svc/äb`").says("startsWith(github.ref, 'refs/tags/svc/c/v')");
    let own = tag_push(&repo, "svc/c/v1.3.0").with("working-directory", "svc/c").with("step", "plan");
    assert_eq!(own.run_alone().outputs["tag"], "svc/c/v1.3.0");
}

#[test]
fn the_gates_of_a_project_need_no_tag_of_it() {
    let repo = two();
    repo.tag("svc/c/v1.3.0");
    let gates = branch_push(&repo).with("working-directory", "svc/äb").with("step", "gates");
    let step = gates.run_alone();
    let said = format!("{}{}", step.ran.out, step.ran.err);
    assert!(said.contains("ab 0.1.0-SNAPSHOT") && !said.contains("c 1.3.0"), "{said}");
    repo.tag("svc/äb/v0.1.0");
    let step = branch_push(&repo).with("step", "plan").run_alone();
    let ran = step.ran.exits(10).says("tags of several projects");
    assert!(!ran.err.contains("--tag"), "{}", ran.err);
    ran.says("the input `tag: DIR/vX.Y.Z`").says("`working-directory: DIR`");
}

#[test]
fn a_folder_of_no_project_is_refused() {
    let repo = two();
    for command in ["plan", "rehearse", "status"] {
        let ran = repo.call(&["-C", "docs", command]).exits(2).says(".release.yaml:2:");
        ran.says("the folder docs belongs to no project").says("its projects are in svc/äb, svc/c");
    }
    repo.write(".release.yaml", "version: 1\nproject: { dir: svc/c }\n");
    let ran = repo.call(&["-C", "svc/äb", "plan"]).exits(2);
    ran.says("the folder svc/äb belongs to no project").says("the only project is in svc/c");
    for dir in [".", "svc/c"] {
        repo.call(&["-C", dir, "plan"]).exits(0);
    }
}

#[test]
fn a_configuration_below_the_root_is_not_passed_over() {
    let repo =
        repo(&[("svc/c/d/README.md", "# Words\n"), ("svc/c/.release.yaml", "version: 1\nnonsense: 1\n")]);
    for (dir, command) in [("svc/c", "check"), ("svc/c/d", "plan"), ("svc/c", "rehearse")] {
        let ran = repo.call(&["-C", dir, command]).exits(2).says("svc/c/.release.yaml is no configuration");
        ran.says("`git mv svc/c/.release.yaml .release.yaml`").says("`--config`");
    }
    let ran = repo.call(&["-C", "svc/c", "check", "--config", ".release.yaml"]).exits(2);
    ran.says("unknown key `nonsense`");
    let step = branch_push(&repo).with("working-directory", "svc/c").with("step", "rehearse").run_alone();
    step.ran.exits(2).says("the input `config`");
    // At the root there is none, and nobody is in that folder.
    repo.call(&["check"]).exits(0).says("no configuration file");
    repo.write(".release.yaml", "version: 1\nproject: { dir: svc/c }\n");
    repo.call(&["-C", "svc/c", "check"]).exits(0).says(".release.yaml is good");
}
