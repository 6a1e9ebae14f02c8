//! Code scanning: uploads, what becomes of them, and what is refused.

use crate::harness::{Got, Rig, rig, send};
use base64::Engine as _;
use serde_json::{Value, json};
use std::io::Write as _;

fn packed(document: &Value) -> String {
    let mut packer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    packer.write_all(document.to_string().as_bytes()).unwrap();
    base64::engine::general_purpose::STANDARD.encode(packer.finish().unwrap())
}

fn result(line: u64) -> Value {
    let place = json!({"artifactLocation": {"uri": "a.go"}, "region": {"startLine": line}});
    json!({"ruleId": "r", "message": {"text": format!("at {line}")}, "locations": [{"physicalLocation": place}]})
}

fn run(tool: &str, results: &[Value]) -> Value {
    json!({
        "tool": {"driver": {"name": tool, "version": "1.2", "rules": [{"id": "r"}]}},
        "automationDetails": {"id": format!("gate/{tool}/")},
        "results": results,
    })
}

fn document(runs: Vec<Value>) -> Value {
    json!({"version": "2.1.0", "runs": runs})
}

async fn upload(rig: &Rig, git_ref: &str, sarif: &str) -> Got {
    let body = json!({"commit_sha": rig.source.sha("main"), "ref": git_ref, "sarif": sarif});
    rig.post("/code-scanning/sarifs", body).await
}

#[tokio::test]
async fn an_upload_is_processed_and_becomes_an_analysis_of_each_run() {
    let rig = rig().await;
    let none = rig.get("/code-scanning/analyses").await.is(404).json();
    assert_eq!(none["message"], "no analysis found");
    let both = document(vec![run("gosec", &[result(1), result(2)]), run("trivy", &[])]);
    let taken = upload(&rig, "refs/heads/main", &packed(&both)).await.is(202).json();
    let id = taken["id"].as_str().unwrap().to_owned();
    let status = format!("/code-scanning/sarifs/{id}");
    assert_eq!(rig.get(&status).await.is(200).json()["processing_status"], "pending");
    assert_eq!(rig.get(&status).await.is(200).json()["processing_status"], "complete");
    let all = rig.get("/code-scanning/analyses?ref=refs/heads/main").await.is(200).json();
    let of =
        |tool: &str| all.as_array().unwrap().iter().find(|one| one["tool"]["name"] == tool).unwrap().clone();
    let gosec = of("gosec");
    assert_eq!((&gosec["category"], &gosec["results_count"]), (&json!("gate/gosec"), &json!(2)));
    assert_eq!((&of("trivy")["results_count"], &gosec["sarif_id"]), (&json!(0), &json!(id)));
    let one = format!("/code-scanning/analyses/{}", gosec["id"]);
    rig.get(&one).await.is(200);
    let sarif = rig
        .request("GET", &format!("/api/v3/repos/acme/greeter{one}"))
        .header("accept", "application/sarif+json");
    let sarif = send(sarif).await.unwrap().is(200).json();
    assert_eq!(sarif["runs"][0]["results"][1]["message"]["text"], "at 2");
    let other = rig.get("/code-scanning/analyses?ref=refs/heads/other").await.is(200).json();
    assert_eq!(other, json!([]));
    rig.get("/code-scanning/sarifs/nothing").await.is(404);
}

#[tokio::test]
async fn what_github_refuses_is_refused() {
    let rig = rig().await;
    let good = packed(&document(vec![run("t", &[])]));
    upload(&rig, "refs/heads/main", "no base64").await.is(400);
    upload(&rig, "refs/heads/nowhere", &good).await.is(404);
    upload(&rig, "refs/pull/1/merge", &good).await.is(404);
    rig.post("/issues", json!({"title": "x"})).await.is(201);
    upload(&rig, "refs/pull/1/merge", &good).await.is(202);
    let long: Vec<Value> = (1..=5_001).map(result).collect();
    upload(&rig, "refs/heads/main", &packed(&document(vec![run("many", &long)]))).await.is(202);
    let listed = "/code-scanning/analyses?tool_name=many";
    rig.get(listed).await.is(200);
    let kept = rig.get(listed).await.is(200).json();
    assert_eq!(
        (&kept[0]["results_count"], &kept[0]["warning"]),
        (&json!(5_000), &json!("1 results were ignored"))
    );

    let unplaced = json!({"ruleId": "r", "message": {"text": "x"}});
    for (bad, words) in [
        (document(vec![run("t", &[]), run("t", &[])]), "same tool and category"),
        (document((0..21).map(|n| run(&format!("t{n}"), &[])).collect()), "more runs than allowed"),
        (document(vec![run("t", &[unplaced])]), "expected at least one location"),
        (document(Vec::new()), "at least one run"),
        (json!({"version": "2.0.0", "runs": []}), "version"),
    ] {
        let taken = upload(&rig, "refs/heads/main", &packed(&bad)).await.is(202).json();
        let path = format!("/code-scanning/sarifs/{}", taken["id"].as_str().unwrap());
        rig.get(&path).await.is(200);
        let status = rig.get(&path).await.is(200).json();
        assert_eq!(status["processing_status"], "failed");
        assert!(status["errors"][0].as_str().unwrap().contains(words), "{status}");
    }
}

#[tokio::test]
async fn a_token_without_the_right_and_a_repository_without_it_are_refused() {
    let rig = rig().await;
    let body = json!({"commit_sha": rig.source.sha("main"), "ref": "refs/heads/main",
        "sarif": packed(&document(vec![run("t", &[])]))});
    let path = "/api/v3/repos/acme/greeter/code-scanning/sarifs";
    let reader = rig.bare("POST", path).bearer_auth(rig.forge.reader_token()).json(&body);
    let refused = send(reader).await.unwrap().is(403).json();
    assert_eq!(refused["message"], "Resource not accessible by integration");
    let admin = rig.bare("PATCH", "/api/v3/repos/acme/greeter").bearer_auth(rig.forge.admin_token());
    send(admin.json(&json!({"private": true}))).await.unwrap().is(200);
    let off = rig.post("/code-scanning/sarifs", body).await.is(403).json();
    assert!(off["message"].as_str().unwrap().contains("Advanced Security must be enabled"), "{off}");
}
