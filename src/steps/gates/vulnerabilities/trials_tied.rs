//! Reports that are given, of this project and of others: only what looked at these lock files stands in for a run.

use serde_json::{Value, json};

use super::Vulnerabilities;
use super::trials_scanners::{judged_with, lock};
use crate::model::{Problem, Status, Verdict};
use crate::steps::gates::GatesSettings;
use crate::steps::trial::Trial;

const REPORT: &str = "out/report.json";

/// A project with a lock file of each kind that can be told.
async fn project() -> Trial {
    let npm = r#"{"name": "m", "lockfileVersion": 3, "packages": {"": {"name": "m", "dependencies": {"b": "2.0.1"}},
        "node_modules/b": {"version": "2.0.1"}, "node_modules/c": {"version": "1.0.0"}}}"#;
    let rust = lock("0.1.40");
    let go = "module example.com/m\n\ngo 1.21\n\nrequire golang.org/x/text v0.3.8\n";
    Trial::of(&[
        ("go.mod", go),
        ("Cargo.toml", "[package]\nname = \"m\"\n"),
        ("Cargo.lock", &rust),
        ("package.json", "{}"),
        ("package-lock.json", npm),
        (".gitignore", "out/\n"),
    ])
    .await
}

/// A run in which nothing that would run is there, so that what stands in for it shows.
async fn judged(trial: &Trial, report: &str, scanner: &str) -> Result<Verdict, Problem> {
    trial.ports.files.write(&trial.root.join(REPORT), report.as_bytes()).unwrap();
    let settings = json!({
        "scanners": [scanner], "govulncheck": "no-such", "npm": "no-such", "osv_scanner": "no-such", "trivy": "no-such",
        "rust_database": "no-such"
    });
    judged_with(trial, settings, json!({ "reports": [REPORT] })).await
}

fn words(verdict: Result<Verdict, Problem>) -> String {
    let problem = verdict.unwrap_err();
    problem.each().into_iter().map(|one| format!("{} ({})", one.what, one.causes.join("; "))).collect()
}

type Packages<'a> = &'a [(&'a str, &'a [(&'a str, &'a str)])];

/// All that the project's lock files name, as `osv-scanner --all-packages` and Trivy tell of it.
const WHOLE: Packages = &[
    ("go.mod", &[("golang.org/x/text", "0.3.8")]),
    ("Cargo.lock", &[("m", "0.1.0"), ("time", "0.1.40")]),
    ("package-lock.json", &[("b", "2.0.1"), ("c", "1.0.0")]),
];

/// A value for each file, made of a value for each of its packages.
fn each(
    all: Packages,
    package: &dyn Fn(&str, &str, &str) -> Value,
    whole: &dyn Fn(&str, Vec<Value>) -> Value,
) -> Vec<Value> {
    let packages = |file: &str, all: &[(&str, &str)]| -> Vec<Value> {
        all.iter().map(|(name, version)| package(file, name, version)).collect()
    };
    all.iter().map(|(file, inside)| whole(file, packages(file, inside))).collect()
}

fn osv(all: Packages) -> String {
    let ecosystem = |file: &str| match file {
        "go.mod" => "Go",
        "Cargo.lock" => "crates.io",
        _ => "npm",
    };
    let package = |file: &str, name: &str, version: &str| json!({ "package": { "name": name, "version": version, "ecosystem": ecosystem(file) } });
    let results = each(
        all,
        &package,
        &|file, packages| json!({ "source": { "path": format!("/elsewhere/w/{file}"), "type": "lockfile" }, "packages": packages }),
    );
    json!({ "results": results, "experimental_config": {} }).to_string()
}

fn trivy(all: Packages, created: &str, listed: bool) -> String {
    let kind = |file: &str| match file {
        "go.mod" => "gomod",
        "Cargo.lock" => "cargo",
        _ => "npm",
    };
    let package = |_: &str, name: &str, version: &str| json!({ "Name": name, "Version": version });
    let results = each(all, &package, &|file, mut packages| {
        packages.retain(|_| listed);
        json!({ "Target": file, "Class": "lang-pkgs", "Type": kind(file), "Packages": packages })
    });
    json!({ "SchemaVersion": 2, "CreatedAt": created, "ArtifactName": ".", "ArtifactType": "filesystem", "Results": results })
        .to_string()
}

#[tokio::test]
async fn a_report_stands_in_for_the_scanners_whose_lock_files_it_looked_at() {
    let trial = project().await;
    let now = trial.ports.clock.now().to_rfc3339();
    for scanner in ["govulncheck", "rustsec", "npm_audit", "osv_scanner", "trivy"] {
        for report in [osv(WHOLE), trivy(WHOLE, &now, true)] {
            let verdict = judged(&trial, &report, scanner).await.unwrap();
            assert_eq!(verdict.status, Status::Pass, "{scanner}: {verdict:?}");
        }
    }
    // Of one lock file of three it says nothing, so that one is looked at here, and so would be all of them at once.
    let half = osv(&WHOLE[..2]);
    for (scanner, stands) in
        [("govulncheck", true), ("rustsec", true), ("npm_audit", false), ("osv_scanner", false)]
    {
        let verdict = judged(&trial, &half, scanner).await;
        assert_eq!(verdict.is_ok(), stands, "{scanner}: {verdict:?}");
    }
    // One that names no packages cannot be told from one of any other project.
    let bare = trivy(WHOLE, &now, false);
    assert!(words(judged(&trial, &bare, "govulncheck").await).contains("`no-such` is not on the PATH"));
}

#[tokio::test]
async fn a_report_of_other_packages_is_an_error() {
    let trial = project().await;
    let now = trial.ports.clock.now().to_rfc3339();
    let other: Packages = &[
        ("go.mod", &[("golang.org/x/text", "0.3.7")]),
        ("Cargo.lock", &[("m", "0.1.0"), ("time", "0.1.41")]),
    ];
    for report in [osv(other), trivy(other, &now, true)] {
        let said = words(judged(&trial, &report, "govulncheck").await);
        assert!(said.contains("of another project, or of another state of this one"), "{said}");
        assert!(said.contains("golang.org/x/text v0.3.8"), "{said}");
    }
    let old = (trial.ports.clock.now() - chrono::Duration::days(3)).to_rfc3339();
    let said = words(judged(&trial, &trivy(WHOLE, &old, true), "govulncheck").await);
    assert!(said.contains("is too old"), "{said}");
}

#[tokio::test]
async fn reports_that_count_must_count_what_the_lock_file_names() {
    let trial = project().await;
    let now = trial.ports.clock.now().to_rfc3339();
    let audit = |count: u64, found: Value| {
        json!({ "database": { "advisory-count": 900, "last-commit": "c0ffee", "last-updated": now },
            "lockfile": { "dependency-count": count },
            "vulnerabilities": { "found": false, "count": found.as_array().unwrap().len(), "list": found }, "warnings": {} })
        .to_string()
    };
    let in_crate = |name: &str, version: &str| {
        json!([{ "advisory": { "id": "RUSTSEC-1", "package": name, "title": "x" }, "versions": { "patched": [] },
            "package": { "name": name, "version": version } }])
    };
    assert_eq!(judged(&trial, &audit(2, json!([])), "rustsec").await.unwrap().status, Status::Pass);
    let found = judged(&trial, &audit(2, in_crate("time", "0.1.40")), "rustsec").await.unwrap();
    assert_eq!(found.status, Status::Fail);
    for (report, why) in [
        (audit(3, json!([])), "Cargo.lock has 2 entries, and cargo-audit counted 3"),
        (audit(1, json!([])), "counted 1"),
        (audit(2, in_crate("time", "0.1.41")), "which Cargo.lock does not name"),
        (audit(2, in_crate("other", "0.1.40")), "which Cargo.lock does not name"),
    ] {
        let said = words(judged(&trial, &report, "rustsec").await);
        assert!(said.contains(why), "{said}");
    }
    let npm = |total: u64| {
        json!({ "auditReportVersion": 2, "vulnerabilities": {},
            "metadata": { "vulnerabilities": { "total": 0 }, "dependencies": { "total": total } } })
        .to_string()
    };
    assert_eq!(judged(&trial, &npm(2), "npm_audit").await.unwrap().status, Status::Pass);
    for total in [1, 3, 200] {
        let said = words(judged(&trial, &npm(total), "npm_audit").await);
        assert!(said.contains(&format!("npm audit counted {total}")), "{said}");
    }
    let alone = Trial::of(&[("go.mod", "module m\n\ngo 1.21\n"), (".gitignore", "out/\n")]).await;
    for report in [audit(2, json!([])), npm(2)] {
        let said = words(judged(&alone, &report, "govulncheck").await);
        assert!(said.contains("this project has no"), "{said}");
    }
}

#[tokio::test]
async fn what_stands_in_is_decided_by_what_is_there_now() {
    let trial = project().await;
    trial.ports.files.write(&trial.root.join(REPORT), osv(WHOLE).as_bytes()).unwrap();
    let plan = async || {
        let settings = json!({ "gosec": "no-such" });
        let step = json!({ "reports": [REPORT] });
        trial.looked::<Vulnerabilities, GatesSettings>(settings, step).await.unwrap().remove(0).task.key
    };
    let before = plan().await;
    trial.ports.files.write(&trial.root.join("Cargo.lock"), lock("0.1.42").as_bytes()).unwrap();
    assert_ne!(before, plan().await, "RustSec runs again");
}
