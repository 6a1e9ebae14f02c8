//! What runs beside reports that are given, and what is said of linters that are not there.

use std::sync::Arc;

use camino::{Utf8Path, Utf8PathBuf};
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;

use super::Lint;
use crate::model::facts::GoVariant;
use crate::model::{Status, Verdict};
use crate::ports::process::{Command, Ended, OnLine, Process, ProcessError};
use crate::steps::gates::GatesSettings;
use crate::steps::room::Planned;
use crate::steps::trial::Trial;

const MOD: (&str, &str) = ("go.mod", "module example.com/m\n\ngo 1.21\n");
const CODE: (&str, &str) = ("a.go", "package a\n\nfunc Two() int { return 2 }\n");
const CARGO: (&str, &str) =
    ("Cargo.toml", "[package]\nname = \"m\"\nversion = \"0.1.0\"\nedition = \"2021\"\n\n[workspace]\n");
const LOCK: (&str, &str) = ("Cargo.lock", "version = 3\n\n[[package]]\nname = \"m\"\nversion = \"0.1.0\"\n");
const REPORT: &str = "out/report.json";

/// The tasks where this report is given.
async fn given(trial: &Trial, report: &str) -> Vec<Planned> {
    trial.ports.files.write(&trial.root.join(REPORT), report.as_bytes()).unwrap();
    trial.looked::<Lint, GatesSettings>(json!({}), json!({ "reports": [REPORT] })).await.unwrap()
}

fn ids(planned: &[Planned]) -> Vec<String> {
    planned.iter().map(|planned| planned.task.id.to_string()).collect()
}

fn golangci(linters: &[&str]) -> String {
    let linters: Vec<Value> = linters.iter().map(|name| json!({ "Name": name, "Enabled": true })).collect();
    json!({ "Issues": [], "Report": { "Linters": linters } }).to_string()
}

#[tokio::test]
async fn a_report_of_golangci_lint_stands_in_for_what_it_holds() {
    let trial = Trial::of(&[MOD, CODE, (".golangci.yml", "version: \"2\"\n")]).await;
    for (linters, ran) in
        [(&["errcheck"][..], "go vet, gofmt found nothing"), (&["errcheck", "govet"], "gofmt found nothing")]
    {
        let planned = given(&trial, &golangci(linters)).await;
        assert_eq!(ids(&planned), ["gates/lint/reports", "gates/lint"]);
        let told = trial.check(&planned[0]).await.unwrap();
        assert_eq!((told.status, told.summary.as_str()), (Status::Pass, "golangci-lint found nothing"));
        // golangci-lint itself is configured and nobody installed it: the report is in its place.
        let own = trial.check(&planned[1]).await.unwrap();
        assert_eq!((own.status, own.summary.as_str()), (Status::Pass, ran));
    }
    let off = json!({ "format": false });
    let planned = trial.looked::<Lint, GatesSettings>(off, json!({ "reports": [REPORT] })).await.unwrap();
    assert_eq!(ids(&planned), ["gates/lint"], "nothing is left beside the report");
}

#[tokio::test]
async fn messages_of_cargo_are_judged_beside_clippy_and_the_format() {
    let code = "pub fn two()->i32 {\n    return 2;\n}\n";
    let trial = Trial::of(&[CARGO, LOCK, ("src/lib.rs", code)]).await;
    let clean = "{\"reason\":\"compiler-artifact\",\"package_id\":\"m\"}\n{\"reason\":\"build-finished\",\"success\":true}\n";
    let planned = given(&trial, clean).await;
    assert_eq!(ids(&planned), ["gates/lint/reports", "gates/lint"]);
    assert_eq!(trial.check(&planned[0]).await.unwrap().status, Status::Pass);
    let own = trial.check(&planned[1]).await.unwrap();
    assert_eq!(
        (own.status, own.summary.as_str()),
        (Status::Fail, "2 findings of clippy, rustfmt"),
        "{own:?}"
    );
    assert!(own.problems[0].what.contains("clippy::needless_return"), "{own:?}");
    let tool = own.evidence[0].tool.clone().unwrap();
    assert!(tool.contains("clippy 0."), "{tool}");
    // It compiles below dist, and leaves the project's own folder alone.
    let there = |path: Utf8PathBuf| trial.ports.files.meta(&path).unwrap().is_some();
    assert!(there(trial.dist().join(".clippy/debug")) && !there(trial.root.join("target")));
    assert!(!planned[1].task.keeps);
}

/// The world without cargo and Deno.
struct Without(Arc<dyn Process>);

#[async_trait::async_trait]
impl Process for Without {
    async fn run(
        &self,
        command: Command,
        stop: &CancellationToken,
        line: OnLine<'_>,
    ) -> Result<Ended, ProcessError> {
        self.0.run(command, stop, line).await
    }

    fn find(&self, program: &str) -> Option<Utf8PathBuf> {
        self.0.find(program).filter(|_| !["cargo", "deno"].contains(&program))
    }
}

/// The row that tells of what was left out.
fn left<'a>(verdict: &'a Verdict, what: &str) -> &'a str {
    let row = verdict.rows.iter().find(|row| row.metric == what);
    row.map(|row| row.actual.as_str()).unwrap_or_default()
}

#[tokio::test]
async fn rust_without_cargo_is_left_out_loudly_or_an_error() {
    let mut trial = Trial::of(&[MOD, CODE, CARGO, LOCK]).await;
    trial.ports.process = Arc::new(Without(trial.ports.process.clone()));
    let planned = trial.looked::<Lint, GatesSettings>(json!({}), json!({})).await.unwrap();
    assert!(trial.check(&planned[0]).await.unwrap_err().what.contains("Cargo.toml"));
    trial.demanded = false;
    let planned = trial.looked::<Lint, GatesSettings>(json!({}), json!({})).await.unwrap();
    let verdict = trial.check(&planned[0]).await.unwrap();
    assert_eq!(verdict.status, Status::Pass);
    assert_eq!(verdict.summary, "go vet, gofmt found nothing; left out: clippy and rustfmt");
    assert!(left(&verdict, "clippy and rustfmt").contains("`cargo` is not on the PATH"), "{verdict:?}");
    assert!(!planned[0].task.keeps);
    trial.facts.ecosystems.go = None;
    let planned = trial.looked::<Lint, GatesSettings>(json!({}), json!({})).await.unwrap();
    assert_eq!(trial.check(&planned[0]).await.unwrap().status, Status::Skipped);
}

/// A project below a folder that holds the configuration of golangci-lint.
async fn below() -> Trial {
    let script = "#!/bin/sh\ncat <<'END'\n{\"Issues\":[{\"FromLinter\":\"errcheck\",\"Text\":\"not checked\",\"Pos\":{\"Filename\":\"sub/a.go\",\"Line\":3,\"Column\":1}}],\"Report\":{\"Linters\":[{\"Name\":\"errcheck\",\"Enabled\":true}]}}\nEND\nexit 1\n";
    let files = [
        MOD,
        (".golangci.toml", "version = \"2\"\n"),
        ("sub/go.mod", "module example.com/m/sub\n\ngo 1.21\n"),
        ("sub/a.go", CODE.1),
        ("lint.sh", script),
    ];
    let mut trial = Trial::of(&files).await;
    trial.facts.dir = "sub".into();
    trial.demanded = false;
    trial
}

/// Git writes the script anew, so that no thread of ours holds it open while another starts a child.
async fn executable(trial: &Trial, name: &str) -> Utf8PathBuf {
    let path = trial.root.join(name);
    trial.ports.git.run(&["update-index", "--add", "--chmod=+x", name]).await.unwrap();
    trial.ports.files.remove(&path).unwrap();
    trial.ports.git.run(&["checkout-index", "-f", name]).await.unwrap();
    path
}

async fn with(trial: &Trial, program: &Utf8Path) -> Planned {
    let room = json!({ "golangci_lint": program });
    trial.looked::<Lint, GatesSettings>(room, json!({})).await.unwrap().remove(0)
}

#[tokio::test]
async fn a_configuration_without_its_program_is_told_and_never_kept() {
    let trial = below().await;
    let missing = with(&trial, "no-such".into()).await;
    let verdict = trial.check(&missing).await.unwrap();
    assert_eq!(verdict.status, Status::Pass);
    assert_eq!(verdict.summary, "go vet, gofmt found nothing; left out: golangci-lint");
    assert_eq!(
        left(&verdict, "golangci-lint"),
        "left out: there is a .golangci.toml, and `no-such` is not on the PATH"
    );
    assert!(!missing.task.keeps);
    let alone = json!({ "golangci_lint": "no-such", "vet": false, "format": false });
    let alone = trial.looked::<Lint, GatesSettings>(alone, json!({})).await.unwrap();
    assert_eq!(trial.check(&alone[0]).await.unwrap().status, Status::Skipped);
}

#[tokio::test]
async fn golangci_lint_takes_the_nearest_configuration_and_is_known_by_its_bytes() {
    let trial = below().await;
    let program = executable(&trial, "lint.sh").await;
    let first = with(&trial, &program).await;
    assert!(first.task.keeps);
    let verdict = trial.check(&first).await.unwrap();
    assert_eq!(verdict.status, Status::Fail);
    assert_eq!(verdict.summary, "1 findings of go vet, gofmt, golangci-lint");
    let place = verdict.problems[0].place.as_ref().map(ToString::to_string);
    assert_eq!(place.as_deref(), Some("sub/a.go:3:1"));
    assert!(verdict.evidence[2].tool.as_ref().is_some_and(|tool| tool.contains("sha256:")));
    trial.ports.files.write(&program, b"#!/bin/sh\nexit 2\n").unwrap();
    let path = executable(&trial, "lint.sh").await;
    let second = with(&trial, &path).await;
    assert_ne!(first.task.key, second.task.key, "another program finds other things");
    assert!(trial.check(&second).await.unwrap_err().what.contains("golangci-lint"));
}

#[tokio::test]
async fn vet_looks_at_what_the_tags_of_a_release_take() {
    let tagged = "//go:build x && !cgo\n\npackage a\n\nimport \"fmt\"\n\nfunc Say() { fmt.Printf(\"%d\\n\", \"x\") }\n";
    let mut trial = Trial::of(&[MOD, CODE, ("b.go", tagged)]).await;
    let go = |tags: &[&str]| GoVariant {
        env: [("CGO_ENABLED".to_owned(), "0".to_owned())].into(),
        tags: tags.iter().map(|&tag| tag.to_owned()).collect(),
        ..GoVariant::default()
    };
    for (variants, status) in [
        (vec![go(&[])], Status::Pass),
        (vec![go(&[]), go(&["x"])], Status::Fail),
        (vec![go(&["x"]), go(&[])], Status::Fail),
    ] {
        trial.facts.variants = variants;
        let planned = trial.looked::<Lint, GatesSettings>(json!({}), json!({})).await.unwrap();
        let verdict = trial.check(&planned[0]).await.unwrap();
        assert_eq!(verdict.status, status, "{verdict:?}");
        assert_eq!(verdict.problems.len(), usize::from(status == Status::Fail));
    }
}

/// Deno looks at what it takes for its own only where it runs.
#[tokio::test]
async fn eslint_is_asked_for_every_kind_where_deno_is_left_out() {
    let program = "node_modules/.bin/eslint";
    // One of them is in no commit.
    let script = "#!/bin/sh\nif [ \"$1\" = --version ]; then echo v9.0.0; exit 0; fi\n\
        of() { echo \"{\\\"filePath\\\":\\\"$1\\\",\\\"messages\\\":[],\\\"errorCount\\\":0,\\\"warningCount\\\":0}\"; }\n\
        echo \"[$(of \"$PWD/a.js\"),$(of \"$PWD/made/c.ts\")]\"\n";
    let mut trial = Trial::of(&[
        ("deno.json", "{}\n"),
        ("eslint.config.mjs", "export default [];\n"),
        ("a.js", "export const a = 1;\n"),
        ("b.ts", "export const b = 1;\n"),
        (program, script),
    ])
    .await;
    executable(&trial, program).await;
    trial.ports.files.write(&trial.root.join("made/c.ts"), b"made").unwrap();
    trial.ports.process = Arc::new(Without(trial.ports.process.clone()));
    trial.demanded = false;
    let planned = trial.looked::<Lint, GatesSettings>(json!({}), json!({})).await.unwrap();
    let refused = trial.check(&planned[0]).await.unwrap_err();
    assert!(refused.what.contains("looked at no .ts file, and there are 1"), "{refused}");
}

fn eslint(names: &[&str]) -> String {
    let of = |name: &&str| json!({ "filePath": name, "messages": [], "errorCount": 0, "warningCount": 0 });
    Value::from(names.iter().map(of).collect::<Vec<_>>()).to_string()
}

#[tokio::test]
async fn a_report_of_another_projects_files_stands_in_for_nothing() {
    let trial =
        Trial::of(&[("src/index.js", "a\n"), ("src/b.ts", "b\n"), ("c.ts", "c\n"), ("d.json", "{}\n")]).await;
    trial.ports.files.write(&trial.root.join("src/made.js"), b"x").unwrap();
    let own = trial.root.join("src/index.js").into_string();
    for (report, told) in [
        (eslint(&[&own, "src/index.js"]), "1 .js (1 in the commit), no .ts of 2"),
        (
            eslint(&["/ci/w/src/index.js", "/ci/w/src/b.ts", "/ci/w/c.ts"]),
            "1 .js (1 in the commit), 2 .ts (2 in the commit)",
        ),
        // Written by a tool, and in no commit.
        (eslint(&["/w/src/made.js", "/w/c.ts"]), "no .js of 1, 1 .ts (2 in the commit)"),
    ] {
        let planned = given(&trial, &report).await;
        let verdict = trial.check(&planned[0]).await.unwrap();
        assert_eq!(verdict.status, Status::Pass, "{verdict:?}");
        let row = verdict.rows.iter().find(|row| row.metric == "looked at by eslint").unwrap();
        assert_eq!((row.actual.as_str(), row.threshold.as_str()), (told, "shown"));
    }
    for (report, words) in [
        (eslint(&["/ci/other/x.js", "<text>"]), "none of its files is here"),
        (
            eslint(&["/ci/other/src/index.js", "/ci/other/src/x.js", "/ci/other/y.ts"]),
            "2 of its files are not here",
        ),
    ] {
        let planned = given(&trial, &report).await;
        let refused = trial.check(&planned[0]).await.unwrap_err();
        assert_eq!(refused.what, format!("{REPORT} is of another project: {words}"));
    }
    let (folder, made) = (trial.root.join("src").into_string(), trial.root.join("src/made.js").into_string());
    for names in [&["d.json"][..], &[&folder], &[&made, "d.json"]] {
        let planned = given(&trial, &eslint(names)).await;
        let refused = trial.check(&planned[0]).await.unwrap_err();
        assert_eq!(refused.what, "no report of eslint names a source of the commit, and there are some");
    }
}

#[tokio::test]
async fn a_file_that_eslint_passed_over_is_not_looked_at() {
    let trial = Trial::of(&[("a.js", "a\n"), ("b.ts", "b\n")]).await;
    let over = json!({ "ruleId": null, "severity": 1, "message": "File ignored because no matching configuration was supplied." });
    let of = |name: &str, told: &[Value]| json!({ "filePath": name, "messages": told, "errorCount": 0, "warningCount": told.len() });
    let planned = given(&trial, &json!([of("a.js", &[]), of("b.ts", &[over])]).to_string()).await;
    let verdict = trial.check(&planned[0]).await.unwrap();
    assert_eq!(verdict.status, Status::Fail);
    assert_eq!(left(&verdict, "looked at by eslint"), "1 .js (1 in the commit), no .ts of 1");
}

#[tokio::test]
async fn what_another_machine_found_stands_in_the_file_here() {
    let trial = Trial::of(&[("a.js", "a\n"), ("my b.js", "b\n")]).await;
    let told = |id: &str, fatal: bool| json!([{ "ruleId": id, "severity": 2, "message": "no", "line": 1, "column": 1, "fatal": fatal }]);
    let of = |name: &str, told: Value| json!({ "filePath": name, "messages": told, "errorCount": 1, "warningCount": 0 });
    let report = json!([of("C:\\w\\a.js", told("", true)), of("C:\\w\\my b.js", told("no-x", false))]);
    let planned = given(&trial, &report.to_string()).await;
    let verdict = trial.check(&planned[0]).await.unwrap();
    assert_eq!(verdict.status, Status::Fail);
    let told: Vec<_> = verdict
        .problems
        .iter()
        .map(|problem| (problem.place.as_ref().unwrap().to_string(), problem.fix.as_deref().unwrap()))
        .collect();
    let next = ["mend line 1 of a.js: nothing else of it was looked at", "change what stands at my b.js:1:1"];
    assert_eq!(told, [("a.js:1:1".into(), next[0]), ("my b.js:1:1".into(), next[1])]);
}
