//! Cancelled by the runner while it builds, uploads and publishes, with the runner's own patience; then
//! "re-run failed jobs" on an empty machine.

use crate::harness::{Repo, World, forge, forge_with, greeter, undisturbed};
use crate::runner::{Step, tag_push};

/// A job that was cancelled, and what the repository's release looks like then.
fn cancelled(world: &World, repo: &Repo, so: impl FnMut() -> bool) -> Step {
    let job = tag_push(repo, "v1.0.0").with("skip", "gates");
    let step = job.cancelled_by_the_runner(world, so);
    assert!([130, 143].contains(&step.ran.code), "{}: {}", step.ran.code, step.ran.err);
    let page = &step.summary;
    for words in ["What a re-run does", "Nothing is published twice"] {
        assert!(page.contains(words), "{words}: {page}");
    }
    let finished = repo.journal().iter().any(|line| line["event"] == "run_finished");
    assert!(finished, "the journal tells how it ended");
    step
}

/// The second attempt, on an empty machine, ends in the release that nobody disturbed.
fn rerun(world: &World, repo: &Repo) -> Step {
    let fresh = repo.fresh_clone();
    let step = tag_push(&fresh, "v1.0.0").with("skip", "gates").var("GITHUB_RUN_ATTEMPT", "2").run(world);
    assert_eq!(step.ran.code, 0, "{}", step.ran.err);
    assert_eq!(world.release().assets, undisturbed());
    let published = world.effects().iter().filter(|words| words.contains("ublished")).count();
    assert_eq!(published, 1, "{:#?}", world.effects());
    assert!(step.outputs["release-url"].ends_with("/releases/tag/v1.0.0"), "{:?}", step.outputs);
    step
}

fn events(repo: &Repo, event: &str, task: &str) -> usize {
    let fits = |line: &&serde_json::Value| {
        line["event"] == event && line["task"].as_str().is_some_and(|id| id.starts_with(task))
    };
    repo.journal().iter().filter(fits).count()
}

#[test]
fn in_a_build() {
    let world = forge();
    let repo = greeter();
    world.seed(&repo);
    cancelled(&world, &repo, || events(&repo, "task_started", "build/") > 0);
    assert_eq!(world.releases(), [], "nothing was shown to the world");
    rerun(&world, &repo);
}

#[test]
fn in_an_upload() {
    // The third one never ends.
    let world = forge_with(&["POST */assets#3=hang"]);
    let repo = greeter();
    world.seed(&repo);
    cancelled(&world, &repo, || {
        world.requests("POST", "/assets") >= 3 && events(&repo, "intent", "release/") >= 4
    });
    let left = world.releases();
    assert!(left.len() == 1 && left[0].draft, "{left:?}");
    let step = rerun(&world, &repo);
    assert_eq!(step.outputs["resumed"], "true");
}

#[test]
fn in_publishing() {
    // Done at once, and its answer never comes.
    let world = forge_with(&["PATCH */releases/{n}#1=applied-then-timeout:60s"]);
    let repo = greeter();
    world.seed(&repo);
    cancelled(&world, &repo, || {
        events(&repo, "intent", "release/github/publish") > 0 && world.releases().iter().any(|one| !one.draft)
    });
    let step = rerun(&world, &repo);
    assert_eq!(step.outputs["resumed"], "true");
}
