//! What is written to disk and to releases stays readable: each form, with everything that may stand in it, is
//! read and written back byte for byte. A change here needs a new version of the form.

use release_model::evidence::EVIDENCE_FORMAT;
use release_model::plan::PLAN_FORMAT;
use release_model::{Evidence, Kind, Plan, Rank, Status, Step, TaskId, Use};

const EVIDENCE: &str = include_str!("golden/evidence.json");
const EVIDENCE_IN_DIST: &str = include_str!("golden/evidence-in-dist.json");
const PLAN: &str = include_str!("golden/plan.json");

fn id(text: &str) -> TaskId {
    TaskId(text.to_owned())
}

#[test]
fn evidence_is_written_as_it_was_read() {
    for text in [EVIDENCE, EVIDENCE_IN_DIST] {
        let read: Evidence = serde_json::from_str(text).unwrap();
        assert_eq!(read.format, EVIDENCE_FORMAT);
        assert_eq!(read.to_json().unwrap(), text);
    }
}

#[test]
fn evidence_means_what_stands_in_it() {
    let read: Evidence = serde_json::from_str(EVIDENCE).unwrap();
    assert!(read.run.is_none(), "nothing of a run is published");
    assert_eq!(read.artifacts().count(), 9);
    let test_run = &read.made[&id("gates/tests")].artifacts[0];
    assert!(!test_run.holds() && !test_run.kind.is_published());
    let blocks: Vec<&str> = read
        .judged
        .iter()
        .filter(|(_, judged)| judged.verdict.status.blocks())
        .map(|(task, _)| task.0.as_str())
        .collect();
    assert_eq!(blocks, ["gates/tests", "verify/download"]);
    assert_eq!(read.judged[&id("gates/vulnerabilities")].verdict.status, Status::Overridden);
    let problem = &read.judged[&id("gates/tests")].verdict.problems[0];
    assert_eq!(problem.place.as_ref().unwrap().to_string(), "greet_test.go:12:3");
    let in_dist: Evidence = serde_json::from_str(EVIDENCE_IN_DIST).unwrap();
    assert_eq!(in_dist.run.unwrap().timings[0].millis, 1500);
}

#[test]
fn a_plan_is_written_as_it_was_read_and_means_the_same() {
    let read: Plan = serde_json::from_str(PLAN).unwrap();
    assert_eq!(read.format, PLAN_FORMAT);
    assert_eq!(read.to_json().unwrap(), PLAN);
    let task = |text: &str| read.task(&id(text)).unwrap();
    assert_eq!(task("release/latest").kind, Kind::Target { rank: Rank::Pointer });
    assert_eq!(task("package/checksums").needs[0].what, Use::Bytes);
    assert_eq!(task("notify/webhook").step, Step::Notify);
    let flags = |text: &str| (task(text).soft, task(text).keeps, task(text).native);
    assert_eq!(flags("notify/webhook"), (true, false, false));
    assert_eq!(flags("gates/tests"), (false, true, false));
    assert_eq!(flags("build/go/linux_arm_v7"), (false, false, true));
}

/// A later version may say more; what this one reads stays what it was.
#[test]
fn what_is_not_known_is_passed_over() {
    let more = |text: &str| text.replacen("\"format\": 1,", "\"format\": 1,\n  \"later\": {\"a\": []},", 1);
    let (evidence, plan) = (more(EVIDENCE), more(PLAN));
    assert!(evidence != EVIDENCE && plan != PLAN);
    assert_eq!(serde_json::from_str::<Evidence>(&evidence).unwrap().to_json().unwrap(), EVIDENCE);
    assert_eq!(serde_json::from_str::<Plan>(&plan).unwrap().to_json().unwrap(), PLAN);
}
