use crate::harness::{rig, rig_with, send};
use release_rehearsal::Options;
use serde_json::json;

#[tokio::test]
async fn tokens_decide_what_one_may() {
    let rig = rig().await;
    let draft = rig.release(json!({"tag_name": "v1", "draft": true})).await;
    let releases = "/api/v3/repos/acme/greeter/releases";
    let wrong = send(rig.bare("GET", releases).bearer_auth("ghs_wrong")).await.unwrap().is(401);
    assert_eq!(wrong.json()["message"], "Bad credentials");
    for reader in [rig.bare("GET", releases), rig.bare("GET", releases).bearer_auth(rig.forge.reader_token())]
    {
        assert_eq!(send(reader).await.unwrap().is(200).json(), json!([]), "drafts are hidden");
    }
    let refused =
        rig.bare("POST", releases).bearer_auth(rig.forge.reader_token()).json(&json!({"tag_name": "v2"}));
    let refused = send(refused).await.unwrap().is(403).json();
    assert_eq!(refused["message"], "Resource not accessible by integration");
    send(rig.bare("POST", releases).json(&json!({"tag_name": "v2"}))).await.unwrap().is(401);
    send(rig.bare("GET", &format!("{releases}/{}", draft["id"]))).await.unwrap().is(404);
    send(rig.bare("GET", "/user")).await.unwrap().is(401);
    // The token of a job is an app's.
    rig.call("GET", "/user", None).await.is(403);
    let person = rig.bare("GET", "/user").bearer_auth(rig.forge.admin_token());
    assert_eq!(send(person).await.unwrap().is(200).json()["login"], "maintainer");
    let basic = rig.bare("GET", releases).basic_auth("x-access-token", Some(rig.forge.writer_token()));
    assert_eq!(send(basic).await.unwrap().is(200).json().as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn a_repository_is_made_at_the_writers_first_use() {
    let rig = rig().await;
    send(rig.bare("GET", "/repos/new/one")).await.unwrap().is(404);
    let made = rig.call("GET", "/repos/new/one", None).await.is(200).json();
    assert_eq!((&made["full_name"], &made["permissions"]["push"]), (&json!("new/one"), &json!(true)));
    let seen = send(rig.bare("GET", "/repos/NEW/One")).await.unwrap().is(200).json();
    assert_eq!((&seen["full_name"], &seen["permissions"]["push"]), (&json!("new/one"), &json!(false)));
    rig.call("PATCH", "/repos/new/one", Some(json!({"private": true, "description": "d"}))).await.is(200);
    send(rig.bare("GET", "/repos/new/one")).await.unwrap().is(404);
    rig.call("PATCH", "/repos/new/one", Some(json!({"default_branch": "nope"}))).await.is(422);
}

#[tokio::test]
async fn the_rate_limit_counts_down_to_403() {
    let rig = rig_with(Options { rate_limit: 3, ..Options::default() }).await;
    for left in ["2", "1", "0"] {
        let got = rig.get("").await.is(200);
        assert_eq!((got.header("x-ratelimit-remaining"), got.header("x-ratelimit-limit")), (left, "3"));
        assert!(!got.header("x-github-request-id").is_empty());
    }
    let over = rig.get("").await.is(403);
    assert_eq!(over.header("x-ratelimit-remaining"), "0");
    assert!(over.json()["message"].as_str().unwrap().starts_with("API rate limit exceeded"));
    let limit = rig.call("GET", "/rate_limit", None).await.is(200).json();
    assert_eq!((&limit["rate"]["remaining"], &limit["rate"]["used"]), (&json!(0), &json!(3)));
}

#[tokio::test]
async fn an_entity_tag_saves_a_call() {
    let rig = rig().await;
    let first = rig.get("").await.is(200);
    let request =
        rig.request("GET", "/api/v3/repos/acme/greeter").header("if-none-match", first.header("etag"));
    let second = send(request).await.unwrap().is(304);
    assert!(second.bytes.is_empty());
    assert_eq!(first.header("x-ratelimit-used"), second.header("x-ratelimit-used"));
}
