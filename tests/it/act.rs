//! The templates and the reusable workflows, run by a runner for workflows against the embedded forge.

use std::collections::BTreeMap;

use crate::harness::{Held, Repo, World, forge, greeter, repo, root};
use crate::stage::{Event, stage};

const TAG: &str = "v1.0.1";

/// The example with every template as its workflow, tagged, and on the forge.
fn with_templates(world: &World) -> Repo {
    let repo = greeter();
    for entry in std::fs::read_dir(root().join("workflows-templates")).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|end| end == "yml") {
            let name = path.file_name().unwrap().to_str().unwrap();
            repo.write(&format!(".github/workflows/{name}"), std::fs::read(&path).unwrap());
        }
    }
    // A workflow whose later steps read what the first one gave.
    repo.write(".github/workflows/outputs.yml", OUTPUTS);
    repo.commit("fix: release by workflows").tag(TAG);
    world.seed(&repo);
    repo
}

const OUTPUTS: &str = "name: Outputs
on: push
jobs:
  outputs:
    runs-on: ubuntu-latest
    steps:
      - uses: org/release-action@v1
        id: made
        with:
          snapshot: true
          skip: gates
          set: build.targets=linux/amd64
      - run: echo \"version is $VERSION, checksums are in $(basename $CHECKSUMS)\"
        env:
          VERSION: ${{ steps.made.outputs.version }}
          CHECKSUMS: ${{ steps.made.outputs.checksums }}
";

#[test]
fn a_matrix_releases_the_same_bytes_as_one_job() {
    let runner = stage();
    let (many, one) = (forge(), forge());
    let repo = with_templates(&many);
    let ran = runner.act(&repo, &many, &Event::Tag(TAG), "go.yml").exits(0);
    let jobs = ran.out.matches("Job succeeded").count();
    assert_eq!(
        jobs, 9,
        "plan, gates, six builds, release
{}",
        ran.out
    );
    let by_matrix = many.release();
    assert_eq!(
        by_matrix.assets.keys().filter(|name| name.ends_with(".sbom.json")).count(),
        6,
        "{by_matrix:?}"
    );
    assert!(by_matrix.assets.contains_key("greeter_1.0.1_checksums.txt"), "{by_matrix:?}");

    one.seed(&repo);
    stage().act(&repo, &one, &Event::Tag(TAG), "dagger-module.yml").exits(0);
    // The evidence names the forge, and these are two.
    let downloads = |held: Held| -> BTreeMap<String, String> {
        held.assets.into_iter().filter(|(name, _)| name != "release-evidence.json").collect()
    };
    assert_eq!(downloads(by_matrix), downloads(one.release()));
}

/// `go.yml` calls the reusable workflow; here it finds nothing to build.
#[test]
fn a_project_with_nothing_to_build_is_released_by_the_matrix() {
    let world = forge();
    let repo = repo(&[(".release.yaml", "version: 1\n"), ("README.md", "# Words\n")]);
    let template = std::fs::read(root().join("workflows-templates/go.yml")).unwrap();
    repo.write(".github/workflows/go.yml", template);
    repo.commit("feat: words").tag(TAG);
    world.seed(&repo);
    let ran = stage().act(&repo, &world, &Event::Tag(TAG), "go.yml").exits(0);
    assert!(!ran.out.contains("/build ] ⭐ Run Main"), "no build is run\n{}", ran.out);
    assert!(world.release().assets.contains_key("release-evidence.json"));
}

#[test]
fn a_later_step_reads_the_outputs() {
    let world = forge();
    let repo = with_templates(&world);
    let ran = stage().act(&repo, &world, &Event::Tag(TAG), "outputs.yml").exits(0);
    ran.says("version is 1.0.1-SNAPSHOT-").says("checksums are in greeter_1.0.1-SNAPSHOT-");
    assert_eq!(world.releases(), Vec::new());
}

#[test]
fn a_pull_request_from_a_fork_runs_the_gates_and_writes_nothing() {
    let world = forge();
    let repo = with_templates(&world);
    let before = world.effects();
    let ran = stage().act(&repo, &world, &Event::Pull { fork: true }, "pull-request-gates.yml").exits(0);
    ran.says("go test").says("coverage").says("a pull request from a fork gets a token that can only read");
    assert_eq!(world.effects(), before);

    // The same workflow stops a change that breaks a test.
    repo.write(
        "internal/broken_test.go",
        "package internal\n\nimport \"testing\"\n\nfunc TestBroken(t *testing.T) { t.Fatal(\"broken\") }\n",
    );
    repo.commit("fix: break it");
    let ran = stage().act(&repo, &world, &Event::Pull { fork: true }, "pull-request-gates.yml");
    assert_ne!(ran.code, 0);
    ran.says("TestBroken");
    assert_eq!(world.effects(), before);
}

#[test]
fn every_night_the_release_is_rehearsed_and_nobody_outside_hears_of_it() {
    let world = forge();
    let repo = with_templates(&world);
    let before = world.effects();
    let ran = stage().act(&repo, &world, &Event::Schedule, "nightly.yml").exits(0);
    ran.says("published");
    assert_eq!(world.effects(), before);
}
