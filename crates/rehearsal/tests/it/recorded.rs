//! Exchanges recorded from the real GitHub, played to the forge: same status, same shape.

use crate::harness::{Got, Rig, rig, send};
use crate::schema::fixture;
use serde_json::{Value, json};

fn recording(name: &str) -> Vec<Value> {
    serde_json::from_value(fixture(&format!("recorded/{name}"))).unwrap()
}

/// Every field that GitHub sent is there with the same JSON type; null says nothing about a type.
fn same_shape(real: &Value, ours: &Value, at: &str) {
    match (real, ours) {
        (Value::Null, _) | (_, Value::Null) => {}
        (Value::Object(real), Value::Object(ours)) => {
            for (name, value) in real {
                // The id of a request stands only in the errors of the upload host.
                if name == "request_id" {
                    continue;
                }
                same_shape(
                    value,
                    ours.get(name).unwrap_or_else(|| panic!("{at}: no {name}")),
                    &format!("{at}.{name}"),
                );
            }
        }
        (Value::Array(real), Value::Array(ours)) => {
            if let (Some(real), Some(ours)) = (real.first(), ours.first()) {
                same_shape(real, ours, &format!("{at}[0]"));
            }
        }
        (real, ours) => {
            let kind = |value: &Value| std::mem::discriminant(value);
            assert!(kind(real) == kind(ours), "{at}: {real} there, {ours} here");
        }
    }
}

/// Plays one recorded exchange; `rewrite` puts this forge's ids and names into its path and body.
async fn play(rig: &Rig, exchange: &Value, rewrite: impl Fn(&str) -> String) -> Got {
    let path = rewrite(exchange["path"].as_str().unwrap());
    let upload = exchange["scope"].as_str().unwrap().contains("uploads");
    let method = exchange["method"].as_str().unwrap().to_ascii_uppercase();
    let mut request =
        rig.request(&method, &format!("{}{path}", if upload { "/api/uploads" } else { "/api/v3" }));
    match &exchange["body"] {
        Value::String(text) if text.is_empty() => {}
        Value::String(text) => request = request.body(text.clone()).header("content-type", "text/plain"),
        body => {
            let text = rewrite(&body.to_string());
            request = request.body(text).header("content-type", "application/json");
        }
    }
    let got = send(request).await.unwrap().is(u16::try_from(exchange["status"].as_u64().unwrap()).unwrap());
    if !exchange["response"].is_string() {
        same_shape(&exchange["response"], &got.json(), &path);
    }
    got
}

async fn assets(name: &str, conflict: bool) {
    let rig = rig().await;
    let release = rig.release(json!({"tag_name": "v1.0.0"})).await;
    let mut last = Value::Null;
    if conflict {
        last = rig.upload(&release, "test-upload.txt", "there already").await.is(201).json();
    }
    for exchange in recording(name) {
        let asset = last["id"].to_string();
        let rewrite = |text: &str| {
            let text = text
                .replace(&format!("octokit-fixture-org/{}", name.trim_end_matches(".json")), "acme/greeter");
            let text = text.replace("releases/assets/1000", &format!("releases/assets/{asset}"));
            text.replace("releases/1000", &format!("releases/{}", release["id"]))
        };
        let got = play(&rig, &exchange, rewrite).await;
        if got.status == 201 {
            last = got.json();
        }
    }
}

#[tokio::test]
async fn release_assets() {
    assets("release-assets.json", false).await;
}

#[tokio::test]
async fn release_assets_conflict() {
    assets("release-assets-conflict.json", true).await;
}

#[tokio::test]
async fn git_refs() {
    let rig = rig().await;
    let (first, second) = (rig.source.sha("v0.1.0"), rig.source.sha("main"));
    let zeros = |last: char| format!("{}{last}", "0".repeat(39));
    for exchange in recording("git-refs.json") {
        let rewrite = |text: &str| {
            let text = text.replace("octokit-fixture-org/git-refs", "acme/greeter");
            // The recording moves the branch to an older commit without force: it was newer there.
            text.replace(&zeros('1'), &second).replace(&zeros('2'), &first)
        };
        play(&rig, &exchange, rewrite).await;
    }
}

#[tokio::test]
async fn errors_labels_and_statuses() {
    let rig = rig().await;
    let head = rig.source.sha("main");
    for name in ["errors.json", "add-labels-to-issue.json", "create-status.json"] {
        for exchange in recording(name) {
            let folder = format!("octokit-fixture-org/{}", name.trim_end_matches(".json"));
            let rewrite = |text: &str| {
                let text = text.replace(&folder, "acme/greeter");
                text.replace(&format!("{}1", "0".repeat(39)), &head)
            };
            play(&rig, &exchange, rewrite).await;
        }
    }
}
