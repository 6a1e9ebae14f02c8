//! Real runs of the linters of Go, Deno and Node.

use camino::Utf8PathBuf;
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;

use super::Lint;
use crate::model::{Problem, Status, Verdict};
use crate::ports::process::Command;
use crate::steps::gates::GatesSettings;
use crate::steps::trial::Trial;

const MOD: (&str, &str) = ("go.mod", "module example.com/m\n\ngo 1.21\n");

async fn lint(files: &[(&str, &str)], settings: Value) -> Result<Verdict, Problem> {
    let trial = Trial::of(files).await;
    let planned = trial.looked::<Lint, GatesSettings>(settings, json!({})).await?;
    trial.check(&planned[0]).await
}

#[tokio::test]
async fn good_code_passes() {
    let files =
        [MOD, ("a.go", "package a\n\nfunc Two() int { return 2 }\n"), ("testdata/b.go", "package  b {\n")];
    let verdict = lint(&files, json!({})).await.unwrap();
    assert_eq!((verdict.status, verdict.summary.as_str()), (Status::Pass, "go vet, gofmt found nothing"));
    assert_eq!(verdict.evidence.len(), 3, "one for each, and all that was found");
}

#[tokio::test]
async fn what_vet_and_gofmt_find_fails_at_its_place() {
    let code = "package a\n\nimport \"fmt\"\n\nfunc Say() { fmt.Printf(\"%d\\n\", \"x\") }\n";
    let verdict =
        lint(&[MOD, ("sub/a.go", code), ("b.go", "package m\nfunc  F(){}\n")], json!({})).await.unwrap();
    assert_eq!(verdict.status, Status::Fail);
    let places: Vec<String> = verdict
        .problems
        .iter()
        .map(|problem| problem.place.as_ref().map(ToString::to_string).unwrap_or_default())
        .collect();
    // Which column it is differs between versions of Go.
    assert!(places[0].starts_with("sub/a.go:5:"), "{verdict:?}");
    assert_eq!(places[1..], ["b.go"], "{verdict:?}");
    assert!(verdict.problems[0].what.contains("go vet") || verdict.problems[0].what.contains("Printf"));
}

#[tokio::test]
async fn code_that_does_not_compile_never_passes() {
    let verdict = lint(&[MOD, ("a.go", "package a\n\nfunc F() { nothing() }\n")], json!({})).await;
    assert!(verdict.is_err() || verdict.is_ok_and(|verdict| verdict.status == Status::Fail));
    let broken = lint(&[MOD, ("a.go", "package a\n\nfunc F( {\n")], json!({ "vet": false })).await;
    assert!(broken.unwrap_err().what.contains("gofmt"));
    let configured = lint(
        &[MOD, ("a.go", "package a\n"), (".golangci.yml", "version: \"2\"\n")],
        json!({ "golangci_lint": "no-such" }),
    );
    assert!(configured.await.unwrap_err().what.contains(".golangci.yml"));
}

/// A project with the programs that scripts/setup installs, as `npm ci` would lay them.
async fn with_node(files: &[(&str, &str)], settings: Value) -> Result<Verdict, Problem> {
    let trial = Trial::of(files).await;
    let tools = Utf8PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("target/tools/node/node_modules");
    assert!(
        trial.ports.files.meta(&tools).unwrap().is_some(),
        "{tools} is missing: run `scripts/setup test`"
    );
    let link = Command::new("ln", &trial.root).args(["-s", tools.as_str(), "node_modules"]);
    assert!(trial.ports.process.run(link, &CancellationToken::new(), &|_, _| {}).await.unwrap().ok());
    let planned = trial.looked::<Lint, GatesSettings>(settings, json!({})).await?;
    trial.check(&planned[0]).await
}

fn places(verdict: &Verdict) -> Vec<String> {
    let place = |problem: &Problem| problem.place.as_ref().map(ToString::to_string).unwrap_or_default();
    verdict.problems.iter().map(place).collect()
}

#[tokio::test]
async fn deno_says_what_it_finds_checks_and_formats() {
    let config =
        ("deno.json", "{ \"name\": \"@acme/x\", \"version\": \"1.0.0\", \"exports\": \"./main.ts\" }\n");
    // What it excludes is its own to say; what Git ignores, as our folder, it leaves out by itself.
    let config = (
        config.0,
        "{\n  \"name\": \"@acme/x\",\n  \"version\": \"1.0.0\",\n  \"exports\": \"./main.ts\",\n  \"exclude\": [\"made.ts\"]\n}\n",
    );
    let ignored = (".gitignore", "/dist/\n/node_modules\n");
    let good = [config, ignored, ("main.ts", "export const one: number = 1;\n"), ("made.ts", "var  x = 1\n")];
    let verdict = with_node(&good, json!({})).await.unwrap();
    assert_eq!(verdict.status, Status::Pass, "{verdict:?}");
    assert_eq!(verdict.summary, "deno lint, deno check, deno fmt found nothing");
    let bad =
        [config, ignored, ("sub/main.ts", "const  x: number = \"a\";\nlet y = 1;\nconsole.log(x, y);\n")];
    let verdict = with_node(&bad, json!({})).await.unwrap();
    assert_eq!(verdict.status, Status::Fail);
    assert_eq!(places(&verdict), ["sub/main.ts:2:5", "sub/main.ts:1:8", "sub/main.ts"], "{verdict:?}");
    let nothing = with_node(&[config, ignored], json!({ "format": false })).await.unwrap_err();
    assert!(nothing.to_string().contains("No target files found"), "{nothing}");
    let broken = [config, ignored, ("main.ts", "export const = 1;\n")];
    let refused = with_node(&broken, json!({ "format": false })).await.unwrap_err();
    assert!(refused.to_string().contains("deno lint"), "{refused}");
}

#[tokio::test]
async fn eslint_runs_where_it_is_configured_and_installed() {
    let config = (
        "eslint.config.mjs",
        "export default [{ rules: { \"no-unused-vars\": \"error\", \"no-debugger\": \"warn\" } }];\n",
    );
    let verdict = with_node(&[config, ("a.js", "export const a = 1;\n")], json!({})).await.unwrap();
    assert_eq!((verdict.status, verdict.summary.as_str()), (Status::Pass, "eslint found nothing"));
    let verdict = with_node(&[config, ("sub/a.js", "const a = 1;\ndebugger;\n")], json!({})).await.unwrap();
    assert_eq!(
        (verdict.status, places(&verdict)),
        (Status::Fail, vec!["sub/a.js:1:7".into(), "sub/a.js:2:1".into()])
    );
    let broken = ("eslint.config.mjs", "export default nothing;\n");
    let refused = with_node(&[broken, ("a.js", "\n")], json!({})).await.unwrap_err();
    assert!(refused.to_string().contains("exit code 2"), "{refused}");
    let refused = lint(&[config, ("a.js", "\n")], json!({})).await.unwrap_err();
    assert!(refused.to_string().contains("no node_modules/.bin/eslint"), "{refused}");
}

/// ESLint passes over what its configuration says nothing of, and says nothing of that.
#[tokio::test]
async fn eslint_that_looked_at_nothing_of_a_language_proves_nothing() {
    let config =
        |more: &str| format!("export default [{{ rules: {{ \"no-unused-vars\": \"error\" }} }}, {more}];\n");
    let name = "eslint.config.mjs";
    let sources =
        [("a.js", "export const a = 1;\n"), ("web/b.ts", "const b: number = 1;\n"), ("c.d.ts", "\n")];
    let run = async |config: String| {
        let files: Vec<(&str, &str)> = [(name, config.as_str())].into_iter().chain(sources).collect();
        with_node(&files, json!({})).await
    };
    let refused = run(config("")).await.unwrap_err();
    assert!(refused.what.contains("looked at no .ts file, and there are 1"), "{refused}");
    assert!(refused.causes[0].contains("web/b.ts"), "{refused}");
    assert!(refused.fix.as_ref().unwrap().contains("**/*.ts"), "{refused}");
    // Who says that nobody shall look at them has said it.
    let verdict = run(config("{ ignores: [\"**/*.ts\"] }")).await.unwrap();
    assert_eq!(verdict.status, Status::Pass, "{verdict:?}");
    let row = |verdict: &Verdict| {
        let row = verdict.rows.iter().find(|row| row.metric == "looked at by eslint");
        row.map(|row| row.actual.clone()).unwrap_or_default()
    };
    assert_eq!(row(&verdict), "1 .js (1 in the commit), no .ts of 1, which eslint.config.mjs ignores");
    // Without a parser it cannot read them, which is a finding.
    let verdict = run(config("{ files: [\"**/*.ts\"] }")).await.unwrap();
    assert_eq!((verdict.status, places(&verdict)), (Status::Fail, vec!["web/b.ts:1:8".to_owned()]));
    assert_eq!(row(&verdict), "1 .js (1 in the commit), 1 .ts (1 in the commit)");
}
