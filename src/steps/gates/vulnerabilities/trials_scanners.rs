//! Real runs of the scanners for Rust, npm and lock files of any kind, and reports that say of what they are.

use std::fmt::Write as _;
use std::io::Write as _;

use camino::Utf8PathBuf;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use super::Vulnerabilities;
use crate::model::{Problem, Status, Verdict};
use crate::ports::Files as _;
use crate::ports::real::RealFiles;
use crate::steps::gates::GatesSettings;
use crate::steps::trial::Trial;

/// What scripts/setup installs.
pub fn tool(name: &str) -> String {
    let path = Utf8PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("target/tools").join(name);
    let there = RealFiles.meta(&path).is_ok_and(|meta| meta.is_some());
    assert!(there, "{path} is missing: run `scripts/setup test`");
    path.into_string()
}

pub async fn judged(trial: &Trial, settings: Value) -> Result<Verdict, Problem> {
    judged_with(trial, settings, json!({})).await
}

pub async fn judged_with(trial: &Trial, settings: Value, step: Value) -> Result<Verdict, Problem> {
    let planned = trial.looked::<Vulnerabilities, GatesSettings>(settings, step).await?;
    assert_eq!(planned.len(), 1);
    trial.check(&planned[0]).await
}

pub fn lock(version: &str) -> String {
    format!(
        "version = 4\n\n[[package]]\nname = \"m\"\nversion = \"0.1.0\"\ndependencies = [\"time\"]\n\n[[package]]\nname = \
         \"time\"\nversion = \"{version}\"\nsource = \"registry+https://github.com/rust-lang/crates.io-index\"\n"
    )
}

fn advisory(id: &str, name: &str, day: &str, more: &str) -> String {
    format!(
        "```toml\n[advisory]\nid = \"{id}\"\npackage = \"{name}\"\ndate = \"{day}\"\n{more}\n[versions]\npatched = [\">= \
         0.2.23\"]\n```\n\n# The title of {id}\n\nWords.\n"
    )
}

/// A crate in this version, and a database with an advisory about it among `others` more.
async fn rust(version: &str, more: &str, others: usize, days: i64) -> (Trial, String) {
    let lock = lock(version);
    let trial = Trial::of(&[("Cargo.toml", "[package]\nname = \"m\"\n"), ("Cargo.lock", &lock)]).await;
    let day = (trial.ports.clock.now() - chrono::Duration::days(days)).format("%Y-%m-%d").to_string();
    let folder = trial.root.parent().unwrap().join("advisories");
    let write = |path: String, text: String| {
        trial.ports.files.write(&folder.join(path), text.as_bytes()).unwrap();
    };
    write("crates/time/RUSTSEC-2020-0071.md".into(), advisory("RUSTSEC-2020-0071", "time", &day, more));
    for at in 0..others {
        let id = format!("RUSTSEC-2019-{at:04}");
        write(format!("crates/other{at}/{id}.md"), advisory(&id, &format!("other{at}"), "2019-01-01", ""));
    }
    (trial, folder.into_string())
}

async fn rust_verdict(version: &str, more: &str) -> Verdict {
    let (trial, database) = rust(version, more, 501, 1).await;
    judged(&trial, json!({ "rust_database": database })).await.unwrap()
}

#[tokio::test]
async fn a_crate_with_an_advisory_fails_and_the_version_without_it_passes() {
    let scored = "aliases = [\"CVE-2020-26235\"]\ncvss = \"CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H\"";
    let verdict = rust_verdict("0.1.40", scored).await;
    assert_eq!(verdict.status, Status::Fail, "{verdict:?}");
    let problem = &verdict.problems[0];
    assert_eq!(problem.what, "RUSTSEC-2020-0071 (critical): The title of RUSTSEC-2020-0071");
    assert_eq!(problem.fix.as_deref(), Some("`cargo update -p time`, so that it is >=0.2.23"));
    assert_eq!(problem.place.as_ref().unwrap().to_string(), "Cargo.lock");
    let proof = &verdict.evidence[0];
    assert!(proof.digest.is_some() && proof.tool.as_ref().unwrap().contains("502 advisories"), "{proof:?}");
    let verdict = rust_verdict("0.2.23", scored).await;
    assert_eq!((verdict.status, verdict.problems.len()), (Status::Pass, 0), "{verdict:?}");
    assert!(verdict.summary.contains("RustSec looked at 1 crates"), "{}", verdict.summary);
}

#[tokio::test]
async fn what_has_no_score_counts_as_the_settings_say_and_what_was_withdrawn_does_not() {
    let verdict = rust_verdict("0.1.40", "").await;
    assert_eq!(verdict.status, Status::Fail);
    assert!(verdict.problems[0].what.starts_with("RUSTSEC-2020-0071 (high)"), "{verdict:?}");
    let verdict = rust_verdict("0.1.40", "withdrawn = \"2021-01-01\"").await;
    assert_eq!((verdict.status, verdict.problems.len()), (Status::Pass, 0), "{verdict:?}");
    for (kind, words) in [("unsound", "(medium): unsound"), ("unmaintained", "(low): unmaintained")] {
        let verdict = rust_verdict("0.1.40", &format!("informational = \"{kind}\"")).await;
        assert_eq!(verdict.status, Status::Pass);
        assert!(verdict.problems[0].what.contains(words), "{verdict:?}");
    }
    let (trial, database) = rust("0.1.40", "aliases = [\"CVE-2020-26235\"]", 501, 1).await;
    let entry = json!([{ "id": "CVE-2020-26235", "reason": "no local time", "owner": "ann", "expires": "9999-12-31" }]);
    let verdict = judged(&trial, json!({ "rust_database": database, "ignore": entry })).await.unwrap();
    assert_eq!(verdict.status, Status::Pass, "{verdict:?}");
}

#[tokio::test]
async fn a_database_of_rustsec_that_proves_nothing_is_an_error() {
    for (others, days, words) in
        [(501, 8, "8 days old"), (400, 1, "only 401 advisories"), (0, 1, "only 1 advisories")]
    {
        let (trial, database) = rust("0.2.23", "", others, days).await;
        let problem = judged(&trial, json!({ "rust_database": database })).await.unwrap_err();
        assert!(problem.what.contains(words), "{problem:?}");
    }
    let (trial, database) = rust("0.2.23", "", 501, 1).await;
    let gone = judged(&trial, json!({ "rust_database": "nowhere" })).await.unwrap_err();
    assert!(gone.what.contains("no database of RustSec in nowhere"), "{gone:?}");
    let source = trial.root.join("no-repository").into_string();
    let unreached = judged(&trial, json!({ "rust_source": source })).await.unwrap_err();
    assert!(unreached.what.contains("could not be fetched"), "{unreached:?}");
    for text in ["", "```toml\n[advisory]\n", "<html>502</html>"] {
        let path = Utf8PathBuf::from(&database).join("crates/time/RUSTSEC-2020-0071.md");
        trial.ports.files.write(&path, text.as_bytes()).unwrap();
        let other = Utf8PathBuf::from(&database).join("crates/other1/RUSTSEC-2020-9999.md");
        let day = trial.ports.clock.now().format("%Y-%m-%d").to_string();
        trial
            .ports
            .files
            .write(&other, advisory("RUSTSEC-2020-9999", "other1", &day, "").as_bytes())
            .unwrap();
        let torn = judged(&trial, json!({ "rust_database": database })).await.unwrap_err();
        assert!(torn.what.contains("RUSTSEC-2020-0071.md about time cannot be read"), "{torn:?}");
    }
    for text in ["", "<html>", "version = 4\n"] {
        trial.ports.files.write(&trial.root.join("Cargo.lock"), text.as_bytes()).unwrap();
        let empty = judged(&trial, json!({ "rust_database": database })).await.unwrap_err();
        assert!(empty.what.contains("Cargo.lock cannot be read"), "{empty:?}");
    }
}

#[tokio::test]
async fn a_checkout_of_rustsec_tells_its_commit_and_is_fetched_where_none_is_named() {
    let (trial, database) = rust("0.1.40", "", 501, 400).await;
    let who = ["-c", "user.name=t", "-c", "user.email=t@users.noreply.example"];
    for args in [&["init", "-q"][..], &["add", "-A"], &["commit", "-q", "-m", "db"]] {
        let args: Vec<&str> = ["-C", &database].into_iter().chain(who).chain(args.iter().copied()).collect();
        trial.ports.git.run(&args).await.unwrap();
    }
    for settings in [json!({ "rust_database": database }), json!({ "rust_source": database })] {
        let verdict = judged(&trial, settings).await.unwrap();
        assert_eq!(verdict.status, Status::Fail, "{verdict:?}");
        let tool = verdict.evidence[0].tool.as_ref().unwrap();
        assert!(tool.contains("commit "), "{tool}");
        assert!(trial.ports.files.meta(&trial.dist().join(".rustsec")).unwrap().is_none());
    }
    trial.ports.files.remove(&Utf8PathBuf::from(&database).join("crates/time")).unwrap();
    let changed = judged(&trial, json!({ "rust_database": database })).await.unwrap_err();
    assert!(changed.what.contains("not as its commit has it"), "{changed:?}");
}

#[tokio::test]
async fn the_real_database_of_rustsec_knows_a_real_crate() {
    let database = tool("advisory-db");
    for (version, status) in [("0.1.40", Status::Fail), ("0.3.47", Status::Pass)] {
        let lock = lock(version);
        let trial = Trial::of(&[("Cargo.toml", "[package]\n"), ("Cargo.lock", &lock)]).await;
        let settings = json!({ "rust_database": database, "max_age": "3650d", "fail_on": "medium" });
        let verdict = judged(&trial, settings).await.unwrap();
        assert_eq!(verdict.status, status, "{verdict:?}");
        let told = verdict.problems.iter().any(|problem| problem.what.starts_with("RUSTSEC-2020-0071"));
        assert_eq!(told, status == Status::Fail);
    }
}

/// A registry that answers every request for an audit so; where it listens.
async fn registry(status: &'static str, body: Value) -> String {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}/", listener.local_addr().unwrap());
    let body = body.to_string();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let body = body.clone();
            tokio::spawn(async move {
                let mut request = Vec::new();
                while !request.windows(4).any(|end| end == b"\r\n\r\n") {
                    let mut block = [0; 4096];
                    match stream.read(&mut block).await {
                        Ok(count) if count > 0 => request.extend_from_slice(&block[..count]),
                        _ => return,
                    }
                }
                let audit = request.starts_with(b"POST /-/npm/v1/security/advisories/bulk");
                let (status, body) = if audit { (status, body.as_str()) } else { ("404 Not Found", "{}") };
                let mut answer = format!("HTTP/1.1 {status}\r\nconnection: close\r\n");
                write!(
                    answer,
                    "content-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
                    body.len()
                )
                .unwrap();
                stream.write_all(answer.as_bytes()).await.ok();
                stream.shutdown().await.ok();
            });
        }
    });
    address
}

const NPM_LOCK: &str = r#"{"name": "m", "version": "1.0.0", "lockfileVersion": 3, "requires": true, "packages": {
    "": {"name": "m", "version": "1.0.0", "devDependencies": {"minimist": "0.0.8"}},
    "node_modules/minimist": {"version": "0.0.8", "dev": true, "license": "MIT"}}}"#;

async fn npm(registry: &str, more: &str) -> Result<Verdict, Problem> {
    let npmrc = format!("registry={registry}\nfetch-retries=0\n{more}");
    let manifest = r#"{"name": "m", "version": "1.0.0", "devDependencies": {"minimist": "0.0.8"}}"#;
    let files = [("package.json", manifest), ("package-lock.json", NPM_LOCK), (".npmrc", &npmrc)];
    judged(&Trial::of(&files).await, json!({})).await
}

#[tokio::test]
async fn npm_asks_the_registry_and_nothing_keeps_it_from_that() {
    let known = json!({ "minimist": [{
        "id": 1179, "url": "https://github.com/advisories/GHSA-xvch-5gv4-984h", "title": "Prototype Pollution",
        "severity": "critical", "vulnerable_versions": "<0.2.4", "cwe": [], "cvss": { "score": 9.8, "vectorString": null }
    }] });
    let address = registry("200 OK", known).await;
    for more in ["", "omit=dev\n", "offline=true\n", "audit-level=none\n", "prefer-offline=true\n"] {
        let verdict = npm(&address, more).await.unwrap();
        assert_eq!(verdict.status, Status::Fail, "{more}: {verdict:?}");
        assert!(verdict.problems[0].what.starts_with("GHSA-xvch-5gv4-984h (critical)"), "{verdict:?}");
        assert!(verdict.problems[0].causes[0].starts_with("minimist 0.0.8,"), "{verdict:?}");
    }
    let verdict = npm(&registry("200 OK", json!({})).await, "").await.unwrap();
    assert_eq!((verdict.status, verdict.problems.len()), (Status::Pass, 0), "{verdict:?}");
    let part = npm(&address, "workspace=a\n").await.unwrap_err();
    assert!(part.what.contains("a part of the project only"), "{part:?}");
}

#[tokio::test]
async fn a_registry_that_does_not_answer_audits_is_an_error() {
    for (status, body) in [
        ("405 Method Not Allowed", json!({})),
        ("404 Not Found", json!({ "error": "not found" })),
        ("500 Internal Server Error", json!({})),
        ("200 OK", json!("<html>")),
    ] {
        let verdict = npm(&registry(status, body).await, "").await;
        assert!(verdict.is_err(), "{status}: {verdict:?}");
    }
    let nobody = npm("http://127.0.0.1:1/", "").await.unwrap_err();
    assert!(nobody.what.contains("did not come to its end"), "{nobody:?}");
}

/// A database of OSV's for Go with one advisory, beside the project.
pub fn osv_database(trial: &Trial, days: i64) -> String {
    let modified = (trial.ports.clock.now() - chrono::Duration::days(days)).to_rfc3339();
    let advisory = json!({
        "schema_version": "1.7.0", "id": "GO-2021-0113", "modified": modified, "published": modified,
        "aliases": ["CVE-2021-38561"], "summary": "Out-of-bounds read",
        "affected": [{ "package": { "name": "golang.org/x/text", "ecosystem": "Go" },
            "ranges": [{ "type": "SEMVER", "events": [{ "introduced": "0" }, { "fixed": "0.3.7" }] }] }]
    });
    let mut zip = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    zip.start_file("GO-2021-0113.json", zip::write::SimpleFileOptions::default()).unwrap();
    zip.write_all(advisory.to_string().as_bytes()).unwrap();
    let folder = trial.root.parent().unwrap().join("osv");
    let bytes = zip.finish().unwrap().into_inner();
    trial.ports.files.write(&folder.join("osv-scalibr/Go/all.zip"), &bytes).unwrap();
    folder.into_string()
}

fn go_mod(version: &str) -> String {
    format!("module example.com/m\n\ngo 1.21\n\nrequire golang.org/x/text {version}\n")
}

async fn osv(files: &[(&str, &str)], days: i64, more: Value) -> Result<Verdict, Problem> {
    let trial = Trial::of(files).await;
    let mut settings = json!({
        "scanners": ["osv_scanner"], "osv_scanner": tool("osv-scanner"), "osv_database": osv_database(&trial, days)
    });
    settings.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    judged(&trial, settings).await
}

#[tokio::test]
async fn osv_scanner_looks_at_lock_files_whatever_lies_beside_them() {
    let (old, new) = (go_mod("v0.3.5"), go_mod("v0.3.8"));
    let quiet = "[[IgnoredVulns]]\nid = \"GO-2021-0113\"\nreason = \"x\"\n";
    for files in [&[("go.mod", old.as_str())][..], &[("go.mod", &old), ("osv-scanner.toml", quiet)]] {
        let verdict = osv(files, 1, json!({})).await.unwrap();
        assert_eq!(verdict.status, Status::Fail, "{verdict:?}");
        assert!(verdict.problems[0].what.starts_with("GO-2021-0113 (high)"), "{verdict:?}");
    }
    let verdict = osv(&[("go.mod", &new)], 1, json!({})).await.unwrap();
    assert_eq!((verdict.status, verdict.problems.len()), (Status::Pass, 0), "{verdict:?}");
}

#[tokio::test]
async fn osv_scanner_without_all_of_its_databases_is_an_error() {
    let (old, lock) = (go_mod("v0.3.5"), lock("0.1.40"));
    let stale = osv(&[("go.mod", &old)], 9, json!({})).await.unwrap_err();
    assert!(stale.what.contains("OSV for Go is 9 days old"), "{stale:?}");
    // It finds what it has a database for, and ends as if it had all of them.
    let half = osv(&[("go.mod", &old), ("Cargo.lock", &lock)], 1, json!({})).await.unwrap_err();
    assert!(half.what.contains("did not look everything up"), "{half:?}");
    let none = osv(&[("go.mod", &old)], 1, json!({ "osv_database": "nowhere" })).await.unwrap_err();
    assert!(none.what.contains("no database of OSV in nowhere"), "{none:?}");
    let other = osv(&[("go.mod", &old)], 1, json!({ "osv_scanner_version": "v2.5.0" })).await.unwrap_err();
    assert!(other.what.contains("2.5.0 is asked for"), "{other:?}");
    let absent = osv(&[("go.mod", &old)], 1, json!({ "osv_scanner": "no-such-scanner" })).await.unwrap_err();
    assert!(absent.fix.unwrap().contains("osv-scanner@v2.6.0"));
}

#[tokio::test]
async fn what_is_named_must_have_something_to_look_at_and_a_lock_file_must_not_be_missing() {
    let trial = Trial::of(&[("README.md", "x\n")]).await;
    for name in ["govulncheck", "gosec", "rustsec", "npm_audit", "osv_scanner", "trivy", "semgrep"] {
        let idle = judged(&trial, json!({ "scanners": [name] })).await.unwrap_err();
        assert!(idle.what.contains("has nothing to look at"), "{idle:?}");
    }
    assert!(judged(&trial, json!({})).await.unwrap_err().what.contains("nothing to look at"));
    let go = go_mod("v0.3.8");
    for manifest in ["Cargo.toml", "package.json"] {
        let trial = Trial::of(&[("go.mod", go.as_str()), (manifest, "{}")]).await;
        let bare = judged(&trial, json!({})).await.unwrap_err();
        assert!(bare.what.contains(&format!("nobody looks at what {manifest} asks for")), "{bare:?}");
    }
    let lost = judged(&trial, json!({ "osv_lock_files": ["sub/uv.lock"] })).await.unwrap_err();
    assert!(lost.what.contains("no file sub/uv.lock"), "{lost:?}");
}

/// A report of govulncheck that found nothing.
fn govulncheck(module: &str, modified: &str) -> String {
    let config = json!({ "config": { "protocol_version": "v1.0.0", "scanner_name": "govulncheck",
        "scanner_version": "v1.8.0", "db": "https://vuln.go.dev", "db_last_modified": modified, "scan_level": "symbol" } });
    let sbom = json!({ "SBOM": { "go_version": "go1.26", "roots": [module],
        "modules": [{ "path": module }, { "path": "golang.org/x/text", "version": "v0.3.8" }] } });
    let osv = json!({ "osv": { "id": "GO-2021-0113", "affected": [{ "package": { "name": "golang.org/x/text" },
        "ranges": [{ "type": "SEMVER", "events": [{ "introduced": "0" }, { "fixed": "0.3.7" }] }] }] } });
    let progress = json!({ "progress": { "message": "Checking the code against the vulnerabilities..." } });
    format!("{config}\n{sbom}\n{osv}\n{progress}\n")
}

#[tokio::test]
async fn a_report_must_be_of_this_project_and_its_database_of_these_days() {
    let go = go_mod("v0.3.8");
    let trial = Trial::of(&[("go.mod", go.as_str()), (".gitignore", "out/\n")]).await;
    let now = trial.ports.clock.now();
    let day = |days| (now - chrono::Duration::days(days)).to_rfc3339();
    let audit = |updated: Value| {
        json!({ "database": { "advisory-count": 900, "last-commit": "c0ffee", "last-updated": updated },
            "lockfile": { "dependency-count": 2 }, "vulnerabilities": { "found": false, "count": 0, "list": [] },
            "warnings": {} })
        .to_string()
    };
    for (text, wrong) in [
        (govulncheck("example.com/m", &day(1)), None),
        (govulncheck("example.com/m", &day(8)), Some("the database of govulncheck is 8 days old")),
        (govulncheck("example.com/m", &day(-2)), Some("a day to come")),
        (govulncheck("example.com/m", ""), Some("does not say of which day it is")),
        (govulncheck("example.com/m2", &day(1)), Some("is of another project")),
        (audit(json!(day(8))), Some("the database of cargo-audit is 8 days old")),
        (audit(Value::Null), Some("does not say of which day it is")),
    ] {
        trial.ports.files.write(&trial.root.join("out/report.json"), text.as_bytes()).unwrap();
        let settings = json!({ "scanners": ["govulncheck"], "govulncheck": "no-such-govulncheck" });
        let step = json!({ "reports": ["out/report.json"] });
        let verdict = judged_with(&trial, settings, step).await;
        match wrong {
            None => assert_eq!(verdict.unwrap().status, Status::Pass),
            Some(words) => {
                let problem = verdict.unwrap_err();
                let said: Vec<String> = problem.each().into_iter().map(|problem| problem.what).collect();
                assert!(said.iter().any(|what| what.contains(words)), "{words}: {said:?}");
            }
        }
    }
}
