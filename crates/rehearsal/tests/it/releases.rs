use crate::harness::{git, rig, rig_with};
use release_rehearsal::{Lag, Options};
use serde_json::json;

#[tokio::test]
async fn a_draft_makes_no_tag_and_publishing_does() {
    let rig = rig().await;
    let head = rig.source.sha("main");
    let draft = rig.release(json!({"tag_name": "v1.0.0", "target_commitish": head, "draft": true})).await;
    assert_eq!(draft["draft"], true);
    assert!(draft["html_url"].as_str().unwrap().contains("/releases/tag/untagged-"), "{}", draft["html_url"]);
    rig.get("/releases/tags/v1.0.0").await.is(404);
    rig.get("/git/ref/tags/v1.0.0").await.is(404);
    assert_eq!(rig.get("/releases").await.is(200).json()[0]["id"], draft["id"]);

    let path = format!("/releases/{}", draft["id"]);
    let published = rig.patch(&path, json!({"draft": false, "name": "One"})).await.is(200).json();
    assert_eq!(published["draft"], false);
    assert!(published["html_url"].as_str().unwrap().ends_with("/releases/tag/v1.0.0"));
    assert!(published["published_at"].is_string());
    assert_eq!(rig.get("/releases/tags/v1.0.0").await.is(200).json()["id"], draft["id"]);
    assert_eq!(rig.get("/git/ref/tags/v1.0.0").await.is(200).json()["object"]["sha"], head);
    assert_eq!(rig.get("/releases/latest").await.is(200).json()["id"], draft["id"]);
    let effects = rig.effects();
    let tail: Vec<&str> = effects.iter().rev().take(3).rev().map(String::as_str).collect();
    assert!(tail[0].starts_with("draft release v1.0.0 made"), "{tail:?}");
    assert!(tail[1].starts_with("tag v1.0.0 made at"), "{tail:?}");
    assert_eq!(tail[2], "release v1.0.0 published with 0 assets");
}

#[tokio::test]
async fn two_drafts_may_carry_one_tag_and_only_one_is_published() {
    let rig = rig().await;
    let one = rig.release(json!({"tag_name": "v1.0.0", "draft": true})).await;
    let two = rig.release(json!({"tag_name": "v1.0.0", "draft": true})).await;
    rig.patch(&format!("/releases/{}", one["id"]), json!({"draft": false})).await.is(200);
    let refused =
        rig.patch(&format!("/releases/{}", two["id"]), json!({"draft": false})).await.is(422).json();
    assert_eq!(
        refused["errors"],
        json!([{"resource": "Release", "code": "already_exists", "field": "tag_name"}])
    );
    rig.post("/releases", json!({"tag_name": "v1.0.0"})).await.is(422);
}

#[tokio::test]
async fn what_is_wrong_with_a_release_is_said_in_githubs_words() {
    let rig = rig().await;
    let missing = rig.post("/releases", json!({})).await.is(422).json();
    assert_eq!(
        missing["errors"][0],
        json!({"resource": "Release", "code": "missing_field", "field": "tag_name"})
    );
    let long =
        rig.post("/releases", json!({"tag_name": "v1", "body": "x".repeat(125_001)})).await.is(422).json();
    assert_eq!(long["errors"][0]["message"], "body is too long (maximum is 125000 characters)");
    rig.post("/releases", json!({"tag_name": "v1", "draft": true, "body": "é".repeat(125_000)}))
        .await
        .is(201);
    let target = json!({"tag_name": "v2", "target_commitish": "0".repeat(40)});
    let unknown = rig.post("/releases", target).await.is(422).json();
    assert_eq!(unknown["errors"][0]["field"], "target_commitish");
    rig.post("/releases", json!({"tag_name": "v2", "draft": "yes"})).await.is(422);
    rig.post("/releases", json!({"tag_name": "bad..tag"})).await.is(422);
    rig.post("/releases", json!({"tag_name": "v3", "prerelease": true, "make_latest": "true"})).await.is(422);
    rig.api("PATCH", "/releases/99999", Some(json!({}))).await.is(404);
    assert_eq!(
        rig.request("POST", "/repos/acme/greeter/releases").body("{").send().await.unwrap().status(),
        400
    );
}

#[tokio::test]
async fn the_latest_release_follows_make_latest() {
    let rig = rig().await;
    let latest = async || rig.get("/releases/latest").await.json()["tag_name"].clone();
    rig.get("/releases/latest").await.is(404);
    rig.release(json!({"tag_name": "v2.0.0"})).await;
    assert_eq!(latest().await, "v2.0.0");
    rig.release(json!({"tag_name": "v3.0.0-rc.1", "prerelease": true})).await;
    assert_eq!(latest().await, "v2.0.0");
    let old = rig.release(json!({"tag_name": "v1.9.1", "make_latest": "false"})).await;
    assert_eq!(latest().await, "v2.0.0");
    rig.patch(&format!("/releases/{}", old["id"]), json!({"make_latest": "true"})).await.is(200);
    assert_eq!(latest().await, "v1.9.1");
    rig.api("DELETE", &format!("/releases/{}", old["id"]), None).await.is(204);
    assert_eq!(latest().await, "v2.0.0");
    // The tag outlives its release.
    rig.get("/git/ref/tags/v1.9.1").await.is(200);
}

#[tokio::test]
async fn lists_come_in_pages_with_links() {
    let rig = rig_with(Options { page: 2, ..Options::default() }).await;
    for number in 1..=5 {
        rig.release(json!({"tag_name": format!("v{number}"), "draft": true})).await;
    }
    let first = rig.get("/releases").await.is(200);
    assert_eq!(first.json().as_array().unwrap().len(), 2);
    let link = first.header("link");
    assert!(
        link.contains("releases?page=2>; rel=\"next\"") && link.contains("page=3>; rel=\"last\""),
        "{link}"
    );
    let last = rig.get("/releases?per_page=2&page=3").await;
    assert_eq!(last.json().as_array().unwrap().len(), 1);
    assert!(last.header("link").contains("per_page=2&page=1>; rel=\"first\""), "{}", last.header("link"));
    assert!(rig.get("/releases?per_page=100").await.headers.get("link").is_none());
}

#[tokio::test]
async fn an_immutable_release_is_locked_and_burns_its_tag() {
    let rig = rig_with(Options { immutable: true, ..Options::default() }).await;
    assert_eq!(rig.get("/immutable-releases").await.is(200).json()["enabled"], true);
    let draft = rig.release(json!({"tag_name": "v1.0.0", "draft": true})).await;
    let asset = rig.upload(&draft, "a.txt", "one").await.is(201).json();
    let path = format!("/releases/{}", draft["id"]);
    assert_eq!(rig.patch(&path, json!({"draft": false})).await.is(200).json()["immutable"], true);

    let late = rig.upload(&draft, "b.txt", "two").await.is(422).json();
    assert_eq!(late["message"], "Cannot upload assets to an immutable release.");
    let asset = format!("/releases/assets/{}", asset["id"]);
    rig.api("DELETE", &asset, None).await.is(422);
    rig.patch(&asset, json!({"name": "c.txt"})).await.is(422);
    rig.patch(&path, json!({"tag_name": "v9"})).await.is(422);
    rig.patch(&path, json!({"body": "new words"})).await.is(200);
    rig.api("DELETE", "/git/refs/tags/v1.0.0", None).await.is(422);
    let moved = git(&rig.source.dir, &["rev-parse", "HEAD~1"]);
    rig.patch("/git/refs/tags/v1.0.0", json!({"sha": moved, "force": true})).await.is(422);

    rig.api("DELETE", &path, None).await.is(204);
    let burnt = rig.post("/releases", json!({"tag_name": "v1.0.0", "draft": true})).await.is(422).json();
    assert_eq!(burnt["errors"][0]["message"], "tag_name was used by an immutable release");
    rig.api("DELETE", "/immutable-releases", None).await.is(204);
    rig.get("/immutable-releases").await.is(404);
    rig.api("PUT", "/immutable-releases", None).await.is(204);
}

#[tokio::test]
async fn notes_are_generated_from_the_commits() {
    let rig = rig().await;
    let notes = rig.post("/releases/generate-notes", json!({"tag_name": "v0.2.0"})).await.is(200).json();
    let body = notes["body"].as_str().unwrap();
    assert!(body.contains("* fix: say hello by Ada") && !body.contains("feat: begin"), "{body}");
    assert!(body.ends_with("/acme/greeter/compare/v0.1.0...v0.2.0"), "{body}");
    let wrong = json!({"tag_name": "v0.2.0", "previous_tag_name": "nope"});
    let refused = rig.post("/releases/generate-notes", wrong).await.is(422).json();
    assert_eq!(refused["message"], "Invalid previous_tag parameter");
    let made =
        rig.release(json!({"tag_name": "v0.2.0", "body": "Hi.", "generate_release_notes": true})).await;
    assert!(made["body"].as_str().unwrap().starts_with("Hi.\n## What's Changed"));
}

#[tokio::test]
async fn reads_by_tag_may_lag() {
    let lag = Lag { by_tag: 2, crawl: 0 };
    let rig = rig_with(Options { lag, ..Options::default() }).await;
    let made = rig.release(json!({"tag_name": "v1.0.0"})).await;
    rig.get("/releases/tags/v1.0.0").await.is(404);
    rig.get(&format!("/releases/{}", made["id"])).await.is(200);
    rig.get("/releases/tags/v1.0.0").await.is(404);
    rig.get("/releases/tags/v1.0.0").await.is(200);
}
