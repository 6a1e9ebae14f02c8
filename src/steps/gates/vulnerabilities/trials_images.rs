//! Images with a Go program in them: OSV-Scanner for real, Trivy as a program that says what it says.

use serde_json::{Value, json};

use super::trials_code::program;
use super::trials_scanners::{judged, lock, osv_database, tool};
use crate::model::{Problem, Status, Verdict};
use crate::ports::process::Command;
use crate::steps::trial::Trial;
use crate::steps::trial_image::{saved, tar};

const MAIN: &str = "package main\n\nimport \"golang.org/x/text/language\"\n\nfunc main() { println(language.English.String()) }\n";
const IMAGE: &str = "out/image.tar";

/// A project whose program uses golang.org/x/text in this version, and an image with nothing but the program in it.
async fn image(version: &str, sums: &str) -> Trial {
    let manifest = format!("module example.com/m\n\ngo 1.21\n\nrequire golang.org/x/text {version}\n");
    let trial = Trial::of(&[("go.mod", &manifest), ("go.sum", sums), ("main.go", MAIN)]).await;
    let build =
        Command::new("go", trial.root.clone()).args(["build", "-o", "out/m", "."]).env("CGO_ENABLED", "0");
    let stop = tokio_util::sync::CancellationToken::new();
    let ended = trial.ports.process.run(build, &stop, &|_, _| {}).await.unwrap();
    assert!(ended.ok(), "{}", ended.errors());
    let bytes = trial.ports.files.read(&trial.root.join("out/m"), 1 << 30).unwrap();
    let layer = tar(&[("m", &bytes)]);
    trial.ports.files.write(&trial.root.join(IMAGE), &saved(&[layer], "COPY m /m")).unwrap();
    trial
}

const OLD: &str = "golang.org/x/text v0.3.5 h1:i6eZZ+zk0SOf0xgBpEpPD18qWcJda6q1sxt3S0kzyUQ=\ngolang.org/x/text v0.3.5/go.mod h1:5Zoc/QRtKVWzQhOtBMvqHzDpF6irO9z98xDceosuGiQ=\ngolang.org/x/tools v0.0.0-20180917221912-90fa682c2a6e/go.mod h1:n7NCudcB/nEzxVGmLbDWY5pfWTLqBcC2KZ6jyYvM4mQ=\n";
const NEW: &str = "golang.org/x/text v0.3.8 h1:nAL+RVCQ9uMn3vJZbV+MRnydTJFPf8qqY42YiA6MrqY=\ngolang.org/x/text v0.3.8/go.mod h1:E6s5w1FMmriuDzIBO73fBruAKo1PCIq6d2Q6DHfQ8WQ=\n";

async fn osv(trial: &Trial, more: Value) -> Result<Verdict, Problem> {
    let mut settings = json!({
        "scanners": ["osv_scanner"], "images": [IMAGE], "osv_scanner": tool("osv-scanner"),
        "osv_database": osv_database(trial, 1)
    });
    settings.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    judged(trial, settings).await
}

#[tokio::test]
async fn what_a_program_in_an_image_was_built_with_is_looked_up() {
    let trial = image("v0.3.5", OLD).await;
    // The lock file is not what tells: only the image is looked at.
    trial.ports.files.remove(&trial.root.join("go.mod")).unwrap();
    let verdict = osv(&trial, json!({})).await.unwrap();
    assert_eq!(verdict.status, Status::Fail, "{verdict:?}");
    let what = &verdict.problems[0].what;
    assert!(what.starts_with("GO-2021-0113 (high)") && what.contains("(in out/image.tar: "), "{what}");
    assert!(verdict.evidence.iter().any(|proof| proof.what.contains("of the image out/image.tar (sha256:")));
    let fixed = osv(&image("v0.3.8", NEW).await, json!({})).await.unwrap();
    assert_eq!((fixed.status, fixed.problems.len()), (Status::Pass, 0), "{fixed:?}");
    assert!(fixed.rows.iter().any(|row| row.metric == "packages in out/image.tar"), "{fixed:?}");
}

#[tokio::test]
async fn an_image_that_cannot_be_looked_into_proves_nothing() {
    let trial = image("v0.3.8", NEW).await;
    let whole = trial.ports.files.read(&trial.root.join(IMAGE), 1 << 30).unwrap();
    let empty = saved(&[tar(&[("README", b"words")])], "x");
    for bytes in [&whole[..whole.len() / 2], &b"words"[..], b"", &tar(&[("m", b"x")]), &empty] {
        trial.ports.files.write(&trial.root.join(IMAGE), bytes).unwrap();
        let problem = osv(&trial, json!({})).await.unwrap_err();
        assert!(problem.causes.iter().any(|cause| cause.contains(IMAGE)), "{problem:?}");
    }
    let lost = osv(&trial, json!({ "images": ["out/no.tar"] })).await.unwrap_err();
    assert!(lost.what.contains("no image in `out/no.tar`"), "{lost:?}");
    let absent =
        osv(&trial, json!({ "scanners": ["govulncheck"], "osv_scanner": "no-such" })).await.unwrap_err();
    assert!(absent.fix.unwrap().contains("osv-scanner@v2.6.0"));
}

/// What stands in for Trivy, which cannot be had everywhere: it notes what it was asked, and says what lies beside it.
const TRIVY: &str = "#!/bin/sh\nif [ \"$1\" = version ]; then cat version.json; exit; fi\necho \"$@\" >> asked\ncat \
                     \"said-$1.json\"\nexit \"$(cat code)\"\n";

struct Says<'a> {
    fs: &'a str,
    image: &'a str,
    days: i64,
    code: &'a str,
    version: &'a str,
}

async fn trivy(says: Says<'_>, more: Value) -> (Trial, Result<Verdict, Problem>) {
    let day = chrono::Utc::now() - chrono::Duration::days(says.days);
    let about = json!({ "Version": says.version, "VulnerabilityDB": { "Version": 2, "UpdatedAt": day.to_rfc3339() } });
    let (about, rust) = (about.to_string(), lock("0.1.40"));
    let trial = Trial::of(&[
        ("trivy", TRIVY),
        ("version.json", &about),
        ("said-fs.json", says.fs),
        ("said-image.json", says.image),
        ("code", says.code),
        ("Cargo.lock", &rust),
        ("out/image.tar", "anything"),
    ])
    .await;
    let program = program(&trial, "trivy").await;
    let mut settings = json!({ "scanners": ["trivy"], "trivy": program, "images": [IMAGE] });
    settings.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    let verdict = judged(&trial, settings).await;
    (trial, verdict)
}

fn report(name: &str, target: &str, kind: &str, packages: &Value, found: &Value) -> String {
    json!({ "SchemaVersion": 2, "Trivy": { "Version": "0.74.0" }, "ArtifactName": name, "Results": [
        { "Target": target, "Class": "lang-pkgs", "Type": kind, "Packages": packages, "Vulnerabilities": found }] })
    .to_string()
}

fn clean() -> (String, String) {
    let package = |name: &str, version: &str| json!([{ "Name": name, "Version": version }]);
    (
        report(".", "Cargo.lock", "cargo", &package("time", "0.1.40"), &Value::Null),
        report("out/image.tar", "m", "gobinary", &package("golang.org/x/text", "v0.3.8"), &Value::Null),
    )
}

#[tokio::test]
async fn trivy_looks_at_lock_files_and_images_with_nothing_let_pass() {
    let (fs, image) = clean();
    let says = || Says { fs: &fs, image: &image, days: 1, code: "0", version: "0.74.0" };
    let (trial, verdict) = trivy(says(), json!({})).await;
    assert_eq!(verdict.unwrap().status, Status::Pass);
    let asked =
        String::from_utf8(trial.ports.files.read(&trial.root.join("asked"), 10_000).unwrap()).unwrap();
    let all =
        ["--list-all-pkgs", "--skip-version-check", "--disable-telemetry", "--ignorefile=", "--config="];
    for line in asked.lines() {
        assert!(all.iter().all(|word| line.contains(word)), "{line}");
    }
    assert!(asked.contains("fs --include-dev-deps") && asked.contains("image.tar"), "{asked}");
    let found = json!([{ "VulnerabilityID": "CVE-1", "PkgName": "golang.org/x/text", "InstalledVersion": "v0.3.5",
        "Severity": "HIGH", "Title": "bad" }]);
    let bad = report("out/image.tar", "m", "gobinary", &json!([]), &found);
    let (_, verdict) = trivy(Says { image: &bad, ..says() }, json!({})).await;
    let verdict = verdict.unwrap();
    assert_eq!(verdict.status, Status::Fail, "{verdict:?}");
    assert!(verdict.problems[0].what.contains("CVE-1 (high): bad (in out/image.tar: m)"), "{verdict:?}");
}

#[tokio::test]
async fn trivy_that_cannot_look_proves_nothing() {
    let (fs, image) = clean();
    let says = || Says { fs: &fs, image: &image, days: 1, code: "0", version: "0.74.0" };
    let none = json!({ "SchemaVersion": 2, "ArtifactName": "." }).to_string();
    let other = fs.replace("0.1.40", "0.1.41");
    let unlisted = fs.replace("\"Name\"", "\"Nom\"").replace("\"Version\":\"0.1.40\"", "\"V\":1");
    for (says, words) in [
        (Says { code: "1", ..says() }, "did not come to its end"),
        (Says { days: 8, ..says() }, "the database of trivy is 8 days old"),
        (Says { version: "0.69.4", ..says() }, "0.69.4, and 0.74.0 is asked for"),
        (Says { fs: &none, ..says() }, "what Trivy said"),
        (Says { fs: "", ..says() }, "what Trivy said"),
        (Says { image: &image[..50], ..says() }, "what Trivy said"),
        (Says { fs: &other, ..says() }, "did not look at all of Cargo.lock"),
        (Says { fs: &unlisted, ..says() }, "did not look at all of Cargo.lock"),
    ] {
        let problem = trivy(says, json!({})).await.1.unwrap_err();
        let said: Vec<String> = problem.each().into_iter().map(|one| one.what).collect();
        assert!(said.iter().any(|what| what.contains(words)), "{words}: {said:?}");
    }
    let gone = trivy(says(), json!({ "trivy_cache": "nowhere" })).await.1.unwrap_err();
    assert!(gone.what.contains("no database of Trivy in nowhere"), "{gone:?}");
    let absent = trivy(says(), json!({ "trivy": "no-such-trivy" })).await.1.unwrap_err();
    assert!(absent.what.contains("`no-such-trivy` is not on the PATH"), "{absent:?}");
}
