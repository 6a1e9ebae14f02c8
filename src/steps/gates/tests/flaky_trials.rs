//! Real runs of tests that fail now and then.

use serde_json::{Value, json};

use super::Tests;
use crate::config::section::NoSettings;
use crate::model::{Artifact, Status, Verdict};
use crate::steps::trial::Trial;

const MOD: (&str, &str) = ("go.mod", "module example.com/m\n\ngo 1.21\n");

/// Each run of `TestTry` leaves a byte in `tries`; what happens then is the rest of it. `TestGood` passes.
fn tries(then: &str) -> String {
    format!(
        "package sub\n\nimport (\n\t\"os\"\n\t\"testing\"\n)\n\nfunc TestGood(t *testing.T) {{}}\n\nfunc try() int {{\n\told, _ := os.ReadFile(\"tries\")\n\tif os.WriteFile(\"tries\", append(old, 'x'), 0o600) != nil {{\n\t\tpanic(\"disk\")\n\t}}\n\treturn len(old)\n}}\n\nfunc TestTry(t *testing.T) {{\n\tt.Run(\"inner\", func(t *testing.T) {{\n\t\t{then}\n\t}})\n}}\n"
    )
}

const PASSES_SECOND: &str = "if try() == 0 {\n\t\t\tt.Fatal(\"not yet\")\n\t\t}";
const FAILS: &str = "t.Fatal(try())";

async fn run(test: &str, reruns: u8) -> (Trial, Vec<Artifact>) {
    let mut trial = Trial::of(&[MOD, ("sub/a.go", "package sub\n"), ("sub/a_test.go", test)]).await;
    let planned = trial
        .planned::<Tests, NoSettings>(json!({ "race": false, "reruns": reruns, "timeout": "3s" }), json!({}));
    let made = trial.make(&planned[0]).await.unwrap();
    (trial, made)
}

/// The verdict on the run that was, with other settings.
async fn verdict(trial: &Trial, room: Value) -> Verdict {
    let planned = trial.plan::<Tests, NoSettings>(room, json!({})).unwrap();
    trial.check(&planned[1]).await.unwrap()
}

fn tried(trial: &Trial) -> usize {
    trial.ports.files.read(&trial.root.join("sub/tries"), 100).unwrap().len()
}

fn list(test: &str, expires: &str) -> Value {
    json!({ "quarantine": [{ "test": test, "reason": "it waits for a clock", "owner": "ann", "expires": expires }] })
}

#[tokio::test]
async fn a_test_that_passes_when_it_runs_again_is_flaky() {
    let (trial, made) = run(&tries(PASSES_SECOND), 2).await;
    assert_eq!(tried(&trial), 2, "it ran again once, and no other test made it fail");
    assert!(made.iter().all(Artifact::holds));
    let verdict_on = verdict(&trial, json!({})).await;
    assert_eq!(verdict_on.status, Status::Fail);
    assert_eq!(verdict_on.summary, "3 passed, 0 left out, 1 flaky");
    let problem = &verdict_on.problems[0];
    assert_eq!(
        problem.what,
        "TestTry/inner of example.com/m/sub is flaky: it failed, and passed when it ran again"
    );
    assert!(problem.causes[0].contains("not yet"), "{problem}");
    let passed = verdict(&trial, json!({ "allow_flaky": true })).await;
    assert_eq!(passed.status, Status::Pass);
    let row = passed.rows.iter().find(|row| row.metric == "flaky tests").unwrap();
    assert_eq!(row.actual, "1: example.com/m/sub: TestTry/inner");
    let passed = verdict(&trial, list("TestTry", "9999-01-01")).await;
    assert_eq!(passed.status, Status::Pass, "{passed:#?}");
    let row = passed.rows.iter().find(|row| row.metric == "flaky tests").unwrap();
    assert_eq!(row.actual, "1: example.com/m/sub: TestTry/inner (ann, until 9999-01-01)");
    assert_eq!(verdict(&trial, list("TestTry", "2020-01-01")).await.status, Status::Fail);
}

#[tokio::test]
async fn a_test_that_fails_each_time_fails_unless_it_is_in_quarantine() {
    let (trial, made) = run(&tries(FAILS), 2).await;
    assert_eq!(tried(&trial), 3);
    assert!(!made.iter().any(Artifact::holds));
    assert_eq!(verdict(&trial, json!({ "allow_flaky": true })).await.status, Status::Fail);
    for (test, expires, status) in [
        ("TestTry", "9999-01-01", Status::Pass),
        ("example.com/m/sub: TestTry/inner", "9999-01-01", Status::Pass),
        ("TestTry", "2020-01-01", Status::Fail),
        ("TestGood", "9999-01-01", Status::Fail),
    ] {
        let verdict = verdict(&trial, list(test, expires)).await;
        assert_eq!(verdict.status, status, "{test} {expires}: {verdict:#?}");
    }
}

#[tokio::test]
async fn what_is_in_quarantine_and_not_there_fails() {
    let mut trial = Trial::of(&[MOD, ("sub/a_test.go", &tries("try()"))]).await;
    let mut room = list("TestTry", "9999-01-01");
    room["race"] = json!(false);
    let planned = trial.planned::<Tests, NoSettings>(room, json!({}));
    trial.make(&planned[0]).await.unwrap();
    assert_eq!(trial.check(&planned[1]).await.unwrap().status, Status::Pass, "it passes today");
    let gone = verdict(&trial, list("TestGone", "9999-01-01")).await;
    assert_eq!(gone.status, Status::Fail);
    assert!(gone.problems[0].what.contains("fits no test that ran"), "{gone:#?}");
}

#[tokio::test]
async fn what_broke_is_not_run_again_and_cannot_be_in_quarantine() {
    for then in ["try()\n\t\tpanic(\"ouch\")", "try()\n\t\tos.Exit(1)", "try()\n\t\tselect {}"] {
        let (trial, made) = run(&tries(then), 2).await;
        assert_eq!(tried(&trial), 1, "{then}");
        assert!(!made.iter().any(Artifact::holds));
        let verdict = verdict(&trial, list("TestTry", "9999-01-01")).await;
        assert!(verdict.status.blocks(), "{then}: {verdict:#?}");
    }
}

#[tokio::test]
async fn the_slowest_tests_are_told_outside_of_what_is_kept() {
    let (trial, _) = run(
        &tries("time.Sleep(30 * time.Millisecond)").replace("\t\"testing\"", "\t\"testing\"\n\t\"time\""),
        0,
    )
    .await;
    let text = trial.ports.files.read(&trial.dist().join("report/tests/slowest.txt"), 1000).unwrap();
    assert!(String::from_utf8(text).unwrap().starts_with("example.com/m/sub: TestTry 0.0"));
    assert!(trial.said().contains("the slowest tests:"), "{}", trial.said());
}

#[tokio::test]
async fn settings_that_make_no_sense_are_refused() {
    let trial = Trial::of(&[MOD]).await;
    for room in [
        json!({ "reruns": 11 }),
        json!({ "quarantine": [{ "test": "", "reason": "r", "owner": "o", "expires": "2027-01-31" }] }),
        json!({ "quarantine": [{ "test": "T", "reason": "r", "owner": " ", "expires": "2027-01-31" }] }),
    ] {
        assert!(trial.plan::<Tests, NoSettings>(room.clone(), json!({})).is_err(), "{room}");
    }
}
