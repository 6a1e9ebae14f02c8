//! Scanners that look at code: gosec for real, Semgrep as a program that says what it says.

use camino::Utf8PathBuf;
use serde_json::{Value, json};

use super::trials_scanners::{judged, tool};
use crate::model::{Problem, Status, Verdict};
use crate::steps::trial::Trial;

const MOD: (&str, &str) = ("go.mod", "module example.com/m\n\ngo 1.21\n");

/// A client that trusts everybody; `comment` stands behind the line that says so.
fn client(trust: &str, comment: &str) -> String {
    format!(
        "package main\n\nimport (\n\t\"crypto/tls\"\n\t\"net/http\"\n)\n\nfunc main() {{\n\tconfig := &tls.Config{{MinVersion: \
         tls.VersionTLS13, InsecureSkipVerify: {trust}}}{comment}\n\tprintln(&http.Client{{Transport: \
         &http.Transport{{TLSClientConfig: config}}}} != nil)\n}}\n"
    )
}

async fn gosec(files: &[(&str, &str)], more: Value) -> Result<Verdict, Problem> {
    let trial = Trial::of(files).await;
    let mut settings = json!({ "scanners": ["gosec"], "gosec": tool("gosec") });
    settings.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    judged(&trial, settings).await
}

#[tokio::test]
async fn what_gosec_finds_fails_where_it_stands_and_the_mended_code_passes() {
    let (bad, good) = (client("true", ""), client("false", ""));
    let verdict = gosec(&[MOD, ("main.go", &bad)], json!({})).await.unwrap();
    assert_eq!(verdict.status, Status::Fail, "{verdict:?}");
    let problem = &verdict.problems[0];
    assert!(problem.what.starts_with("G402 (high)"), "{}", problem.what);
    assert_eq!(problem.place.as_ref().unwrap().line, Some(9));
    let next = "change line 9 of main.go, or let `G402` pass everywhere by an entry in `gates.vulnerabilities.ignore`";
    assert!(problem.fix.as_ref().unwrap().starts_with(next), "{problem:?}");
    let proof = &verdict.evidence[0];
    assert!(proof.digest.is_some() && proof.tool.as_ref().unwrap().contains("gosec v2.27.1"), "{proof:?}");
    let verdict = gosec(&[MOD, ("main.go", &good)], json!({})).await.unwrap();
    assert_eq!((verdict.status, verdict.problems.len()), (Status::Pass, 0), "{verdict:?}");
    assert!(verdict.summary.contains("gosec looked at 1 files"), "{}", verdict.summary);
    // gosec by itself would not look below such a name, and would look at what is no code of the program.
    let files = [MOD, ("main.go", &good), ("vendored/x.go", &bad), ("testdata/x.go", "package broken {\n")];
    let verdict = gosec(&files, json!({})).await.unwrap();
    assert_eq!(verdict.status, Status::Fail, "{verdict:?}");
    assert_eq!(verdict.problems[0].place.as_ref().unwrap().to_string(), "vendored/x.go:9:74");
}

#[tokio::test]
async fn a_comment_lets_nothing_pass_where_nobody_says_so() {
    let quiet = client("true", " // #nosec G402 -- it is ours");
    let files = [MOD, ("main.go", quiet.as_str())];
    let verdict = gosec(&files, json!({})).await.unwrap();
    assert_eq!(verdict.status, Status::Fail, "{verdict:?}");
    let verdict = gosec(&files, json!({ "accept_suppressed": true })).await.unwrap();
    assert_eq!(verdict.status, Status::Pass, "{verdict:?}");
    let entry = json!([{ "id": "G402", "reason": "r", "owner": "ann", "expires": "9999-12-31" }]);
    let verdict = gosec(&files, json!({ "ignore": entry })).await.unwrap();
    assert_eq!(verdict.status, Status::Pass, "{verdict:?}");
}

#[tokio::test]
async fn gosec_that_cannot_look_proves_nothing() {
    let good = client("false", "");
    let files = [MOD, ("main.go", good.as_str())];
    let broken = gosec(&[MOD, ("main.go", "package main\n\nfunc main() { nothing() }\n")], json!({})).await;
    assert!(broken.unwrap_err().what.contains("what gosec said"));
    let empty = gosec(&[MOD], json!({})).await.unwrap_err();
    assert!(empty.what.contains("no Go package for gosec"), "{empty:?}");
    let absent = gosec(&files, json!({ "gosec": "no-such-gosec" })).await.unwrap_err();
    assert!(absent.fix.unwrap().contains("go install github.com/securego/gosec/v2/cmd/gosec@v2.27.1"));
    let other = gosec(&files, json!({ "gosec_version": "v2.1.0" })).await.unwrap_err();
    assert!(other.what.contains("2.27.1, and 2.1.0 is asked for"), "{other:?}");
}

/// A program of the project that is a script. Git writes it, so that no thread of ours holds it open while another
/// starts a child.
pub async fn program(trial: &Trial, name: &str) -> Utf8PathBuf {
    let path = trial.root.join(name);
    trial.ports.git.run(&["update-index", "--add", "--chmod=+x", name]).await.unwrap();
    trial.ports.files.remove(&path).unwrap();
    trial.ports.git.run(&["checkout-index", "-f", name]).await.unwrap();
    path
}

/// What stands in for Semgrep, which tests need not install: it notes what it was asked, and says what lies beside it.
const SEMGREP: &str = "#!/bin/sh\nif [ \"$1\" = --version ]; then echo 1.121.0; exit; fi\necho \"$@\" > asked\necho \
                       \"$SEMGREP_SEND_METRICS\" >> asked\ncat said.json\nexit \"$(cat code)\"\n";

fn said(results: &Value, errors: &Value, scanned: &Value) -> String {
    json!({ "version": "1.121.0", "results": results, "errors": errors, "paths": { "scanned": scanned } })
        .to_string()
}

async fn semgrep(said: &str, code: &str, more: Value) -> (Trial, Result<Verdict, Problem>) {
    let files = [("semgrep", SEMGREP), ("rules/own.yml", "rules: []\n"), ("said.json", said), ("code", code)];
    let trial = Trial::of(&files).await;
    let program = program(&trial, "semgrep").await;
    let mut settings = json!({ "semgrep": program, "semgrep_rules": ["rules/own.yml"] });
    settings.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    let verdict = judged(&trial, settings).await;
    (trial, verdict)
}

#[tokio::test]
async fn semgrep_runs_with_rules_of_ones_own_and_tells_nobody() {
    let hit = json!([{ "check_id": "own.x", "path": "a.py", "start": { "line": 3, "col": 2 }, "end": {},
        "extra": { "message": "bad", "severity": "ERROR", "lines": "s3cret" } }]);
    let (trial, verdict) = semgrep(&said(&hit, &json!([]), &json!(["a.py"])), "0", json!({})).await;
    let verdict = verdict.unwrap();
    assert_eq!(verdict.status, Status::Fail, "{verdict:?}");
    assert_eq!(verdict.problems[0].place.as_ref().unwrap().to_string(), "a.py:3:2");
    let asked =
        String::from_utf8(trial.ports.files.read(&trial.root.join("asked"), 10_000).unwrap()).unwrap();
    for word in ["--metrics=off", "--disable-version-check", "rules/own.yml .\noff", "--disable-nosem"] {
        assert!(asked.contains(word), "{word}: {asked}");
    }
    let kept = trial.dist().join(verdict.evidence[0].file.as_ref().unwrap());
    let kept = String::from_utf8(trial.ports.files.read(&kept, 100_000).unwrap()).unwrap();
    assert!(!kept.contains("s3cret"), "{kept}");
    let clean = said(&json!([]), &json!([]), &json!(["a.py"]));
    assert_eq!(semgrep(&clean, "0", json!({})).await.1.unwrap().status, Status::Pass);
}

#[tokio::test]
async fn semgrep_that_cannot_look_proves_nothing() {
    let clean = said(&json!([]), &json!([]), &json!(["a.py"]));
    let met = said(&json!([]), &json!([{ "message": "no such rule" }]), &json!(["a.py"]));
    let none = said(&json!([]), &json!([]), &json!([]));
    for (text, code) in [
        (clean.as_str(), "2"),
        (&clean, "7"),
        (&met, "0"),
        (&none, "0"),
        ("", "0"),
        ("null", "0"),
        (&clean[..30], "0"),
    ] {
        assert!(semgrep(text, code, json!({})).await.1.is_err(), "{code} {text}");
    }
    for (more, words) in [
        (json!({ "semgrep_rules": ["p/ci"] }), "there are no rules for Semgrep in `p/ci`"),
        (json!({ "semgrep_rules": ["auto"] }), "there are no rules for Semgrep in `auto`"),
        (json!({ "semgrep_version": "1.120.0" }), "1.121.0, and 1.120.0 is asked for"),
        (json!({ "semgrep": "no-such-semgrep" }), "`no-such-semgrep` is not on the PATH"),
    ] {
        let problem = semgrep(&clean, "0", more).await.1.unwrap_err();
        assert!(problem.what.contains(words), "{problem:?}");
    }
}
