//! Every format against everything that is no evidence, at the gates: what the reader lets through, the age, the commit
//! and the verdict let through too, or the gate is shut. Not one passes.

use serde_json::{Value, json};

use super::GatesSettings;
use super::coverage::Coverage;
use super::given::noted;
use super::known::Known;
use super::lint::Lint;
use super::secrets::Secrets;
use super::tests::Tests;
use super::vulnerabilities::Vulnerabilities;
use crate::formats::findings::samples::{CLEAN, SAMPLES};
use crate::formats::samples::{COVERAGE, NOTHING, TESTS};
use crate::model::{Problem, Status, Verdict};
use crate::steps::room::Room;
use crate::steps::trial::Trial;

/// Files that the samples of coverage speak of.
const SOURCES: [(&str, &str); 12] = [
    ("go.mod", "module m\n\ngo 1.21\n"),
    ("a.go", "package m\n\nfunc A(n int) {\n\tn++\n\tprintln(n)\n}\n\nfunc B() {\n\tprintln(1)\n}\n"),
    ("b.go", "package m\n\nfunc C() {\n\tprintln(1)\n\tprintln(2)\n\tprintln(3)\n}\n"),
    (".gitignore", "out/\n"),
    ("a.c", "\n\n\n"),
    ("b.c", "\n\n\n\n\n\n\n\n\n\n"),
    ("a", "\n\n\n"),
    ("p/A.java", "\n\n\n"),
    ("a.py", "\n\n\n"),
    ("a.js", "\n\n\n"),
    ("a.rs", "\n\n\n"),
    ("x/a.ts", "\n\n\n"),
];

/// What a report that only counts packages has to be of.
const CARGO_LOCK: &str = "version = 4\n\n[[package]]\nname = \"a\"\nversion = \"1.0.0\"\n\n[[package]]\nname = \"b\"\nversion = \"1.0.0\"\n";
const NPM_LOCK: &str = r#"{"lockfileVersion":3,"packages":{"":{},"node_modules/a":{"version":"1.0.0"},"node_modules/b":{"version":"1.0.0"},"node_modules/c":{"version":"1.0.0"}}}"#;

const REPORT: &str = "out/report";

/// Formats of which a part that ends with a record is a whole one too.
const ENDLESS: [&str; 1] = ["LCOV tracefile"];

/// A report of each format that lets its gate pass.
fn good(trial: &Trial) -> Vec<(&'static str, String)> {
    let day = (trial.ports.clock.now() - chrono::Duration::days(1)).to_rfc3339();
    let all = COVERAGE.iter().chain(TESTS).chain(CLEAN);
    all.map(|(format, text)| (*format, text.replace("DAY", &day))).collect()
}

/// A project for the report of a format. Beside a report of packages in other ecosystems govulncheck would run, so the
/// project has no module then.
async fn project(format: &str) -> Trial {
    let lock = match format {
        "JSON of cargo-audit" => Some(("Cargo.lock", CARGO_LOCK)),
        "JSON of npm audit" => Some(("package-lock.json", NPM_LOCK)),
        _ => None,
    };
    let files: Vec<(&str, &str)> = SOURCES.into_iter().chain(lock).collect();
    let mut trial = Trial::of(&files).await;
    if !["JSON of govulncheck", "events of `go test -json`", "Go coverage profile"].contains(&format) {
        trial.facts.ecosystems.go = None;
    }
    trial
}

/// The verdict of the gate that takes the report, if it is this one.
async fn gate<R: Room>(trial: &Trial, room: Value, step: &Value) -> Option<Result<Verdict, Problem>> {
    let seen = trial.seen::<R, GatesSettings>(room.clone(), step.clone()).await.unwrap();
    if noted(&seen).unwrap().is_empty() {
        return None;
    }
    let planned = match trial.looked::<R, GatesSettings>(room, step.clone()).await {
        Ok(planned) => planned,
        Err(problem) => return Some(Err(problem)),
    };
    // What reads reports comes first.
    Some(trial.check(&planned[0]).await)
}

/// What every gate says of the report that was written.
async fn verdicts(trial: &Trial, more: Value) -> Vec<Result<Verdict, Problem>> {
    let mut step = json!({ "reports": [REPORT] });
    step.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    let known = trial.plan::<Known, GatesSettings>(json!({}), step.clone()).unwrap();
    let known = trial.check(&known[0]).await;
    if !passed(&known) {
        return vec![known];
    }
    // What looks at code runs beside every report, and is not asked here.
    let own: &[&str] = if trial.facts.ecosystems.go.is_some() { &["govulncheck"] } else { &[] };
    let scanners = json!({ "govulncheck": "no-such-govulncheck", "scanners": own });
    let gates = [
        gate::<Coverage>(trial, json!({ "minimum": 0 }), &step).await,
        gate::<Tests>(trial, json!({}), &step).await,
        gate::<Vulnerabilities>(trial, scanners, &step).await,
        gate::<Secrets>(trial, json!({}), &step).await,
        gate::<Lint>(trial, json!({}), &step).await,
    ];
    let told: Vec<_> = gates.into_iter().flatten().collect();
    assert!(!told.is_empty(), "a known report that no gate takes");
    told
}

fn passed(verdict: &Result<Verdict, Problem>) -> bool {
    verdict.as_ref().is_ok_and(|verdict| verdict.status == Status::Pass)
}

/// Whether all of them let it pass.
async fn passes(trial: &Trial, text: &[u8]) -> bool {
    trial.ports.files.write(&trial.root.join(REPORT), text).unwrap();
    verdicts(trial, json!({})).await.iter().all(passed)
}

/// What shuts the gate, in words; nothing if it is open.
async fn refused(trial: &Trial, more: Value) -> String {
    let verdicts = verdicts(trial, more).await;
    let words = |verdict: Result<Verdict, Problem>| match verdict {
        Ok(verdict) if verdict.status == Status::Pass => String::new(),
        Ok(verdict) => format!("{} {:?}", verdict.summary, verdict.problems),
        Err(problem) => problem.each().iter().map(ToString::to_string).collect(),
    };
    verdicts.into_iter().map(words).collect()
}

#[tokio::test]
async fn what_is_no_whole_report_passes_no_gate() {
    let reports = good(&project("").await);
    assert_eq!(reports.len(), COVERAGE.len() + TESTS.len() + SAMPLES.len() - 1, "each format but gitleaks");
    for (format, own) in &reports {
        let trial = project(format).await;
        assert!(passes(&trial, own.as_bytes()).await, "{format}: {}", refused(&trial, json!({})).await);
        for text in NOTHING {
            assert!(!passes(&trial, text.as_bytes()).await, "{format}: {text}");
        }
        for part in 0..64 {
            let end = own.trim_end().len() * part / 64;
            let cut = &own.as_bytes()[..end];
            let whole_lines = cut.ends_with(b"\n") || cut.ends_with(b"end_of_record");
            if !(ENDLESS.contains(format) && whole_lines) {
                assert!(!passes(&trial, cut).await, "{format} cut at {part}/64");
            }
        }
    }
}

#[tokio::test]
async fn a_report_of_another_time_or_commit_passes_no_gate() {
    for (format, own) in good(&project("").await) {
        let mut trial = project(format).await;
        let missing = refused(&trial, json!({})).await;
        assert!(missing.contains("there is no out/report"), "{format}: {missing}");
        assert!(passes(&trial, own.as_bytes()).await, "{format}");
        let old = refused(&trial, json!({ "max_report_age": "0s" })).await;
        assert!(old.contains("is too old"), "{format}: {old}");
        trial.ports.git.run(&["add", "-f", REPORT]).await.unwrap();
        let tracked = refused(&trial, json!({})).await;
        assert!(tracked.contains("is part of the commit"), "{format}: {tracked}");
        trial.ports.git.run(&["rm", "-q", "--cached", REPORT]).await.unwrap();
        trial.facts.commit.date = trial.ports.clock.now() + chrono::Duration::hours(1);
        let later = refused(&trial, json!({})).await;
        assert!(later.contains("is older than the commit"), "{format}: {later}");
    }
}

#[tokio::test]
async fn what_was_found_passes_no_gate() {
    for sample in SAMPLES {
        let trial = project(sample.format).await;
        assert!(!passes(&trial, sample.text.as_bytes()).await, "{}", sample.format);
    }
    // The exit code of a tool is not in its report: what the report itself says of its end counts.
    for (format, from, to) in [
        (
            "events of `go test -json`",
            "{\"Action\":\"pass\",\"Package\":\"m\"}",
            "{\"Action\":\"fail\",\"Package\":\"m\"}",
        ),
        ("messages of cargo (clippy, check)", "\"success\":true", "\"success\":false"),
        ("TAP", "ok 2 - b", "Bail out! no disk"),
        ("TAP", "ok 2 - b", "    not ok 1 - c\n    1..1\nok 2 - b"),
        ("JUnit XML", "<testsuite name='s'>", "<testsuite name='s' errors='1'>"),
        ("SARIF", "\"results\":[]", "\"results\":[],\"invocations\":[{\"executionSuccessful\":false}]"),
    ] {
        let trial = project(format).await;
        let own = good(&trial).into_iter().find(|(name, _)| *name == format).unwrap().1;
        let text = own.replacen(from, to, 1);
        assert_ne!(text, own, "{format}");
        assert!(!passes(&trial, text.as_bytes()).await, "{format}: {to}");
    }
}

#[tokio::test]
async fn a_report_of_another_commit_by_its_own_words_passes_no_gate() {
    let trial = project("SARIF").await;
    let own = good(&trial).into_iter().find(|(format, _)| *format == "SARIF").unwrap().1;
    let of = |ids: &[&str]| {
        let all: Vec<Value> = ids.iter().map(|id| json!({ "revisionId": id })).collect();
        let text = own.replacen(
            "\"results\":[]",
            &format!("\"results\":[],\"versionControlProvenance\":{}", json!(all)),
            1,
        );
        assert_ne!(text, own);
        text
    };
    let (commit, other) = (trial.facts.commit.id.as_str(), "0123456789abcdef0123456789abcdef01234567");
    for good in [&[][..], &[commit], &[other, commit], &[&commit[..8]]] {
        assert!(passes(&trial, of(good).as_bytes()).await, "{good:?}");
    }
    for bad in [&[other][..], &[&commit[..6]], &[&format!("{commit}0")]] {
        assert!(!passes(&trial, of(bad).as_bytes()).await, "{bad:?}");
        let told = refused(&trial, json!({})).await;
        assert!(told.contains("is of another commit") && told.contains(bad[0]), "{told}");
    }
    // Each run of a file speaks for itself.
    let runs = |ids: &[&str]| {
        let run =
            |id: &str| of(&[id]).split_once("\"runs\":[").unwrap().1.rsplit_once("]}").unwrap().0.to_owned();
        let all: Vec<String> = ids.iter().map(|id| run(id)).collect();
        format!("{}\"runs\":[{}]}}", own.split_once("\"runs\":[").unwrap().0, all.join(","))
    };
    assert!(passes(&trial, runs(&[commit, commit]).as_bytes()).await);
    assert!(!passes(&trial, runs(&[commit, other]).as_bytes()).await);
}

#[tokio::test]
async fn comments_that_let_pass_what_nobody_is_told_pass_no_gate() {
    let trial = project("JSON of gosec").await;
    let own = good(&trial).into_iter().find(|(format, _)| *format == "JSON of gosec").unwrap().1;
    let text = own.replacen("\"nosec\":0", "\"nosec\":4", 1);
    assert_ne!(text, own);
    assert!(passes(&trial, own.as_bytes()).await && !passes(&trial, text.as_bytes()).await);
    let told = refused(&trial, json!({})).await;
    assert!(told.contains("let something pass 4 times"), "{told}");
}

#[tokio::test]
async fn tests_of_another_module_of_the_repository_pass_no_gate() {
    const FORMAT: &str = "events of `go test -json`";
    let trial = project(FORMAT).await;
    for (path, text) in
        [("tools/go.mod", "module m/tools\n"), ("tools/t.go", "package tools\n"), ("p/p.go", "package p\n")]
    {
        trial.ports.files.write(&trial.root.join(path), text.as_bytes()).unwrap();
        trial.ports.git.run(&["add", path]).await.unwrap();
    }
    let own = good(&trial).into_iter().find(|(format, _)| *format == FORMAT).unwrap().1;
    for (package, good) in [("m", true), ("m/p", true), ("m/tools", false), ("m/v2", false), ("mm", false)] {
        let text = own.replace("\"Package\":\"m\"", &format!("\"Package\":\"{package}\""));
        assert_eq!(passes(&trial, text.as_bytes()).await, good, "{package}");
    }
    assert!(refused(&trial, json!({})).await.contains("is of another project"));
}
