use crate::harness::{rig, send};
use futures::future::join_all;
use serde_json::{Value, json};
use std::collections::BTreeSet;

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn eight_runners_write_at_once() {
    let rig = rig().await;
    let draft = rig.release(json!({"tag_name": "v1", "draft": true})).await;
    let runner = async |runner: usize| {
        for file in 0..10 {
            rig.upload(&draft, &format!("{runner}-{file}.bin"), vec![runner as u8; 10_000 + file])
                .await
                .is(201);
        }
        // All of them also fight for one name.
        rig.upload(&draft, "checksums.txt", format!("by {runner}")).await.status
    };
    let outcomes = join_all((0..8).map(runner)).await;
    assert_eq!(outcomes.iter().filter(|status| **status == 201).count(), 1, "{outcomes:?}");
    assert_eq!(outcomes.iter().filter(|status| **status == 422).count(), 7, "{outcomes:?}");
    let assets = rig.get(&format!("/releases/{}/assets?per_page=100", draft["id"])).await.json();
    let assets = assets.as_array().unwrap();
    assert_eq!(assets.len(), 81);
    let ids: BTreeSet<u64> = assets.iter().map(|asset| asset["id"].as_u64().unwrap()).collect();
    assert_eq!(ids.len(), 81);
    assert!(assets.iter().all(|asset| asset["state"] == "uploaded"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_eight_publishers_one_wins() {
    let rig = rig().await;
    let draft = async |_| rig.release(json!({"tag_name": "v1", "draft": true})).await;
    let drafts: Vec<Value> = join_all((0..8).map(draft)).await;
    let publish = async |draft: &Value| {
        rig.patch(&format!("/releases/{}", draft["id"]), json!({"draft": false})).await.status
    };
    let mut outcomes = join_all(drafts.iter().map(publish)).await;
    outcomes.sort_unstable();
    assert_eq!(outcomes, [200, 422, 422, 422, 422, 422, 422, 422]);
    assert_eq!(rig.effects().iter().filter(|words| words.starts_with("tag v1 made")).count(), 1);
}

#[tokio::test]
async fn a_connection_is_used_again_after_a_refusal() {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    let rig = rig().await;
    let draft = rig.release(json!({"tag_name": "v1", "draft": true})).await;
    send(rig.upload_request(&draft, "a", "x")).await.unwrap().is(201);
    let host = rig.forge.url().trim_start_matches("http://");
    let mut stream = tokio::net::TcpStream::connect(host).await.unwrap();
    let body = "y".repeat(100_000);
    let path = format!("/api/uploads/repos/acme/greeter/releases/{}/assets?name=a", draft["id"]);
    let head = format!(
        "POST {path} HTTP/1.1\r\nHost: {host}\r\nAuthorization: Bearer {}\r\nContent-Type: a/b\r\nContent-Length: {}\r\n\r\n",
        rig.forge.writer_token(),
        body.len()
    );
    stream.write_all(format!("{head}{body}").as_bytes()).await.unwrap();
    stream
        .write_all(
            format!("GET /rate_limit HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n").as_bytes(),
        )
        .await
        .unwrap();
    let mut answers = String::new();
    stream.read_to_string(&mut answers).await.unwrap();
    assert!(answers.starts_with("HTTP/1.1 422") && answers.contains("HTTP/1.1 200"), "{answers}");
}
