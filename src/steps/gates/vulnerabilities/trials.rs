//! Real runs of govulncheck, and reports of other tools.

use camino::Utf8PathBuf;
use serde_json::{Value, json};

use super::Vulnerabilities;
use crate::model::{Problem, Status, Verdict};
use crate::ports::Files as _;
use crate::ports::real::RealFiles;
use crate::steps::gates::GatesSettings;
use crate::steps::gates::given;
use crate::steps::room::{Outlook, Room as _, Scene};
use crate::steps::trial::Trial;
use crate::steps::trial_database::go_database;

const MAIN: &str = "package main\n\nimport (\n\t\"fmt\"\n\t\"os\"\n\n\t\"golang.org/x/text/language\"\n)\n\nfunc main() {\n\ttag, err := language.Parse(os.Args[1])\n\tfmt.Println(tag, err)\n}\n";

pub const QUIET: &str = "package main\n\nimport \"golang.org/x/text/language\"\n\nfunc main() { println(language.English.String()) }\n";

/// A module that uses golang.org/x/text in this version, with the sums that Go wrote for it.
pub fn module(version: &str, sums: &str, main: &str) -> Vec<(String, String)> {
    vec![
        (
            "go.mod".into(),
            format!("module example.com/m\n\ngo 1.21\n\nrequire golang.org/x/text {version}\n"),
        ),
        ("go.sum".into(), sums.into()),
        ("main.go".into(), main.into()),
    ]
}

pub const OLD: &str = "golang.org/x/text v0.3.5 h1:i6eZZ+zk0SOf0xgBpEpPD18qWcJda6q1sxt3S0kzyUQ=\ngolang.org/x/text v0.3.5/go.mod h1:5Zoc/QRtKVWzQhOtBMvqHzDpF6irO9z98xDceosuGiQ=\ngolang.org/x/tools v0.0.0-20180917221912-90fa682c2a6e/go.mod h1:n7NCudcB/nEzxVGmLbDWY5pfWTLqBcC2KZ6jyYvM4mQ=\n";

const NEW: &str = "golang.org/x/text v0.3.8 h1:nAL+RVCQ9uMn3vJZbV+MRnydTJFPf8qqY42YiA6MrqY=\ngolang.org/x/text v0.3.8/go.mod h1:E6s5w1FMmriuDzIBO73fBruAKo1PCIq6d2Q6DHfQ8WQ=\n";

/// What scripts/setup installs.
pub fn govulncheck() -> String {
    let path = Utf8PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("target/tools/govulncheck");
    let there = RealFiles.meta(&path).is_ok_and(|meta| meta.is_some());
    assert!(there, "{path} is missing: run `scripts/setup test`");
    path.into_string()
}

async fn scan(main: &str, change: impl FnOnce(&Trial, &mut Value)) -> Result<Verdict, Problem> {
    scan_with("v0.3.5", OLD, main, change).await
}

async fn scan_with(
    version: &str,
    sums: &str,
    main: &str,
    change: impl FnOnce(&Trial, &mut Value),
) -> Result<Verdict, Problem> {
    let files = module(version, sums, main);
    let files: Vec<(&str, &str)> = files.iter().map(|(path, text)| (path.as_str(), text.as_str())).collect();
    let mut trial = Trial::of(&files).await;
    let today = trial.ports.clock.now().to_rfc3339_opts(chrono::SecondsFormat::Secs, true);
    let mut settings = json!({
        "scanners": ["govulncheck"], "govulncheck": govulncheck(), "database": go_database(&trial, &today)
    });
    change(&trial, &mut settings);
    let planned = trial.planned::<Vulnerabilities, GatesSettings>(settings, json!({}));
    trial.check(&planned[0]).await
}

#[tokio::test]
async fn a_vulnerability_that_is_called_fails_where_it_is_called() {
    let verdict = scan(MAIN, |_, _| {}).await.unwrap();
    assert_eq!(verdict.status, Status::Fail, "{verdict:?}");
    let problem = &verdict.problems[0];
    assert!(problem.what.starts_with("GO-2021-0113 (critical, called)"), "{}", problem.what);
    assert_eq!(problem.place.as_ref().unwrap().to_string(), "main.go:11:28");
    assert_eq!(problem.fix.as_deref(), Some("`go get golang.org/x/text@v0.3.7`"));
    let proof = &verdict.evidence[0];
    assert!(proof.digest.is_some() && proof.tool.as_ref().unwrap().contains("exit code 0"), "{proof:?}");
    assert!(verdict.rows.iter().any(|row| row.metric == "age of the database of govulncheck" && row.ok));
}

#[tokio::test]
async fn the_version_without_it_passes() {
    let verdict = scan_with("v0.3.8", NEW, MAIN, |_, _| {}).await.unwrap();
    assert_eq!((verdict.status, verdict.problems.len()), (Status::Pass, 0), "{verdict:?}");
    assert!(verdict.summary.contains("govulncheck looked at 3 modules"), "{}", verdict.summary);
}

#[tokio::test]
async fn one_that_is_not_called_is_told_and_does_not_fail_at_high() {
    let verdict = scan(QUIET, |_, _| {}).await.unwrap();
    assert_eq!(verdict.status, Status::Pass, "{verdict:?}");
    assert!(verdict.problems[0].what.contains("medium, imported and not called"), "{verdict:?}");
    let verdict = scan(QUIET, |_, settings| settings["fail_on"] = json!("medium")).await.unwrap();
    assert_eq!(verdict.status, Status::Fail);
}

#[tokio::test]
async fn an_ignore_lets_it_pass_until_it_ends() {
    let entry = |expires: &str| json!([{ "id": "CVE-2021-38561", "reason": "the argument is ours", "owner": "ann", "expires": expires }]);
    let verdict = scan(MAIN, |_, settings| settings["ignore"] = entry("9999-12-31")).await.unwrap();
    assert_eq!(verdict.status, Status::Pass, "{verdict:?}");
    let verdict = scan(MAIN, |_, settings| settings["ignore"] = entry("2020-12-31")).await.unwrap();
    assert_eq!(verdict.status, Status::Fail);
    assert!(verdict.problems[0].what.contains("expired"), "{verdict:?}");
}

#[tokio::test]
async fn without_evidence_it_never_passes() {
    let old = scan(MAIN, |trial, settings| {
        settings["database"] = json!(go_database(trial, "2020-01-01T00:00:00Z"))
    })
    .await;
    assert!(old.unwrap_err().what.contains("days old"));
    let gone = scan(MAIN, |_, settings| settings["database"] = json!("nowhere")).await;
    assert!(gone.unwrap_err().what.contains("no vulnerability database in nowhere"));
    let absent = scan(MAIN, |_, settings| settings["govulncheck"] = json!("no-such-govulncheck")).await;
    assert!(absent.unwrap_err().fix.unwrap().contains("go install golang.org/x/vuln/cmd/govulncheck@v1.8.0"));
    let other = scan(MAIN, |_, settings| settings["govulncheck_version"] = json!("v1.1.0")).await;
    assert!(other.unwrap_err().what.contains("1.1.0 is asked for"));
    let broken = scan("package main\n\nfunc main() { nothing() }\n", |_, _| {}).await;
    assert!(broken.unwrap_err().what.contains("did not come to its end"));
    let torn = scan(MAIN, |trial, settings| {
        let folder = settings["database"].as_str().unwrap().to_owned();
        trial.ports.files.remove(&Utf8PathBuf::from(folder).join("ID")).unwrap();
    });
    assert!(torn.await.unwrap_err().what.contains("did not come to its end"));
}

#[tokio::test]
async fn what_is_left_out_by_itself_says_so() {
    let trial = Trial::of(&[("go.mod", "module example.com/m\n\ngo 1.21\n")]).await;
    let settings =
        serde_json::from_value(json!({ "govulncheck": "no-such-govulncheck", "gosec": "no-such-gosec" }))
            .unwrap();
    let step = serde_json::to_value(GatesSettings::default()).unwrap();
    let scene = Scene {
        facts: &trial.facts,
        seen: &crate::steps::room::Seen::new(),
        step_settings: &step,
        before: &[],
        demanded: false,
    };
    let planned = Vulnerabilities::plan(&settings, &scene).unwrap();
    let verdict = trial.check(&planned[0]).await.unwrap();
    assert_eq!(verdict.status, Status::Skipped);
    assert!(verdict.summary.contains("not on the PATH") && verdict.summary.contains("enabled: true"));
    assert!(verdict.summary.contains("gosec/v2/cmd/gosec@v2.27.1"), "{}", verdict.summary);
}

#[tokio::test]
async fn reports_of_other_tools_are_judged_as_they_are() {
    let gosec = r#"{"Golang errors":{},"Issues":[{"severity":"HIGH","confidence":"HIGH","rule_id":"G404","details":"weak random numbers","file":"main.go","line":"3","column":"2"}],"Stats":{"files":1,"lines":9,"nosec":0,"found":1},"GosecVersion":"2.27.1"}"#;
    for (text, status) in [
        (gosec.to_owned(), Some(Status::Fail)),
        (gosec.replace("HIGH", "MEDIUM"), Some(Status::Pass)),
        (gosec.replace("\"Golang errors\":{}", "\"Golang errors\":{\"a.go\":[]}"), None),
        (gosec[..gosec.len() - 1].to_owned(), None),
    ] {
        let trial = Trial::of(&[("main.go", "package main\n")]).await;
        trial.ports.files.write(&trial.root.join("gosec.json"), text.as_bytes()).unwrap();
        let step = json!({ "reports": ["gosec.json"], "max_report_age": "12h" });
        let outlook = Outlook {
            facts: std::sync::Arc::new(trial.facts.clone()),
            ports: trial.ports.clone(),
            dist: trial.dist(),
            step_settings: step.clone(),
        };
        let seen = given::look(crate::formats::findings::SECURITY, &outlook).await.unwrap();
        let scene =
            Scene { facts: &trial.facts, seen: &seen, step_settings: &step, before: &[], demanded: false };
        let planned = Vulnerabilities::plan(&serde_json::from_value(json!({})).unwrap(), &scene).unwrap();
        let verdict = trial.check(&planned[0]).await;
        assert_eq!(verdict.as_ref().ok().map(|verdict| verdict.status), status, "{verdict:?}");
        if status == Some(Status::Fail) {
            assert_eq!(verdict.unwrap().problems[0].place.as_ref().unwrap().to_string(), "main.go:3:2");
        }
    }
}
