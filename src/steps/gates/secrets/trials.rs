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

/// Git calls it neither added nor changed.
#[tokio::test]
async fn a_secret_that_comes_with_a_change_of_type_is_found() {
    let mut trial =
        Trial::of(&[("main.go", "package main\n"), ("key.go", "main.go"), ("go.sum", "main.go")]).await;
    // As links, whatever the disk can hold: `key.go` and `go.sum` hold the name of another file.
    let blob = git(&trial, &["rev-parse", "HEAD:key.go"]).await;
    for name in ["key.go", "go.sum"] {
        let entry = format!("120000,{},{name}", blob.trim());
        git(&trial, &["update-index", "--cacheinfo", &entry]).await;
    }
    git(&trial, &["commit", "-q", "-m", "links"]).await;
    assert_eq!(scan(&mut trial, json!({})).await.unwrap().status, Status::Pass);
    let secret = ["ghp_", "zQWBuTSOoRi4A9spHcVY5ncnsDkxkJ", "0mLq17"].concat();
    let code = format!("package main\n\nconst key = \"{secret}\"\n");
    for name in ["key.go", "go.sum"] {
        trial.ports.files.write(&trial.root.join(name), code.as_bytes()).unwrap();
    }
    git(&trial, &["add", "key.go", "go.sum"]).await;
    git(&trial, &["commit", "-q", "-m", "files"]).await;
    let changed = git(&trial, &["show", "--format=", "--name-status", "HEAD"]).await;
    assert_eq!(changed.trim(), "T\tgo.sum\nT\tkey.go");
    let verdict = scan(&mut trial, json!({})).await.unwrap();
    let mut files: Vec<String> =
        verdict.problems.iter().map(|problem| problem.place.as_ref().unwrap().file.to_string()).collect();
    files.sort();
    assert_eq!(
        (verdict.status, files),
        (Status::Fail, vec!["go.sum".into(), "key.go".into()]),
        "{verdict:?}"
    );
}

/// Of its own accord it looks neither at lock files nor at images.
#[tokio::test]
async fn what_gitleaks_passes_over_is_looked_at_all_the_same() {
    // The checksum of such a token must be right where it does not stand alone.
    let secret = ["ghp_", "zQWBuTSOoRi4A9spHcVY5ncnsDkxkJ", "0mLq17"].concat();
    let lock = format!("one\n{secret}\n");
    let image = format!("\u{89}PNG {secret}\n");
    let files = [("main.go", "package main\n"), ("go.sum", lock.as_str()), ("a/logo.png", image.as_str())];
    let mut trial = Trial::of(&files).await;
    let verdict = scan(&mut trial, json!({})).await.unwrap();
    assert_eq!(
        (verdict.status, verdict.summary.as_str()),
        (Status::Fail, "2 secrets were found"),
        "{verdict:?}"
    );
    let mut places: Vec<String> =
        verdict.problems.iter().map(|problem| problem.place.as_ref().unwrap().to_string()).collect();
    places.sort();
    assert_eq!(places, ["a/logo.png:1", "go.sum:2"]);
    assert!(!format!("{verdict:?}{}", trial.said()).contains(&secret));
    let row = verdict.rows.iter().find(|row| row.metric.starts_with("passed over by gitleaks")).unwrap();
    assert_eq!(row.actual, "2 files (Go's manifests: 1, images and fonts: 1)");
    // In however many states of the file it stands, it is one.
    trial.ports.files.write(&trial.root.join("go.sum"), format!("{lock}three\n").as_bytes()).unwrap();
    git(&trial, &["commit", "-q", "-a", "-m", "three"]).await;
    let verdict = scan(&mut trial, json!({})).await.unwrap();
    assert_eq!(verdict.summary, "2 secrets were found", "{verdict:?}");
    let first = git(&trial, &["rev-parse", "--short=12", "HEAD~1"]).await;
    let told = verdict.problems.iter().all(|problem| format!("{problem:?}").contains(first.trim()));
    assert!(told, "{verdict:?}");
    // One that was taken away again is still in the history, and is let pass by what was told.
    trial.ports.files.write(&trial.root.join("go.sum"), b"one\n").unwrap();
    trial.ports.files.write(&trial.root.join("a/logo.png"), b"none\n").unwrap();
    git(&trial, &["commit", "-q", "-a", "-m", "away with it"]).await;
    let verdict = scan(&mut trial, json!({})).await.unwrap();
    assert_eq!(verdict.status, Status::Fail);
    let print = verdict.problems[0].fix.as_ref().unwrap().split('`').nth(1).unwrap().to_owned();
    let entry = json!([{ "id": print, "reason": "revoked", "owner": "ann", "expires": "9999-01-01" }]);
    let verdict = scan(&mut trial, json!({ "ignore": entry })).await.unwrap();
    assert_eq!(verdict.status, Status::Pass, "{verdict:?}");
}
