use crate::harness::{faulty, rig_with, send};
use futures::StreamExt;
use futures::future::Either;
use serde_json::{Value, json};
use std::time::Duration;

const RELEASES: &str = "/api/v3/repos/acme/greeter/releases";

#[tokio::test]
async fn statuses_come_with_githubs_words_and_are_counted() {
    let rig = rig_with(faulty(&["POST */releases#2-3=status:502", "GET /rate_limit=status:429"])).await;
    let mut outcomes = Vec::new();
    for number in 1..=4 {
        outcomes.push(
            rig.post("/releases", json!({"tag_name": format!("v{number}"), "draft": true})).await.status,
        );
    }
    assert_eq!(outcomes, [201, 502, 502, 201]);
    assert_eq!(rig.get("/releases").await.json().as_array().unwrap().len(), 2);
    let limited = rig.call("GET", "/rate_limit", None).await;
    assert_eq!((limited.status, limited.header("retry-after")), (429, "60"));
    let struck = rig.forge.requests().into_iter().filter_map(|request| request.fault).collect::<Vec<_>>();
    assert_eq!(
        struck,
        ["POST */releases#2-3=status:502", "POST */releases#2-3=status:502", "GET /rate_limit=status:429"]
    );
}

#[tokio::test]
async fn limits_tell_when_to_come_back() {
    let rig =
        rig_with(faulty(&["GET */releases#1=rate-limit:90", "GET */releases#2=secondary-limit:7"])).await;
    let primary = rig.get("/releases").await.is(403);
    let wait = primary.header("x-ratelimit-reset").parse::<i64>().unwrap() - chrono::Utc::now().timestamp();
    assert!((85..=91).contains(&wait), "{wait}");
    assert_eq!(primary.header("x-ratelimit-remaining"), "0");
    // A second fault with its own count sees the first call, too.
    let secondary = rig.get("/releases").await.is(403);
    assert_eq!(secondary.header("retry-after"), "7");
    assert!(secondary.json()["message"].as_str().unwrap().contains("secondary rate limit"));
}

#[tokio::test]
async fn a_delayed_answer_comes_after_many_that_were_asked_for_later() {
    let rig = rig_with(faulty(&["GET */releases#1=delay:60s", "GET */releases#30=delay:1ms"])).await;
    let both = futures::future::select(Box::pin(rig.get("/releases")), Box::pin(rig.get("/releases")));
    let (answered, mut delayed) = both.await.factor_first();
    answered.is(200);
    for _ in 3..=30 {
        let later = Box::pin(rig.get("/releases"));
        match futures::future::select(later, delayed).await {
            Either::Left((later, still)) => {
                later.is(200);
                delayed = still;
            }
            Either::Right(_) => panic!("it was answered with the others"),
        }
    }
}

#[tokio::test]
async fn what_is_answered_late_is_done_at_once() {
    let rig = rig_with(faulty(&["POST */releases=delay:600s"])).await;
    let body = json!({"tag_name": "v1.0.0", "draft": true});
    let mut late = Box::pin(send(rig.request("POST", RELEASES).json(&body)));
    for _ in 0..1000 {
        let look = Box::pin(rig.get("/releases"));
        match futures::future::select(look, late).await {
            Either::Left((seen, still)) => {
                if seen.is(200).json().as_array().unwrap().len() == 1 {
                    return;
                }
                late = still;
            }
            Either::Right(_) => panic!("it was answered at once"),
        }
    }
    panic!("it is not done");
}

#[tokio::test]
async fn resets_before_and_after_differ_in_what_is_applied() {
    let faults = [
        "POST */releases#1=reset-before",
        "POST */releases#2=reset-after",
        "POST */releases#3=applied-then-reset",
        "POST */releases#4=applied-then-timeout:50ms",
    ];
    let rig = rig_with(faulty(&faults)).await;
    for (number, there) in [(1, 0), (2, 1), (3, 2), (4, 3)] {
        let body = json!({"tag_name": format!("v{number}"), "draft": true});
        let sent = send(rig.request("POST", RELEASES).json(&body)).await;
        assert!(sent.is_err(), "call {number}");
        assert_eq!(
            rig.get("/releases").await.is(200).json().as_array().unwrap().len(),
            there,
            "call {number}"
        );
    }
    // After the headers means: the client sees the status, and half a body at most.
    let rig = rig_with(faulty(&["GET */releases=reset-after"])).await;
    let response = rig.request("GET", RELEASES).send().await.unwrap();
    assert_eq!(response.status(), 200);
    assert!(response.bytes().await.is_err());
}

#[tokio::test]
async fn a_torn_body_has_its_full_length_announced() {
    let rig = rig_with(faulty(&["GET /storage/*=torn"])).await;
    let draft = rig.release(json!({"tag_name": "v1", "draft": true})).await;
    let asset = rig.upload(&draft, "a", vec![b'a'; 100_000]).await.is(201).json();
    let path = format!("{RELEASES}/assets/{}", asset["id"]);
    let sent = send(rig.request("GET", &path).header("accept", "application/octet-stream")).await.unwrap();
    let response = rig.bare("GET", sent.header("location")).send().await.unwrap();
    assert_eq!(response.content_length(), Some(100_000));
    let mut stream = response.bytes_stream();
    let (mut count, mut failed) = (0, false);
    while let Some(chunk) = stream.next().await {
        match chunk {
            Ok(chunk) => count += chunk.len(),
            Err(_) => failed = true,
        }
    }
    assert_eq!((count, failed), (50_000, true));
}

#[tokio::test]
async fn contents_can_be_wrong_in_many_ways() {
    let faults = [
        "GET */releases#2=wrong-content",
        "GET */releases#3=empty",
        "GET */releases#4=garbage",
        "GET */releases#5=truncated-json",
        "GET /storage/*=wrong-content",
    ];
    let rig = rig_with(faulty(&faults)).await;
    let draft = rig.release(json!({"tag_name": "v1", "draft": true})).await;
    let right = rig.get("/releases").await.is(200);
    let read = async || send(rig.request("GET", RELEASES)).await.unwrap().is(200).bytes;
    let wrong = read().await;
    assert_eq!(wrong.len(), right.bytes.len());
    let wrong: Value = serde_json::from_slice(&wrong).unwrap();
    assert_ne!(wrong[0]["id"], draft["id"]);
    assert!(read().await.is_empty());
    let garbage = read().await;
    assert!(serde_json::from_slice::<Value>(&garbage).is_err() && !garbage.is_empty());
    assert_eq!(read().await, right.bytes[..right.bytes.len() / 2]);
    assert_eq!(read().await, right.bytes);
    let asset = rig.upload(&draft, "a", "right").await.is(201).json();
    let request = rig.request("GET", &format!("{RELEASES}/assets/{}", asset["id"]));
    let sent = send(request.header("accept", "application/octet-stream")).await.unwrap();
    let bytes = send(rig.bare("GET", sent.header("location"))).await.unwrap().bytes;
    assert!(bytes.len() == 5 && bytes != b"right", "{bytes:?}");
}

#[tokio::test]
async fn stale_reads_answer_from_before_the_last_write() {
    let rig = rig_with(faulty(&["GET */releases=stale:2", "GET */git/ref/*=stale:1"])).await;
    let count = async || rig.get("/releases").await.is(200).json().as_array().unwrap().len();
    assert_eq!(count().await, 0);
    let made = rig.release(json!({"tag_name": "v1", "draft": true})).await;
    assert_eq!([count().await, count().await, count().await], [0, 0, 1]);
    rig.get(&format!("/releases/{}", made["id"])).await.is(200);
    rig.patch(&format!("/releases/{}", made["id"]), json!({"draft": false})).await.is(200);
    rig.get("/git/ref/tags/v1").await.is(404);
    rig.get("/git/ref/tags/v1").await.is(200);
}

#[tokio::test]
async fn a_starter_is_left_behind() {
    let rig = rig_with(faulty(&["POST */assets#1=starter"])).await;
    let draft = rig.release(json!({"tag_name": "v1", "draft": true})).await;
    rig.upload(&draft, "a", "bytes").await.is(502);
    let assets = rig.get(&format!("/releases/{}/assets", draft["id"])).await.is(200).json();
    assert_eq!((&assets[0]["name"], &assets[0]["state"]), (&json!("a"), &json!("starter")));
    rig.upload(&draft, "a", "bytes").await.is(422);
    rig.api("DELETE", &format!("/releases/assets/{}", assets[0]["id"]), None).await.is(204);
    rig.upload(&draft, "a", "bytes").await.is(201);
}

#[tokio::test]
async fn a_hang_answers_nothing_and_stops_with_the_forge() {
    let rig = rig_with(faulty(&["GET */releases=hang"])).await;
    let hanging = tokio::spawn(send(rig.request("GET", RELEASES).timeout(Duration::from_secs(60))));
    while rig.forge.requests().is_empty() && !hanging.is_finished() {
        tokio::task::yield_now().await;
    }
    assert!(!hanging.is_finished(), "it waits for an answer");
    rig.forge.stop().await.unwrap();
    assert!(!hanging.await.unwrap().unwrap_err().is_timeout(), "the forge's end ends it");
}
