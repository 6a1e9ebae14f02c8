//! The room tried out on projects with dependencies.

use serde_json::{Value, json};

use super::Licences;
use crate::config::section::NoSettings;
use crate::model::facts::GoVariant;
use crate::model::{Problem, Status, Verdict};
use crate::steps::trial::Trial;

const LOCK: &str = r#"{"lockfileVersion": 3, "packages": {"": {},
    "node_modules/a": {"version": "1.0.0", "license": "MIT"},
    "node_modules/b": {"version": "2.0.0", "license": "MIT OR GPL-3.0-only"},
    "node_modules/c": {"version": "3.0.0", "license": "GPL-3.0-only"},
    "node_modules/d": {"version": "4.0.0", "license": "SEE LICENSE IN LICENSE"}}}"#;

async fn judged(files: &[(&str, &str)], room: Value) -> Result<Verdict, Problem> {
    let trial = Trial::of(files).await;
    let planned = trial.plan::<Licences, NoSettings>(room, json!({}))?;
    trial.check(&planned[0]).await
}

#[tokio::test]
async fn tells_what_is_not_allowed_and_what_nobody_knows() {
    let files = [("go.mod", "module m\n\ngo 1.22\n"), ("m.go", "package m\n"), ("package-lock.json", LOCK)];
    let verdict = judged(&files, json!({ "allow": ["MIT"] })).await.unwrap();
    assert_eq!(verdict.status, Status::Error);
    let told: Vec<&str> = verdict.problems.iter().map(|problem| problem.what.as_str()).collect();
    assert_eq!(told, ["nobody can tell the licence of d 4.0.0 (npm)", "c 3.0.0 (npm) is under GPL-3.0-only"]);
    let sources: Vec<&str> = verdict.evidence.iter().map(|proof| proof.what.as_str()).collect();
    assert_eq!(sources, ["go list -deps", "package-lock.json", "all that was found"]);

    let known = json!([
        { "package": "d", "licence": "MIT", "reason": "read" },
        { "package": "c@3.0.0", "reason": "bought" }
    ]);
    let verdict = judged(&files, json!({ "allow": ["MIT"], "exceptions": known })).await.unwrap();
    assert_eq!(verdict.status, Status::Pass, "{verdict:?}");
    let idle =
        json!([{ "package": "d", "licence": "MIT", "reason": "read" }, { "package": "z", "reason": "x" }]);
    let verdict =
        judged(&files, json!({ "allow": ["MIT", "GPL-3.0-only"], "exceptions": idle })).await.unwrap();
    assert_eq!(verdict.status, Status::Error);
    assert!(verdict.problems[0].what.contains("no dependency is `z`"));
}

#[tokio::test]
async fn a_project_without_dependencies_passes_and_one_without_a_manifest_does_not() {
    let go = [("go.mod", "module m\n\ngo 1.22\n"), ("m.go", "package m\n")];
    assert_eq!(judged(&go, json!({ "deny": ["AGPL-3.0-only"] })).await.unwrap().status, Status::Pass);
    let none = judged(&[("README.md", "x\n")], json!({ "allow": ["MIT"] })).await.unwrap();
    assert_eq!(none.status, Status::Error);
}

#[tokio::test]
async fn a_policy_that_allows_everything_or_names_nothing_known_is_refused() {
    let files = [("go.mod", "module m\n\ngo 1.22\n")];
    for room in [
        json!({}),
        json!({ "allow": ["Mitt"] }),
        json!({ "allow": ["MIT"], "exceptions": [{ "package": "a", "reason": " " }] }),
    ] {
        assert!(judged(&files, room.clone()).await.is_err(), "{room}");
    }
}

#[tokio::test]
async fn dependencies_that_nobody_can_read_are_no_pass() {
    let files = [
        ("go.mod", "module m\n\ngo 1.22\n"),
        ("m.go", "package m\n"),
        ("package.json", "{}"),
        ("yarn.lock", ""),
    ];
    let verdict = judged(&files, json!({ "allow": ["MIT"] })).await.unwrap();
    assert_eq!(verdict.status, Status::Error);
    assert!(verdict.summary.contains("package.json"), "{}", verdict.summary);
}

const MIT: &str = include_str!("../../../../LICENSE-MIT");

/// A module with one vendored dependency, which only some of its variants need.
fn vendored(needs: &'static str, licence: &'static str) -> Vec<(&'static str, &'static str)> {
    let modules = "# example.com/dep/v2 v2.1.0\n## explicit; go 1.22\nexample.com/dep/v2/a/b\n";
    vec![
        ("go.mod", "module example.com/m\n\ngo 1.22\n\nrequire example.com/dep/v2 v2.1.0\n"),
        ("m.go", "package main\n\nimport \"example.com/m/lo\"\n\nfunc main() { lo.F() }\n"),
        ("lo/lo_linux.go", "package lo\n\nfunc F() {}\n"),
        (needs, "//go:build !no\n\npackage lo\n\nimport _ \"example.com/dep/v2/a/b\"\n"),
        ("vendor/modules.txt", modules),
        ("vendor/example.com/dep/v2/a/b/b.go", "package b\n"),
        ("vendor/example.com/dep/v2/LICENSE", licence),
    ]
}

fn variant(os: &str, tags: &[&str], cgo: &str) -> GoVariant {
    let env = [("GOOS", os), ("GOARCH", "amd64"), ("CGO_ENABLED", cgo)];
    GoVariant {
        env: env.map(|(name, value)| (name.to_owned(), value.to_owned())).into(),
        tags: tags.iter().map(|&tag| tag.to_owned()).collect(),
        ..GoVariant::default()
    }
}

async fn compiled(files: &[(&str, &str)], variants: Vec<GoVariant>) -> Result<Verdict, Problem> {
    let mut trial = Trial::of(files).await;
    trial.facts.variants = variants;
    let planned = trial.plan::<Licences, NoSettings>(json!({ "allow": ["MIT"] }), json!({}))?;
    trial.check(&planned[0]).await
}

#[tokio::test]
async fn a_vendored_module_is_known_by_the_texts_beside_it() {
    let verdict = compiled(&vendored("lo/x.go", MIT), Vec::new()).await.unwrap();
    assert_eq!((verdict.status, verdict.summary.as_str()), (Status::Pass, "1 dependencies: 1 MIT"));
    let none = compiled(&vendored("lo/x.go", "ask me\n"), Vec::new()).await.unwrap();
    assert_eq!(none.status, Status::Error);
    assert!(none.problems[0].what.contains("example.com/dep/v2 v2.1.0"), "{none:?}");
}

#[tokio::test]
async fn what_any_variant_compiles_is_judged_and_what_none_does_is_not() {
    let linux = || variant("linux", &[], "0");
    for (needs, variants, count) in [
        ("lo/x_windows.go", vec![linux()], 0),
        ("lo/x_windows.go", vec![linux(), variant("windows", &[], "0")], 1),
        // The folder `lo` has nothing for this one, and `m.go` needs it: that stops no other.
        ("lo/x_linux.go", vec![variant("darwin", &[], "0"), linux()], 1),
        ("lo/x_linux.go", vec![variant("linux", &["no"], "0")], 0),
        ("lo/x_linux.go", vec![variant("linux", &["no"], "0"), variant("linux", &["yes"], "1")], 1),
    ] {
        let verdict = compiled(&vendored(needs, MIT), variants.clone()).await.unwrap();
        assert!(verdict.summary.starts_with(&format!("{count} dep")), "{variants:?}: {}", verdict.summary);
    }
    let torn =
        [("go.mod", "module m\n\ngo 1.22\n"), ("m.go", "package m\n\nimport _ \"example.com/gone\"\n")];
    let problem = compiled(&torn, vec![linux()]).await.unwrap_err();
    assert!(problem.to_string().contains("example.com/gone"), "{problem}");
}
