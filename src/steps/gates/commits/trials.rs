//! The room tried out on a history.

use serde_json::{Value, json};

use super::Commits;
use crate::config::section::NoSettings;
use crate::model::facts::Tag;
use crate::model::{Status, Verdict};
use crate::steps::trial::Trial;

async fn with(messages: &[&str]) -> Trial {
    let mut trial = Trial::of(&[("go.mod", "module m\n")]).await;
    let git = &trial.ports.git;
    let base = git.text(&["rev-parse", "HEAD"]).await.unwrap();
    for message in messages {
        let who = ["-c", "user.name=a", "-c", "user.email=a@example.com"];
        let words = ["commit", "--quiet", "--allow-empty", "--message", message];
        git.run(&[who.as_slice(), words.as_slice()].concat()).await.unwrap();
    }
    trial.facts.commit.id = trial.ports.git.text(&["rev-parse", "HEAD"]).await.unwrap();
    trial.facts.previous =
        Some(Tag { name: "v0.1.0".into(), version: "0.1.0".parse().unwrap(), commit: base, annotated: true });
    trial
}

async fn judged(trial: &Trial, room: Value) -> Verdict {
    let planned = trial.plan::<Commits, NoSettings>(room, json!({})).unwrap();
    trial.check(&planned[0]).await.unwrap()
}

#[tokio::test]
async fn every_message_since_the_last_release_counts() {
    let trial = with(&["feat: a", "fix(x): b\n\nbody"]).await;
    let verdict = judged(&trial, json!({})).await;
    assert_eq!(
        (verdict.status, verdict.summary.as_str()),
        (Status::Pass, "2 of 2 commits since v0.1.0 are conventional")
    );

    let trial = with(&["feat: a", "more work", "fix: b"]).await;
    let verdict = judged(&trial, json!({})).await;
    assert_eq!(verdict.status, Status::Fail);
    assert_eq!(verdict.problems.len(), 1);
    assert!(verdict.problems[0].what.ends_with("`more work`"), "{}", verdict.problems[0].what);
}

#[tokio::test]
async fn nothing_to_look_at_is_no_pass() {
    let trial = with(&[]).await;
    assert_eq!(judged(&trial, json!({})).await.status, Status::Error);
    assert!(trial.plan::<Commits, NoSettings>(json!({ "types": [] }), json!({})).is_err());
}
