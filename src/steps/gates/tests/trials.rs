//! Real runs of `go test`.

use serde_json::{Value, json};

use super::Tests;
use crate::config::section::NoSettings;
use crate::model::{Artifact, Problem, Status, Verdict};
use crate::steps::trial::Trial;

const MOD: (&str, &str) = ("go.mod", "module example.com/m\n\ngo 1.21\n");
const CODE: (&str, &str) = ("sub/a.go", "package sub\n\nfunc Two() int { return 2 }\n");

async fn run(
    files: &[(&str, &str)],
    room: Value,
) -> (Trial, Result<Vec<Artifact>, Problem>, Result<Verdict, Problem>) {
    let mut trial = Trial::of(files).await;
    let planned = trial.planned::<Tests, NoSettings>(room, json!({}));
    let made = trial.make(&planned[0]).await;
    let verdict = trial.check(&planned[1]).await;
    (trial, made, verdict)
}

/// The verdict on one test file in a package of its own, without the race detector, which only takes time.
async fn verdict_on(test: &str) -> Verdict {
    run(&[MOD, CODE, ("sub/a_test.go", test)], json!({ "race": false })).await.2.unwrap()
}

#[tokio::test]
async fn good_tests_pass_and_leave_the_same_bytes_twice() {
    let test = "package sub\n\nimport \"testing\"\n\nfunc TestTwo(t *testing.T) {\n\tt.Run(\"sub\", func(t *testing.T) {\n\t\tif Two() != 2 {\n\t\t\tt.Fatal()\n\t\t}\n\t})\n}\n\nfunc TestLeft(t *testing.T) { t.Skip() }\n";
    let files = [MOD, CODE, ("sub/a_test.go", test), ("none/n.go", "package none\n\nfunc F() {}\n")];
    let (_, one, verdict) = run(&files, json!({})).await;
    let verdict = verdict.unwrap();
    assert_eq!(
        (verdict.status, verdict.summary.as_str()),
        (Status::Pass, "2 passed, 1 left out, race detector on")
    );
    assert!(verdict.evidence.iter().any(|proof| proof.digest.is_some()));
    let (trial, two, _) = run(&files, json!({})).await;
    let (one, two) = (one.unwrap(), two.unwrap());
    assert_eq!(one, two);
    assert!(one.iter().all(Artifact::holds));
    let profile =
        trial.ports.files.read(&trial.dist().join("report/coverage/go-coverage.out"), 1000).unwrap();
    // The brace columns differ between versions of Go; the statements do not.
    assert!(String::from_utf8(profile).unwrap().starts_with("mode: set\nexample.com/m/"));
    assert!(trial.said().contains("ok  \texample.com/m/sub"), "{}", trial.said());
}

#[tokio::test]
async fn a_failed_test_fails_with_its_place_and_is_not_kept() {
    let test = "package sub\n\nimport \"testing\"\n\nfunc TestTwo(t *testing.T) {\n\tt.Fatalf(\"got %d\", Two())\n}\n";
    let (_, made, verdict) = run(&[MOD, CODE, ("sub/a_test.go", test)], json!({ "race": false })).await;
    assert!(!made.unwrap().iter().any(Artifact::holds));
    let verdict = verdict.unwrap();
    assert_eq!(verdict.status, Status::Fail);
    let problem = &verdict.problems[0];
    assert_eq!(problem.what, "TestTwo of example.com/m/sub failed");
    assert_eq!(problem.place.as_ref().unwrap().to_string(), "sub/a_test.go:6");
    assert!(problem.causes[0].contains("got 2"));
    assert_eq!(problem.fix.as_deref(), Some("run `go test -run '^TestTwo$' ./sub`"));
}

#[tokio::test]
async fn a_data_race_fails() {
    let test = "package sub\n\nimport \"testing\"\n\nfunc TestRace(t *testing.T) {\n\tn, done := 0, make(chan bool)\n\tgo func() { n++; done <- true }()\n\tn++\n\t<-done\n\t_ = n\n}\n";
    let (_, _, verdict) = run(&[MOD, CODE, ("sub/a_test.go", test)], json!({})).await;
    let verdict = verdict.unwrap();
    assert_eq!(verdict.status, Status::Fail);
    assert_eq!(verdict.problems[0].what, "TestRace of example.com/m/sub has a data race");
}

#[tokio::test]
async fn passing_tests_before_os_exit_fail() {
    let test = "package sub\n\nimport (\n\t\"os\"\n\t\"testing\"\n)\n\nfunc TestTwo(t *testing.T) {}\n\nfunc TestMain(m *testing.M) {\n\tm.Run()\n\tos.Exit(3)\n}\n";
    let verdict = verdict_on(test).await;
    assert_eq!(verdict.status, Status::Fail);
    assert_eq!(verdict.problems[0].what, "example.com/m/sub failed, though no single test did");
}

#[tokio::test]
async fn a_panic_fails() {
    let verdict =
        verdict_on("package sub\n\nimport \"testing\"\n\nfunc TestTwo(t *testing.T) { panic(\"ouch\") }\n")
            .await;
    assert_eq!(verdict.status, Status::Fail);
    assert!(verdict.problems.iter().any(|problem| problem.to_string().contains("ouch")), "{verdict:?}");
}

#[tokio::test]
async fn tests_that_do_not_compile_fail() {
    let verdict =
        verdict_on("package sub\n\nimport \"testing\"\n\nfunc TestTwo(t *testing.T) { nothing() }\n").await;
    assert_eq!(verdict.status, Status::Fail);
    assert_eq!(verdict.problems[0].what, "the tests of example.com/m/sub do not compile");
    assert_eq!(verdict.problems[0].place.as_ref().unwrap().to_string(), "sub/a_test.go:5");
}

#[tokio::test]
async fn no_tests_are_no_evidence() {
    let (_, _, verdict) = run(&[MOD, CODE], json!({ "race": false })).await;
    assert_eq!(verdict.unwrap().status, Status::Error);
    let verdict = verdict_on("package sub\n\nimport \"testing\"\n\nfunc TestMain(m *testing.M) {}\n").await;
    assert_eq!(verdict.status, Status::Error);
}

#[tokio::test]
async fn a_package_that_is_not_there_is_an_error() {
    let test = "package sub\n\nimport \"testing\"\n\nfunc TestTwo(t *testing.T) {}\n";
    let (_, made, verdict) =
        run(&[MOD, CODE, ("sub/a_test.go", test)], json!({ "race": false, "packages": ["./sub", "./gone"] }))
            .await;
    let blocks = made.is_err() || verdict.as_ref().is_ok_and(|verdict| verdict.status.blocks());
    assert!(blocks, "{made:?} {verdict:?}");
}

#[tokio::test]
async fn without_a_c_compiler_it_says_what_to_do() {
    let test = "package sub\n\nimport \"testing\"\n\nfunc TestTwo(t *testing.T) {}\n";
    let room = json!({ "env": { "CC": "no-such-compiler" } });
    let (_, made, verdict) = run(&[MOD, CODE, ("sub/a_test.go", test)], room).await;
    let problem = made.unwrap_err();
    assert!(problem.fix.as_ref().is_some_and(|fix| fix.contains("gates.tests.race: false")), "{problem}");
    assert!(verdict.is_err(), "no evidence is no pass");
}

#[tokio::test]
async fn a_broken_report_is_no_evidence() {
    let test = "package sub\n\nimport \"testing\"\n\nfunc TestTwo(t *testing.T) {}\n";
    let (trial, made, verdict) = run(&[MOD, CODE, ("sub/a_test.go", test)], json!({ "race": false })).await;
    assert_eq!(verdict.unwrap().status, Status::Pass);
    let path = trial.dist().join(&made.unwrap()[0].path);
    let whole = trial.ports.files.read(&path, 100_000).unwrap();
    for bytes in [&b""[..], b"null", b"[]", b"{}", b"<testsuites/>", &whole[..whole.len() / 2]] {
        trial.ports.files.write(&path, bytes).unwrap();
        assert!(trial.check(&trial.planned[1]).await.is_err(), "{}", String::from_utf8_lossy(bytes));
    }
    trial.ports.files.remove(&path).unwrap();
    assert!(trial.check(&trial.planned[1]).await.is_err());
}

#[tokio::test]
async fn settings_that_would_change_the_command_are_refused() {
    let trial = Trial::of(&[MOD, CODE]).await;
    for room in [
        json!({ "packages": [] }),
        json!({ "packages": ["-run=x"] }),
        json!({ "timeout": "10m -run=x" }),
        json!({ "tags": ["a,b"] }),
        json!({ "env": { "A": "{{ env.NOT_SET }}" } }),
    ] {
        assert!(trial.plan::<Tests, NoSettings>(room.clone(), json!({})).is_err(), "{room}");
    }
}
