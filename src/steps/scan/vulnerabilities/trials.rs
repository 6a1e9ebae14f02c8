//! Programs that were built here, with and without a known vulnerability.

use camino::Utf8PathBuf;
use serde_json::{Value, json};

use super::Vulnerabilities;
use crate::config::section::NoSettings;
use crate::model::{Artifact, ArtifactKind, Expected, Platform, Problem, Status, Step, Verdict};
use crate::ports::Files as _;
use crate::ports::process::Command;
use crate::ports::real::RealFiles;
use crate::steps::room::{Draft, Maker, Site};
use crate::steps::trial::Trial;
use crate::steps::trial_database::go_database;

const MAIN: &str = "package main\n\nimport (\n\t\"os\"\n\n\t\"golang.org/x/text/language\"\n)\n\nfunc main() {\n\ttag, _ := language.Parse(os.Args[1])\n\tprintln(tag.String())\n}\n";
const OLD: &str = "golang.org/x/text v0.3.5 h1:i6eZZ+zk0SOf0xgBpEpPD18qWcJda6q1sxt3S0kzyUQ=\ngolang.org/x/text v0.3.5/go.mod h1:5Zoc/QRtKVWzQhOtBMvqHzDpF6irO9z98xDceosuGiQ=\ngolang.org/x/tools v0.0.0-20180917221912-90fa682c2a6e/go.mod h1:n7NCudcB/nEzxVGmLbDWY5pfWTLqBcC2KZ6jyYvM4mQ=\n";
const NEW: &str = "golang.org/x/text v0.3.8 h1:nAL+RVCQ9uMn3vJZbV+MRnydTJFPf8qqY42YiA6MrqY=\ngolang.org/x/text v0.3.8/go.mod h1:E6s5w1FMmriuDzIBO73fBruAKo1PCIq6d2Q6DHfQ8WQ=\n";

/// Builds the program for a platform, with or without its tables of names.
struct Built(&'static str, bool);

#[async_trait::async_trait]
impl Maker for Built {
    async fn make(&self, site: &Site) -> Result<Vec<Artifact>, Problem> {
        let path = Utf8PathBuf::from(format!("m-{}", self.0));
        let out = site.dist.join(&path);
        site.ports.files.make_dir(&site.dist)?;
        let flags = if self.1 { "-ldflags=-s -w" } else { "-ldflags=" };
        let build = Command::new("go", site.facts.root.clone())
            .args(["build", flags, "-o", out.as_str(), "."])
            .env("CGO_ENABLED", "0")
            .env("GOOS", self.0);
        let ended = site.ports.process.run(build, &site.stop, &|_, _| {}).await?;
        assert!(ended.ok(), "{}", ended.errors());
        let (size, digest) = site.ports.files.digest(&out)?;
        let platform = Platform { os: self.0.into(), arch: "amd64".into(), variant: String::new() };
        let (name, kind, extra) = ("m".into(), ArtifactKind::Binary, std::collections::BTreeMap::new());
        Ok(vec![Artifact { name, kind, path, platform: Some(platform), size, digest, extra }])
    }
}

/// A database in Go's layout with one advisory, of this many days ago.
fn database(trial: &Trial, days: i64) -> String {
    let modified = (trial.ports.clock.now() - chrono::Duration::days(days))
        .to_rfc3339_opts(chrono::SecondsFormat::Secs, true);
    go_database(trial, &modified)
}

async fn scanned(version: &str, sums: &str, bare: bool, more: Value) -> Result<Verdict, Problem> {
    let manifest = format!("module example.com/m\n\ngo 1.21\n\nrequire golang.org/x/text {version}\n");
    let mut trial = Trial::of(&[("go.mod", &manifest), ("go.sum", sums), ("main.go", MAIN)]).await;
    for os in ["linux", "windows"] {
        let platform = Platform { os: os.into(), arch: "amd64".into(), variant: String::new() };
        let (name, kind, id) = ("m".into(), ArtifactKind::Binary, String::new());
        let expected = Expected { name, kind, platform: Some(platform), id };
        let maker = Draft::new(Step::Build, "go", os, "a program").makes(expected).maker(Built(os, bare));
        trial.planned.push(maker.clone());
        trial.make(&maker).await?;
    }
    let program = Utf8PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("target/tools/govulncheck");
    assert!(RealFiles.meta(&program).unwrap().is_some(), "run `scripts/setup test`");
    let mut settings = json!({ "govulncheck": program, "database": database(&trial, 1) });
    settings.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    if settings["database"] == json!("old") {
        settings["database"] = json!(database(&trial, 9));
    }
    let planned = trial.planned::<Vulnerabilities, NoSettings>(settings, json!({}));
    trial.check(&planned[0]).await
}

#[tokio::test]
async fn what_is_linked_into_a_program_fails_for_all_platforms_at_once_and_the_fixed_version_passes() {
    for bare in [false, true] {
        let verdict = scanned("v0.3.5", OLD, bare, json!({})).await.unwrap();
        assert_eq!(verdict.status, Status::Fail, "{verdict:?}");
        assert_eq!(verdict.problems.len(), 1, "{verdict:?}");
        assert!(verdict.problems[0].what.starts_with("GO-2021-0113 ("), "{verdict:?}");
        let cause = &verdict.problems[0].causes[0];
        assert!(cause.contains("m for linux/amd64, m for windows/amd64"), "{cause}");
        assert_eq!(verdict.evidence.len(), 2);
        let verdict = scanned("v0.3.8", NEW, bare, json!({})).await.unwrap();
        assert_eq!((verdict.status, verdict.problems.len()), (Status::Pass, 0), "{verdict:?}");
    }
    let entry = json!([{ "id": "CVE-2021-38561", "reason": "r", "owner": "ann", "expires": "9999-12-31" }]);
    let passed = scanned("v0.3.5", OLD, false, json!({ "ignore": entry })).await.unwrap();
    assert_eq!(passed.status, Status::Pass, "{passed:?}");
}

#[tokio::test]
async fn programs_that_nobody_can_look_at_prove_nothing() {
    for (more, words) in [
        (json!({ "govulncheck": "no-such" }), "`no-such` is not on the PATH"),
        (json!({ "govulncheck_version": "v1.1.0" }), "1.1.0 is asked for"),
        (json!({ "database": "nowhere" }), "no vulnerability database in nowhere"),
        (json!({ "database": "old" }), "9 days old"),
    ] {
        let problem = scanned("v0.3.8", NEW, true, more).await.unwrap_err();
        assert!(problem.what.contains(words), "{problem:?}");
    }
    let trial = Trial::of(&[("README.md", "x\n")]).await;
    assert!(trial.plan::<Vulnerabilities, NoSettings>(json!({}), json!({})).is_err());
}
