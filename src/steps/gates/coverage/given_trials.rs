//! Coverage reports that were given.

use std::time::{Duration, SystemTime};

use serde_json::{Value, json};

use super::Coverage;
use crate::model::facts::Tag;
use crate::model::{Problem, Row, Status, Verdict};
use crate::steps::gates::GatesSettings;
use crate::steps::trial::Trial;

const SOURCES: [(&str, &str); 3] =
    [("src/p/a.py", "a\nb\nc\n"), ("src/p/b.py", "a\nb\n"), ("Makefile", "all:\n")];

async fn trial(reports: &[(&str, &str)]) -> Trial {
    let trial = Trial::of(&SOURCES).await;
    for (name, text) in reports {
        trial.ports.files.write(&trial.root.join(name), text.as_bytes()).unwrap();
    }
    trial
}

async fn judged(trial: &Trial, room: Value, reports: &[&str]) -> Result<Verdict, Problem> {
    let step = json!({ "reports": reports });
    let planned = trial.looked::<Coverage, GatesSettings>(room, step).await?;
    trial.check(&planned[0]).await
}

fn lcov(file: &str, lines: &[(u32, u32)]) -> String {
    let lines: String = lines.iter().map(|(line, count)| format!("DA:{line},{count}\n")).collect();
    format!("TN:\nSF:{file}\n{lines}end_of_record\n")
}

fn row<'a>(verdict: &'a Verdict, metric: &str) -> &'a Row {
    verdict.rows.iter().find(|row| row.metric.starts_with(metric)).unwrap_or_else(|| panic!("{verdict:#?}"))
}

#[tokio::test]
async fn kinds_are_shown_and_their_union_is_judged() {
    let unit = lcov("/ci/x/src/p/a.py", &[(1, 1), (2, 0), (3, 0)]);
    let functional = lcov("p/a.py", &[(1, 0), (2, 4), (3, 0)]) + &lcov("p/b.py", &[(1, 1)]);
    let trial = trial(&[("u.info", &unit), ("f.info", &functional)]).await;
    let reports = ["unit=u.info", "functional=f.info"];
    let verdict = judged(&trial, json!({ "minimum": 75 }), &reports).await.unwrap();
    assert_eq!(verdict.status, Status::Pass, "{verdict:#?}");
    assert_eq!(verdict.summary, "75.00 % of lines (3 of 4)");
    assert_eq!(row(&verdict, "lines covered by unit tests").actual, "33.33 % (1 of 3)");
    assert_eq!(row(&verdict, "lines covered by functional tests").actual, "50.00 % (2 of 4)");
    assert_eq!(
        row(&verdict, "covered only by functional").actual,
        "src/p/a.py (1 line), src/p/b.py (1 line)"
    );
    let given: Vec<&str> = verdict.evidence.iter().map(|proof| proof.what.as_str()).collect();
    assert!(
        given.contains(&"u.info (LCOV tracefile)") && given.contains(&"f.info (LCOV tracefile)"),
        "{given:?}"
    );
    assert!(verdict.evidence.iter().all(|proof| proof.digest.is_some()));
    assert_eq!(row(&verdict, "files that cost most").actual, "src/p/a.py (1 line)");
    let verdict = judged(&trial, json!({ "minimum": 75.1 }), &reports).await.unwrap();
    assert_eq!(verdict.status, Status::Fail);
    assert_eq!(verdict.problems[0].place.as_ref().unwrap().to_string(), "src/p/a.py:3");
    assert!(verdict.problems[0].fix.as_ref().unwrap().contains("the 1 line in src/p/a.py:3 would"));
}

#[tokio::test]
async fn files_of_others_are_listed_and_alone_they_are_an_error() {
    let own = lcov("src/p/a.py", &[(1, 1)]);
    let other = lcov("/usr/lib/x.py", &[(1, 0), (2, 0)]);
    let trial = trial(&[("own.info", &(own + &other)), ("other.info", &other)]).await;
    let verdict = judged(&trial, json!({}), &["own.info"]).await.unwrap();
    assert_eq!((verdict.status, verdict.summary.as_str()), (Status::Pass, "100 % of lines (1 of 1)"));
    assert_eq!(row(&verdict, "files of the reports").actual, "1 of 2: /usr/lib/x.py");
    let problem = judged(&trial, json!({}), &["other.info"]).await.unwrap_err();
    assert!(problem.what.contains("of another project"), "{problem}");
}

#[tokio::test]
async fn stale_changed_and_broken_reports_are_no_evidence() {
    let text = lcov("src/p/a.py", &[(1, 1)]);
    let trial = trial(&[("own.info", &text), ("cut.info", &text[..text.len() - 5])]).await;
    let problem = judged(&trial, json!({}), &["cut.info"]).await.unwrap_err();
    assert_eq!(problem.what, "cut.info is no evidence");
    assert_eq!(problem.place.as_ref().unwrap().to_string(), "cut.info:4");
    let step = json!({ "reports": ["own.info"] });
    let planned = trial.looked::<Coverage, GatesSettings>(json!({}), step).await.unwrap();
    trial.ports.files.write(&trial.root.join("own.info"), lcov("src/p/a.py", &[(1, 2)]).as_bytes()).unwrap();
    let problem = trial.check(&planned[0]).await.unwrap_err();
    assert!(problem.what.contains("was changed"), "{problem}");
    let step = json!({ "reports": ["own.info"], "max_report_age": "0s" });
    let planned = trial.looked::<Coverage, GatesSettings>(json!({}), step).await.unwrap();
    let problem = trial.check(&planned[0]).await.unwrap_err();
    assert_eq!(problem.what, "own.info is too old");
    let mut later = trial;
    later.facts.commit.date = (SystemTime::now() + Duration::from_secs(3600)).into();
    let problem = judged(&later, json!({}), &["own.info"]).await.unwrap_err();
    assert_eq!(problem.what, "own.info is older than the commit");
}

#[tokio::test]
async fn a_report_is_as_old_as_it_says() {
    let report = |seconds: i64| {
        let timestamp = (chrono::Utc::now().timestamp() + seconds) * 1000;
        format!(
            "<coverage line-rate='1' timestamp='{timestamp}'><packages><package><classes><class filename='src/p/a.py'><lines><line number='1' hits='1'/></lines></class></classes></package></packages></coverage>"
        )
    };
    for (seconds, what) in [
        (-13 * 3600, Some("a.xml is too old")),
        (-400 * 86_400, Some("a.xml is older than the commit")),
        (3600, Some("a.xml is of the future")),
        (60, None),
        (-3600, None),
    ] {
        let mut trial = trial(&[("a.xml", &report(seconds))]).await;
        trial.facts.commit.date = (SystemTime::now() - Duration::from_secs(200 * 86_400)).into();
        let judged = judged(&trial, json!({ "minimum": 1 }), &["a.xml"]).await;
        assert_eq!(judged.as_ref().err().map(|problem| problem.what.as_str()), what, "{judged:?}");
    }
}

#[tokio::test]
async fn lines_that_are_not_there_are_of_another_commit() {
    let trial = trial(&[
        ("here.info", &lcov("src/p/a.py", &[(1, 1), (3, 1), (4, 1)])),
        ("alone.info", &lcov("src/p/a.py", &[(1, 1), (4, 1)])),
        ("gone.info", &lcov("src/p/a.py", &[(1, 1), (5, 1)])),
    ])
    .await;
    let verdict = judged(&trial, json!({}), &["here.info"]).await.unwrap();
    assert_eq!(verdict.status, Status::Pass);
    for (report, line) in [("alone.info", 4), ("gone.info", 5)] {
        let problem = judged(&trial, json!({}), &[report]).await.unwrap_err();
        assert!(problem.what.contains("of another commit"), "{problem}");
        assert_eq!(problem.causes, [format!("it speaks of line {line} of src/p/a.py, which has 3")]);
    }
}

#[tokio::test]
async fn more_lines_than_a_file_has_are_of_another_commit() {
    let summary = |total: u64| {
        let lines = format!(r#"{{"lines":{{"total":{total},"covered":{total}}}}}"#);
        format!(r#"{{"total":{lines},"src/p/a.py":{lines}}}"#)
    };
    let trial = trial(&[("fits.json", &summary(3)), ("more.json", &summary(30))]).await;
    let verdict = judged(&trial, json!({}), &["fits.json"]).await.unwrap();
    assert_eq!(verdict.status, Status::Pass);
    let problem = judged(&trial, json!({}), &["more.json"]).await.unwrap_err();
    assert!(problem.what.contains("of another commit"), "{problem}");
    assert_eq!(problem.causes, ["it speaks of 30 lines of src/p/a.py, which has 3"]);
}

#[tokio::test]
async fn files_that_git_leaves_out_are_none_of_the_project() {
    let trial = trial(&[
        (".gitignore", "build/\n"),
        ("build/gen.py", "a\nb\n"),
        ("gen.info", &lcov("build/gen.py", &[(1, 1), (2, 1)])),
    ])
    .await;
    let problem = judged(&trial, json!({ "minimum": 0 }), &["gen.info"]).await.unwrap_err();
    assert!(problem.what.contains("of another project"), "{problem}");
}

#[tokio::test]
async fn reports_that_measure_in_two_ways_are_not_merged() {
    let lines = lcov("src/p/a.py", &[(1, 1)]);
    let totals =
        r#"{"total":{"lines":{"total":3,"covered":3}},"src/p/a.py":{"lines":{"total":3,"covered":3}}}"#;
    let trial = trial(&[("a.info", &lines), ("b.json", totals)]).await;
    let problem = judged(&trial, json!({}), &["a.info", "b.json"]).await.unwrap_err();
    assert!(problem.causes[0].contains("src/p/a.py: the file is measured by lines"), "{problem}");
}

#[tokio::test]
async fn changed_lines_have_a_minimum_of_their_own() {
    let report = lcov("src/p/a.py", &[(1, 1), (2, 0), (3, 0)]) + &lcov("src/p/b.py", &[(1, 1)]);
    let mut trial = trial(&[("own.info", &report)]).await;
    let room = json!({ "minimum": 10, "patch": 60 });
    let verdict = judged(&trial, room.clone(), &["own.info"]).await.unwrap();
    assert_eq!(row(&verdict, "changed lines").actual, "skipped: there is no version before this one");
    let head = trial.ports.git.text(&["rev-parse", "HEAD"]).await.unwrap();
    let version = "1.0.0".parse().unwrap();
    trial.facts.previous = Some(Tag { name: "v1.0.0".into(), version, commit: head, annotated: true });
    let verdict = judged(&trial, room.clone(), &["own.info"]).await.unwrap();
    assert_eq!(row(&verdict, "changed lines").actual, "skipped: no measured line changed since v1.0.0");
    // Lines 1 and 2 are new, of which one is covered.
    trial.ports.files.write(&trial.root.join("src/p/a.py"), b"x\ny\nb\nc\n").unwrap();
    trial.ports.files.write(&trial.root.join("own.info"), report.as_bytes()).unwrap();
    let verdict = judged(&trial, room, &["own.info"]).await.unwrap();
    assert_eq!(verdict.status, Status::Fail);
    let row = row(&verdict, "lines covered that were changed since v1.0.0");
    assert_eq!((row.actual.as_str(), row.ok), ("50.00 % (1 of 2)", false));
    assert_eq!(verdict.problems[0].causes[0], "not covered: src/p/a.py:2");
    assert_eq!(
        judged(&trial, json!({ "minimum": 10, "patch": 50 }), &["own.info"]).await.unwrap().status,
        Status::Pass
    );
    // A new file that no test has loaded is in no report of many tools; one of tests never is.
    trial.ports.files.write(&trial.root.join("src/p/test_new.py"), b"x\n").unwrap();
    trial.ports.git.run(&["add", "src/p/test_new.py"]).await.unwrap();
    let half = json!({ "minimum": 10, "patch": 50 });
    assert_eq!(judged(&trial, half.clone(), &["own.info"]).await.unwrap().status, Status::Pass);
    trial.ports.files.write(&trial.root.join("src/p/new.py"), b"x\ny\n").unwrap();
    trial.ports.git.run(&["add", "src/p/new.py"]).await.unwrap();
    let verdict = judged(&trial, half, &["own.info"]).await.unwrap();
    assert_eq!(verdict.status, Status::Error);
    assert_eq!(verdict.problems[0].causes, ["src/p/new.py"]);
    let out = json!({ "minimum": 10, "patch": 50, "exclude": ["src/p/new.py"] });
    assert_eq!(judged(&trial, out, &["own.info"]).await.unwrap().status, Status::Pass);
    trial.facts.env.insert("GITHUB_BASE_REF".into(), "nowhere".into());
    let problem = judged(&trial, json!({ "minimum": 10, "patch": 1 }), &["own.info"]).await.unwrap_err();
    assert!(problem.fix.unwrap().contains("fetch-depth: 0"));
}
