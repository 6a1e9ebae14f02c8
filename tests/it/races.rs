//! Two runs that make the same release at the same moment: the other one is played by hand, at the points where they
//! meet. And answers of the forge that are about something else.

use crate::drafts::the_first_draft_is_left;
use crate::harness::{Repo, World, house, undisturbed};
use crate::running::Running;

const RUN: [&str; 3] = ["run", "--skip", "gates"];

/// The last upload leaves a beginning, as that of another run does while it is under way. When it is tried again it
/// is seen so, and the look whether the release is still a draft says yes, with an answer that takes its time.
const LATE: [&str; 2] = ["POST */assets#14=starter", "GET */releases/{n}#15-99=delay:25s"];

/// The tasks with such an event, as often as they have it.
fn tasks(repo: &Repo, event: &str) -> Vec<String> {
    let of_event =
        |line: &serde_json::Value| (line["event"] == event).then(|| line["task"].as_str().map(str::to_owned));
    repo.journal().iter().filter_map(of_event).flatten().collect()
}

/// Waits until an asset is tried again, and gives its name.
fn second_try(running: &mut Running, repo: &Repo) -> String {
    let mut name = String::new();
    running.wait_for("a second try", || {
        let Some(again) = tasks(repo, "task_retried").into_iter().find(|task| task.contains("/asset/"))
        else {
            return false;
        };
        name = again.rsplit('/').next().unwrap().to_owned();
        tasks(repo, "intent").iter().filter(|task| **task == again).count() == 2
    });
    name
}

fn count(world: &World, words: &str) -> usize {
    world.effects().iter().filter(|effect| effect.contains(words)).count()
}

#[test]
fn a_draft_that_another_run_made_at_the_same_moment_is_removed_at_once() {
    // It is made, and the answer takes its time.
    let (world, repo) = house(&["POST */releases#1=delay:25s"]);
    let mark = repo.mark("v1.0.0");
    let mut running = repo.start(&world, &RUN);
    running.wait_for("a draft", || count(&world, "draft release v1.0.0 made") == 1);
    let later = world.draft("v1.0.0", &mark);
    world.hurry();
    assert_eq!(running.end(), Some(0));
    assert_eq!(world.release().assets, undisturbed());
    assert_eq!(count(&world, &format!("draft release v1.0.0 deleted, number {later}")), 1);
    assert!(
        !tasks(&repo, "task_retried").iter().any(|task| task.ends_with("/draft")),
        "nothing was waited for"
    );
}

#[test]
fn a_draft_that_another_run_removes_at_the_same_moment_is_no_failure() {
    // Both are seen. When preflight looks into the first one, and the draft's task into the later one, it is gone.
    the_first_draft_is_left(&["GET */releases/{n}/assets#2-3=status:404"]);
}

#[test]
fn an_asset_that_another_run_has_put_there_meanwhile_stays() {
    let (world, repo) = house(&LATE);
    let mut running = repo.start(&world, &RUN);
    let name = second_try(&mut running, &repo);
    let bytes = std::fs::read(repo.dir.join("dist").join(&name)).unwrap();
    world.replace(world.number(), &name, bytes);
    world.hurry();
    assert_eq!(running.end(), Some(0));
    // The other run might be publishing: without it the release would be public with an asset missing.
    assert_eq!(count(&world, "deleted from"), 1, "only by hand: {:#?}", world.effects());
    assert_eq!(world.release().assets, undisturbed());
}

#[test]
fn evidence_that_another_run_is_publishing_stays() {
    let (world, repo) = house(&["GET */releases/{n}#1=delay:25s"]);
    let mut running = repo.start(&world, &RUN);
    let evidence = || tasks(&repo, "intent").iter().any(|task| task.ends_with("/evidence"));
    let written = || std::fs::read_to_string(repo.dir.join("dist/release-evidence.json")).ok();
    running.wait_for("the evidence", || evidence() && written().is_some());
    world.upload(world.number(), "release-evidence.json", written().unwrap());
    world.relabel("release-evidence.json", "release-evidence.json");
    world.hurry();
    assert_eq!(running.end(), Some(0));
    assert_eq!(count(&world, "deleted from"), 0, "{:#?}", world.effects());
    assert_eq!(count(&world, "uploaded to"), 14);
    assert_eq!(world.release().assets, undisturbed());
}

#[test]
fn a_release_that_another_run_made_immutable_is_compared() {
    let (world, repo) = house(&LATE);
    world.call_as_admin("PUT", "immutable-releases", "");
    let mut running = repo.start(&world, &RUN);
    let name = second_try(&mut running, &repo);
    let number = world.number();
    world.replace(number, &name, std::fs::read(repo.dir.join("dist").join(&name)).unwrap());
    // Another run of the same plan, which the first would claim the draft back from.
    let assets = world.get(&format!("/repos/acme/greeter/releases/{number}/assets?per_page=100"));
    let evidence = assets.as_array().unwrap().iter().find(|asset| asset["name"] == "release-evidence.json");
    let label = evidence.unwrap()["label"].as_str().unwrap();
    let (before, by) = label.split_once(" by=").unwrap();
    world.relabel("release-evidence.json", &format!("{before} by=00000000000000cc{}", &by[16..]));
    let path = format!("/api/v3/repos/acme/greeter/releases/{number}");
    assert_eq!(world.call("PATCH", &path, "{\"draft\": false}")["immutable"], true);
    world.hurry();
    assert_eq!(running.end(), Some(0));
    assert_eq!(world.release().assets, undisturbed());
}

#[test]
fn answers_about_something_else_are_not_believed_and_cost_no_second_run() {
    let (world, repo) = house(&[
        "GET */releases/{n}#1=wrong-content",
        "GET */releases/{n}#4=wrong-content",
        "PATCH */releases/{n}#1=wrong-content",
        "POST */assets#1=wrong-content",
        "POST */assets#3=wrong-content",
    ]);
    repo.run(&world, &RUN).exits(0);
    assert_eq!(world.release().assets, undisturbed());
    assert_eq!(
        (count(&world, "ublished"), count(&world, "uploaded to"), count(&world, "deleted")),
        (1, 14, 0)
    );
}
