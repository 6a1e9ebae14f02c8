//! Real runs of govulncheck and gosec on what another platform than this machine's compiles.

use serde_json::{Value, json};

use super::trials::{OLD, QUIET, govulncheck, module};
use super::trials_scanners::{judged, tool};
use crate::model::facts::GoVariant;
use crate::model::{Status, Verdict};
use crate::steps::trial::Trial;
use crate::steps::trial_database::go_database;

fn variant(os: &str, arch: &str) -> GoVariant {
    let env = [("GOOS", os), ("GOARCH", arch), ("CGO_ENABLED", "0")];
    GoVariant {
        env: env.map(|(name, value)| (name.to_owned(), value.to_owned())).into(),
        packages: [".".to_owned()].into(),
        ..GoVariant::default()
    }
}

/// For this machine, and for two that are another one.
fn variants(trial: &Trial) -> Vec<GoVariant> {
    let host = variant(&trial.facts.host.os, &trial.facts.host.arch);
    let others = [variant("plan9", "amd64"), variant("plan9", "arm")];
    [host].into_iter().chain(others).collect()
}

const CALLS: &str = "package main\n\nimport \"golang.org/x/text/language\"\n\nfunc init() {\n\t_, _ = language.Parse(\"en\")\n}\n";

async fn scanned(file: &str, others: bool) -> Verdict {
    let mut files = module("v0.3.5", OLD, QUIET);
    files.push((file.into(), CALLS.into()));
    let files: Vec<(&str, &str)> = files.iter().map(|(path, text)| (path.as_str(), text.as_str())).collect();
    let mut trial = Trial::of(&files).await;
    let all = variants(&trial);
    trial.facts.variants = if others { all } else { all[..1].to_vec() };
    let today = trial.ports.clock.now().to_rfc3339_opts(chrono::SecondsFormat::Secs, true);
    let settings = json!({
        "scanners": ["govulncheck"], "govulncheck": govulncheck(), "database": go_database(&trial, &today)
    });
    judged(&trial, settings).await.unwrap()
}

#[tokio::test]
async fn what_only_another_platform_calls_fails() {
    let verdict = scanned("a_plan9.go", false).await;
    assert_eq!(verdict.status, Status::Pass, "it is not released for Plan 9: {verdict:?}");
    let verdict = scanned("a_plan9.go", true).await;
    assert_eq!((verdict.status, verdict.problems.len()), (Status::Fail, 1), "{verdict:?}");
    let problem = &verdict.problems[0];
    assert!(problem.what.starts_with("GO-2021-0113 (critical, called)"), "{problem}");
    assert!(problem.causes[0].contains("found by govulncheck for plan9/amd64, plan9/arm"), "{problem}");
    assert_eq!(problem.place.as_ref().unwrap().to_string(), "a_plan9.go:6:23");
    assert!(verdict.summary.contains("looked at 3 modules for plan9/amd64, govuln"), "{}", verdict.summary);
    let row = verdict.rows.iter().find(|row| row.metric == "platforms that govulncheck looked at").unwrap();
    assert!(row.actual.starts_with("3: ") && row.actual.contains("plan9/amd64"), "{row:?}");
    let files: Vec<String> =
        verdict.evidence.iter().filter_map(|proof| Some(proof.file.as_ref()?.to_string())).collect();
    assert!(files.iter().any(|file| file.ends_with("govulncheck-2.json")), "{files:?}");
    // What all of them call is one finding.
    let verdict = scanned("a.go", true).await;
    assert_eq!(verdict.problems.len(), 1, "{verdict:?}");
    assert!(verdict.problems[0].causes[0].ends_with("for all 3 platforms; also CVE-2021-38561"));
}

async fn gosec(files: &[(&str, &str)], more: Value) -> Verdict {
    let mut trial = Trial::of(files).await;
    trial.facts.variants = variants(&trial);
    let mut settings = json!({ "scanners": ["gosec"], "gosec": tool("gosec") });
    settings.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    judged(&trial, settings).await.unwrap()
}

#[tokio::test]
async fn gosec_looks_at_files_of_every_platform() {
    let bad = "package main\n\nimport \"crypto/tls\"\n\nvar trust = &tls.Config{MinVersion: tls.VersionTLS13, InsecureSkipVerify: true}\n";
    let common =
        [("go.mod", "module example.com/m\n\ngo 1.21\n"), ("main.go", "package main\n\nfunc main() {}\n")];
    let elsewhere = [common[0], common[1], ("a_plan9.go", bad)];
    let verdict = gosec(&elsewhere, json!({})).await;
    assert_eq!((verdict.status, verdict.problems.len()), (Status::Fail, 1), "{verdict:?}");
    let problem = &verdict.problems[0];
    assert_eq!(problem.place.as_ref().unwrap().file, "a_plan9.go");
    assert_eq!(problem.causes, ["found by gosec for plan9/amd64, plan9/arm"]);
    // A processor of 32 bits is looked at by itself, and the same line is told once.
    let everywhere = [common[0], common[1], ("a.go", bad)];
    let verdict = gosec(&everywhere, json!({})).await;
    assert_eq!(verdict.problems.len(), 1, "{verdict:?}");
    assert_eq!(verdict.problems[0].causes, ["found by gosec for all 3 platforms"]);
    assert_eq!(gosec(&common, json!({})).await.status, Status::Pass);
}
