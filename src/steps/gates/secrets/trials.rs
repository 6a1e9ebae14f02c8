//! Real runs of gitleaks.

use camino::Utf8PathBuf;
use serde_json::{Value, json};

use super::Secrets;
use crate::model::{Problem, Status, Verdict};
use crate::ports::Files as _;
use crate::ports::real::RealFiles;
use crate::steps::gates::GatesSettings;
use crate::steps::trial::Trial;

/// What scripts/setup installs.
fn gitleaks() -> String {
    let path = Utf8PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("target/tools/gitleaks");
    let there = RealFiles.meta(&path).is_ok_and(|meta| meta.is_some());
    assert!(there, "{path} is missing: run `scripts/setup test`");
    path.into_string()
}

/// A token of a form that gitleaks knows, put together here so that no scanner finds it in this file.
fn token() -> String {
    format!("ghp{}{}", "_", "A9b8C7d6E5f4G3h2J1k0L9m8N7p6Q5r4S3t2")
}

async fn git(trial: &Trial, args: &[&str]) -> String {
    let who = ["-c", "user.name=Ann Author", "-c", "user.email=ann@users.noreply.example"];
    let args: Vec<&str> = who.into_iter().chain(args.iter().copied()).collect();
    trial.ports.git.text(&args).await.unwrap()
}

async fn scan(trial: &mut Trial, mut settings: Value) -> Result<Verdict, Problem> {
    trial.facts.commit.id = git(trial, &["rev-parse", "HEAD"]).await;
    settings["gitleaks"] = json!(gitleaks());
    trial.planned.clear();
    let planned = trial.planned::<Secrets, GatesSettings>(settings, json!({}));
    trial.check(&planned[0]).await
}

/// A project in whose history a token came and went.
async fn leaky(beside: &[(&str, &str)]) -> Trial {
    let code = format!("package main\n\nconst key = \"{}\" // gitleaks:allow\n", token());
    let files: Vec<(&str, &str)> = beside.iter().copied().chain([("main.go", code.as_str())]).collect();
    let trial = Trial::of(&files).await;
    trial.ports.files.write(&trial.root.join("main.go"), b"package main\n").unwrap();
    git(&trial, &["commit", "-q", "-a", "-m", "away with it"]).await;
    trial
}

#[tokio::test]
async fn a_token_in_a_commit_is_found_and_never_shown() {
    // Neither a comment nor rules nor attributes of the repository's own let it pass.
    let rules = "[[rules]]\nid = \"none\"\nregex = '''nothing-at-all'''\n";
    let mut trial = leaky(&[(".gitleaks.toml", rules), (".gitattributes", "* -diff\n")]).await;
    let verdict = scan(&mut trial, json!({})).await.unwrap();
    assert_eq!(verdict.status, Status::Fail, "{verdict:?}");
    assert_eq!(verdict.problems[0].place.as_ref().unwrap().to_string(), "main.go:3:15");
    assert!(
        verdict.rows.iter().any(|row| row.metric == "commits looked at" && row.actual == "2"),
        "{verdict:?}"
    );
    let proof = &verdict.evidence[0];
    let kept = trial.ports.files.read(&trial.dist().join(proof.file.as_ref().unwrap()), 100_000).unwrap();
    for text in [format!("{verdict:?}"), String::from_utf8(kept).unwrap(), trial.said()] {
        for word in [token().as_str(), "Ann", "ann@"] {
            assert!(!text.contains(word), "{word} in {text}");
        }
    }
    let fingerprint = {
        let fix = verdict.problems[0].fix.as_ref().unwrap();
        fix.split('`').nth(1).unwrap().to_owned()
    };
    let entry = json!([{ "id": fingerprint, "reason": "revoked", "owner": "ann", "expires": "9999-01-01" }]);
    let verdict = scan(&mut trial, json!({ "ignore": entry })).await.unwrap();
    assert_eq!(verdict.status, Status::Pass, "{verdict:?}");
}

#[tokio::test]
async fn a_clean_history_passes_and_a_cut_one_proves_nothing() {
    let mut trial = Trial::of(&[("main.go", "package main\n")]).await;
    let verdict = scan(&mut trial, json!({})).await.unwrap();
    assert_eq!(verdict.status, Status::Pass, "{verdict:?}");
    let entry = json!([{ "id": "x", "reason": "r", "owner": "o", "expires": "9999-01-01" }]);
    assert_eq!(scan(&mut trial, json!({ "ignore": entry })).await.unwrap().status, Status::Fail);
    trial.facts.commit.shallow = true;
    assert!(scan(&mut trial, json!({})).await.unwrap_err().fix.unwrap().contains("fetch-depth: 0"));
}

#[tokio::test]
async fn a_scanner_that_cannot_look_proves_nothing() {
    let mut trial = Trial::of(&[("main.go", "package main\n")]).await;
    let planned =
        trial.planned::<Secrets, GatesSettings>(json!({ "gitleaks": "no-such-gitleaks" }), json!({}));
    assert!(trial.check(&planned[0]).await.unwrap_err().fix.unwrap().contains("go install"));
    // A commit that is not there: Git fails before anything is looked at.
    trial.planned.clear();
    trial.facts.commit.id = "0".repeat(40);
    let planned = trial.planned::<Secrets, GatesSettings>(json!({ "gitleaks": gitleaks() }), json!({}));
    assert!(trial.check(&planned[0]).await.is_err());
}
