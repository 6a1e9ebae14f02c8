//! What a tool ends with against what it says: only the one pair that its makers promise for "nothing found" passes.

use std::sync::Arc;

use camino::Utf8PathBuf;
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;

use super::GatesSettings;
use super::lint::Lint;
use super::secrets::Secrets;
use super::vulnerabilities::Vulnerabilities;
use crate::formats::findings::samples::{CLEAN, SAMPLES};
use crate::model::{Problem, Status, Verdict};
use crate::ports::process::{Command, Ended, OnLine, Process, ProcessError};
use crate::steps::room::Room;
use crate::steps::trial::Trial;

/// The tool's name; the program is a file of the project.
const TOOL: &str = "scripted";

/// A world with one more program, which ends and says as it is told to.
struct Scripted {
    world: Arc<dyn Process>,
    program: Utf8PathBuf,
    version: &'static str,
    ended: Ended,
}

#[async_trait::async_trait]
impl Process for Scripted {
    async fn run(
        &self,
        command: Command,
        stop: &CancellationToken,
        line: OnLine<'_>,
    ) -> Result<Ended, ProcessError> {
        if command.program != self.program.as_str() {
            return self.world.run(command, stop, line).await;
        }
        if command.args.iter().any(|arg| arg == "--version") {
            let stdout = self.version.as_bytes().to_vec();
            return Ok(Ended { code: Some(0), signal: None, stdout, stderr: Vec::new() });
        }
        Ok(self.ended.clone())
    }

    fn find(&self, program: &str) -> Option<Utf8PathBuf> {
        if program == TOOL { Some(self.program.clone()) } else { self.world.find(program) }
    }
}

/// A tool, and what its makers promise.
struct Case {
    format: &'static str,
    /// What it says where it found nothing; that of the samples if empty.
    clean: &'static str,
    /// What it says beside.
    errors: &'static str,
    version: &'static str,
    settings: Value,
}

/// How a tool may end: its exit code, or nothing for a signal.
const ENDS: [Option<i32>; 11] = [
    Some(0),
    Some(1),
    Some(2),
    Some(3),
    Some(42),
    Some(101),
    Some(126),
    Some(127),
    Some(128),
    Some(255),
    None,
];

async fn project() -> Trial {
    let lock = r#"{"name":"m","lockfileVersion":3,"packages":{"":{"name":"m"},"node_modules/a":{"version":"1.0.0"}}}"#;
    Trial::of(&[
        ("go.mod", "module m\n\ngo 1.21\n"),
        ("a.go", "package m\n"),
        ("package.json", "{\"name\":\"m\"}\n"),
        ("package-lock.json", lock),
        (".golangci.yml", "version: \"2\"\n"),
        (TOOL, "#!/bin/false\n"),
    ])
    .await
}

async fn judged<R: Room>(trial: &Trial, settings: &Value) -> Result<Verdict, Problem> {
    let planned = trial.looked::<R, GatesSettings>(settings.clone(), json!({})).await?;
    trial.check(&planned[0]).await
}

/// Tries every end with every text; what passes is given back.
async fn passing<R: Room>(case: &Case) -> Vec<(Option<i32>, &'static str)> {
    let mut trial = project().await;
    trial.facts.commit.id =
        String::from_utf8(trial.ports.git.run(&["rev-parse", "HEAD"]).await.unwrap()).unwrap().trim().into();
    let day = (trial.ports.clock.now() - chrono::Duration::days(1)).to_rfc3339();
    let sample = |list: &[(&str, &'static str)]| {
        list.iter().find(|(format, _)| *format == case.format).map(|(_, text)| *text)
    };
    let clean = if case.clean.is_empty() { sample(CLEAN).unwrap() } else { case.clean };
    let found = SAMPLES.iter().find(|sample| sample.format == case.format).unwrap().text;
    let page = "<!DOCTYPE html><html><body>502 Bad Gateway</body></html>";
    let world = Arc::clone(&trial.ports.process);
    let mut passing = Vec::new();
    for code in ENDS {
        for (name, text) in [
            ("clean", clean),
            ("found", found),
            ("half", &clean[..clean.len() / 2]),
            ("nothing", ""),
            ("null", "null"),
            ("{}", "{}"),
            ("[null]", "[null]"),
            ("page", page),
        ] {
            let stdout = text.replace("DAY", &day).into_bytes();
            let signal = if code.is_none() { Some(9) } else { None };
            let ended = Ended { code, signal, stdout, stderr: case.errors.as_bytes().to_vec() };
            let program = trial.root.join(TOOL);
            trial.ports.process =
                Arc::new(Scripted { world: Arc::clone(&world), program, version: case.version, ended });
            let verdict = judged::<R>(&trial, &case.settings).await;
            if verdict.is_ok_and(|verdict| verdict.status == Status::Pass) {
                passing.push((code, name));
            }
        }
    }
    passing
}

#[tokio::test]
async fn scanners_for_vulnerabilities_pass_with_their_own_code_alone() {
    for (format, version, settings) in [
        ("JSON of govulncheck", "", json!({ "scanners": ["govulncheck"], "govulncheck": TOOL })),
        (
            "JSON of OSV-Scanner",
            "osv-scanner version: 2.6.0\n",
            json!({ "scanners": ["osv_scanner"], "osv_scanner": TOOL }),
        ),
        ("JSON of npm audit", "", json!({ "scanners": ["npm_audit"], "npm": TOOL })),
    ] {
        let case = Case { format, clean: "", errors: "", version, settings };
        assert_eq!(passing::<Vulnerabilities>(&case).await, [(Some(0), "clean")], "{format}");
    }
}

#[tokio::test]
async fn gitleaks_passes_with_its_own_code_and_all_commits_alone() {
    let case = |errors| Case {
        format: "JSON of gitleaks",
        clean: "[]",
        errors,
        version: "",
        settings: json!({ "gitleaks": TOOL }),
    };
    assert_eq!(passing::<Secrets>(&case("1 commits scanned.\n")).await, [(Some(0), "clean")]);
    for errors in ["", "0 commits scanned.\n", "no commits scanned.\n"] {
        assert_eq!(passing::<Secrets>(&case(errors)).await, [], "{errors}");
    }
}

#[tokio::test]
async fn golangci_lint_passes_with_its_own_code_alone() {
    let settings = json!({ "golangci_lint": TOOL, "vet": false, "format": false });
    let case = Case { format: "JSON of golangci-lint", clean: "", errors: "", version: "", settings };
    assert_eq!(passing::<Lint>(&case).await, [(Some(0), "clean")]);
}
