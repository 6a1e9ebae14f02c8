//! What lies in `dist/report/coverage` after a verdict.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::Coverage;
use crate::config::section::NoSettings;
use crate::formats;
use crate::formats::coverage::{FORMATS, Profile};
use crate::model::{Digest, Status, Verdict};
use crate::steps::gates::GatesSettings;
use crate::steps::gates::tests::Tests;
use crate::steps::trial::Trial;

const GO: [(&str, &str); 3] = [
    ("go.mod", "module example.com/m\n\ngo 1.21\n"),
    (
        "core/a.go",
        "package core\n\n// Sign is <b>\"hostile\"</b>.\nfunc Sign(n int) int {\n\tif n < 0 { return -1 }\n\tif n == 0 {\n\t\treturn 0\n\t}\n\treturn 1\n}\n",
    ),
    (
        "core/a_test.go",
        "package core\n\nimport \"testing\"\n\nfunc TestSign(t *testing.T) {\n\tif Sign(3) != 1 {\n\t\tt.Fatal()\n\t}\n}\n",
    ),
];

async fn given(trial: &Trial, room: Value, text: &str) -> Verdict {
    trial.ports.files.write(&trial.root.join("own.info"), text.as_bytes()).unwrap();
    let step = json!({ "reports": ["own.info"] });
    let planned = trial.looked::<Coverage, GatesSettings>(room, step).await.unwrap();
    trial.check(&planned[0]).await.unwrap()
}

fn text(trial: &Trial, name: &str) -> String {
    let path = trial.dist().join("report/coverage").join(name);
    String::from_utf8(trial.ports.files.read(&path, 10_000_000).unwrap()).unwrap()
}

fn data(trial: &Trial) -> Value {
    serde_json::from_str(&text(trial, "coverage.json")).unwrap()
}

fn read(text: &str) -> Profile {
    formats::read(FORMATS, "coverage report", &mut text.as_bytes()).unwrap().1
}

/// Every file of the evidence that lies below the dist folder, with its digest.
fn proven(trial: &Trial, verdict: &Verdict) -> BTreeMap<String, Digest> {
    let proof = |proof: &crate::model::Proof| {
        let file = proof.file.clone()?;
        let bytes = trial.ports.files.read(&trial.dist().join(&file), 10_000_000).unwrap();
        assert_eq!(Some(Digest::of(&bytes)), proof.digest, "{file}");
        Some((file.into_string(), Digest::of(&bytes)))
    };
    let mut proven: BTreeMap<String, Digest> = verdict.evidence.iter().filter_map(proof).collect();
    // All that was found stands beside the coverage, and is looked at elsewhere.
    assert!(proven.remove("report/gates/coverage.json").is_some());
    proven
}

#[tokio::test]
async fn a_run_of_go_leaves_pages_and_reports_that_are_proof() {
    let mut trial = Trial::of(&GO).await;
    let planned = trial.planned::<Tests, NoSettings>(json!({ "race": false }), json!({}));
    trial.make(&planned[0]).await.unwrap();
    let planned = trial.plan::<Coverage, NoSettings>(json!({}), json!({})).unwrap();
    // It fails, and is told all the same.
    let verdict = trial.check(&planned[0]).await.unwrap();
    assert_eq!((verdict.status, verdict.summary.as_str()), (Status::Fail, "60.00 % of statements (3 of 5)"));
    let files = proven(&trial, &verdict);
    let names: Vec<&str> = files.keys().map(|name| name.trim_start_matches("report/coverage/")).collect();
    assert_eq!(
        names,
        ["badge.svg", "cobertura.xml", "coverage.info", "coverage.json", "go-coverage.out", "index.html"]
    );
    let data = data(&trial);
    assert_eq!(data["format"], 1);
    assert_eq!(data["totals"], json!({ "statements": { "covered": 3, "total": 5 } }));
    let file = &data["files"][0];
    assert_eq!((&file["file"], &file["unit"]), (&json!("core/a.go"), &json!("statements")));
    assert_eq!(
        file["uncovered"],
        json!([{ "from": 5, "to": 5, "count": 1 }, { "from": 6, "to": 8, "count": 1 }])
    );
    let page = text(&trial, file["page"]["file"].as_str().unwrap());
    assert_eq!(file["page"]["digest"], json!(Digest::of(page.as_bytes())));
    let line = |number: u32| page.lines().find(|line| line.contains(&format!("id=\"L{number}\""))).unwrap();
    assert!(line(5).starts_with("<div class=\"l p\"") && line(5).contains("◐"), "{}", line(5));
    assert!(line(6).starts_with("<div class=\"l c\""), "{}", line(6));
    assert!(line(7).starts_with("<div class=\"l u\""), "{}", line(7));
    assert!(line(3).contains("Sign is &lt;b&gt;&quot;hostile&quot;&lt;/b&gt;."), "{}", line(3));
    assert!(
        text(&trial, "index.html")
            .contains(&format!("href=\"{}#L5\"", file["page"]["file"].as_str().unwrap()))
    );
    assert!(text(&trial, "badge.svg").contains("coverage: 60.00 %"));
    for name in ["coverage.info", "cobertura.xml"] {
        let profile = read(&text(&trial, name));
        assert_eq!(profile.names().collect::<Vec<_>>(), ["core/a.go"], "{name}");
        let lines: Vec<(u32, bool)> = profile.lines_of("core/a.go").into_iter().collect();
        assert_eq!(lines, [(4, true), (5, true), (6, true), (7, false), (8, false), (9, true)], "{name}");
    }
    // The same again is the same, byte for byte.
    let again = trial.check(&planned[0]).await.unwrap();
    assert_eq!(proven(&trial, &again), files);
}

#[tokio::test]
#[expect(clippy::disallowed_methods, reason = "a hostile checkout has a link that leads out of it")]
async fn names_are_those_of_the_repository_and_only_its_own_source_is_shown() {
    let hostile = "web/<img src=x onerror=alert(1)>.py";
    let mut trial =
        Trial::of(&[("web/a.py", "a\nb\n"), (hostile, "secret?</span><script>\n"), ("x", "")]).await;
    trial.facts.dir = "web".into();
    let outside = trial.root.parent().unwrap().join("outside.txt");
    trial.ports.files.write(&outside, b"KEEP-OUT\n").unwrap();
    std::os::unix::fs::symlink(&outside, trial.root.join("web/link.py")).unwrap();
    trial.ports.git.run(&["add", "-A"]).await.unwrap();
    let report = format!(
        "SF:a.py\nDA:1,1\nDA:2,0\nend_of_record\nSF:{}\nDA:1,0\nend_of_record\nSF:link.py\nDA:1,0\nend_of_record\n",
        &hostile[4..]
    );
    let verdict = given(&trial, json!({ "minimum": 10 }), &report).await;
    assert_eq!(verdict.status, Status::Pass, "{verdict:#?}");
    proven(&trial, &verdict);
    let data = data(&trial);
    let names: Vec<&str> =
        data["files"].as_array().unwrap().iter().map(|file| file["file"].as_str().unwrap()).collect();
    assert_eq!(names, [hostile, "web/a.py", "web/link.py"]);
    let mut pages = vec![text(&trial, "index.html")];
    pages.extend(
        data["files"]
            .as_array()
            .unwrap()
            .iter()
            .map(|file| text(&trial, file["page"]["file"].as_str().unwrap())),
    );
    for page in &pages {
        assert!(!page.contains("<img") && !page.contains("<script") && !page.contains("KEEP-OUT"), "{page}");
        assert!(page.contains("default-src 'none'"));
    }
    assert!(pages[1].contains("secret?&lt;/span&gt;&lt;script&gt;"), "{}", pages[1]);
    assert!(pages[3].contains("not in the repository"), "{}", pages[3]);
}

#[tokio::test]
async fn totals_alone_are_never_written_as_lines() {
    let trial = Trial::of(&[("src/p/a.py", "a\nb\nc\n")]).await;
    let totals =
        r#"{"total":{"lines":{"total":3,"covered":1}},"src/p/a.py":{"lines":{"total":3,"covered":1}}}"#;
    let verdict = given(&trial, json!({}), totals).await;
    let files = proven(&trial, &verdict);
    let names: Vec<&str> = files.keys().map(|name| name.trim_start_matches("report/coverage/")).collect();
    // A Cobertura report without a line says that all of it is covered.
    assert_eq!(names, ["badge.svg", "coverage.json", "index.html"]);
    assert!(data(&trial)["files"][0].get("page").is_none());
}

#[tokio::test]
async fn what_an_earlier_run_left_is_gone_where_nothing_could_be_measured() {
    let trial = Trial::of(&[("src/p/a.py", "a\nb\nc\n")]).await;
    given(&trial, json!({}), "SF:src/p/a.py\nDA:1,1\nend_of_record\n").await;
    let lies = |name: &str| trial.ports.files.meta(&trial.dist().join("report/coverage").join(name)).unwrap();
    assert!(lies("index.html").is_some() && lies("files").is_some());
    trial.ports.files.write(&trial.root.join("own.info"), b"SF:src/p/a.py\nDA:1,1\nend_of_record\n").unwrap();
    let step = json!({ "reports": ["own.info"], "max_report_age": "0s" });
    let planned = trial.looked::<Coverage, GatesSettings>(json!({}), step).await.unwrap();
    trial.check(&planned[0]).await.unwrap_err();
    for name in ["index.html", "files", "coverage.json", "coverage.info", "cobertura.xml", "badge.svg"] {
        assert!(lies(name).is_none(), "{name}");
    }
}
