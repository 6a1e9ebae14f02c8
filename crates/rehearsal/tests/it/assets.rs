use crate::harness::{rig, send};
use bytes::Bytes;
use futures::{StreamExt, stream};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

fn sha256(bytes: &[u8]) -> String {
    let digest = Sha256::digest(bytes);
    format!("sha256:{}", digest.iter().map(|byte| format!("{byte:02x}")).collect::<String>())
}

#[tokio::test]
async fn an_asset_goes_up_and_comes_down() {
    let rig = rig().await;
    let draft = rig.release(json!({"tag_name": "dir/v1.0.0", "draft": true})).await;
    let asset = rig.upload(&draft, "a b.txt", "hello").await.is(201).json();
    assert_eq!(asset["name"], "a.b.txt");
    assert_eq!((&asset["size"], &asset["state"]), (&json!(5), &json!("uploaded")));
    assert_eq!(asset["digest"], sha256(b"hello"));
    assert!(asset["browser_download_url"].as_str().unwrap().contains("/download/untagged-"));
    let again = rig.upload(&draft, "a.b.txt", "other").await.is(422).json();
    assert_eq!(
        again["errors"][0],
        json!({"resource": "ReleaseAsset", "code": "already_exists", "field": "name"})
    );

    // The API sends to an address that needs no token, and that can't be guessed.
    let path = format!("/api/v3/repos/acme/greeter/releases/assets/{}", asset["id"]);
    let sent =
        send(rig.request("GET", &path).header("accept", "application/octet-stream")).await.unwrap().is(302);
    let place = sent.header("location").to_owned();
    assert_eq!(send(rig.bare("GET", &place)).await.unwrap().is(200).bytes, b"hello");
    let head = send(rig.bare("HEAD", &place)).await.unwrap().is(200);
    assert_eq!((head.header("content-length"), head.bytes.len()), ("5", 0));
    let guessed = format!("{}0", &place[..place.len() - 1]);
    if guessed != place {
        send(rig.bare("GET", &guessed)).await.unwrap().is(404);
    }

    let page = format!("{}/acme/greeter/releases/download/dir/v1.0.0/a.b.txt", rig.forge.url());
    send(rig.bare("GET", &page)).await.unwrap().is(404);
    rig.patch(&format!("/releases/{}", draft["id"]), json!({"draft": false})).await.is(200);
    let shown = rig.get(&format!("/releases/{}/assets", draft["id"])).await.is(200).json();
    let public = shown[0]["browser_download_url"].as_str().unwrap();
    assert!(public.ends_with("/download/dir%2Fv1.0.0/a.b.txt"), "{public}");
    for address in [public, &page] {
        let sent = send(rig.bare("GET", address)).await.unwrap().is(302);
        assert_eq!(send(rig.bare("GET", sent.header("location"))).await.unwrap().bytes, b"hello");
    }
    assert_eq!(rig.get(&format!("/releases/assets/{}", asset["id"])).await.json()["download_count"], 3);
    let latest = format!("{}/acme/greeter/releases/latest/download/a.b.txt", rig.forge.url());
    assert_eq!(send(rig.bare("GET", &latest)).await.unwrap().is(302).header("location"), public);
}

#[tokio::test]
async fn an_asset_is_renamed_and_deleted() {
    let rig = rig().await;
    let draft = rig.release(json!({"tag_name": "v1", "draft": true})).await;
    let one = rig.upload(&draft, "one", "1").await.is(201).json();
    rig.upload(&draft, "two", "22").await.is(201);
    let path = format!("/releases/assets/{}", one["id"]);
    rig.patch(&path, json!({"name": "two"})).await.is(422);
    let renamed = rig.patch(&path, json!({"name": "three", "label": "Three"})).await.is(200).json();
    assert_eq!((&renamed["name"], &renamed["label"]), (&json!("three"), &json!("Three")));
    rig.api("DELETE", &path, None).await.is(204);
    rig.get(&path).await.is(404);
    rig.upload(&draft, "three", "again").await.is(201);
}

#[tokio::test]
async fn an_upload_needs_an_exact_length() {
    let rig = rig().await;
    let draft = rig.release(json!({"tag_name": "v1", "draft": true})).await;
    let chunks = stream::iter([Ok::<_, std::io::Error>(Bytes::from_static(b"chunked"))]);
    let chunked = rig.upload(&draft, "a", reqwest::Body::wrap_stream(chunks)).await.is(400).json();
    assert_eq!(chunked["message"], "Bad Content-Length: ");
    let empty = rig.upload_request(&draft, "a", "").header("content-length", "0");
    let empty = send(empty).await.unwrap().is(422).json();
    assert_eq!(empty["errors"][0]["message"], "size must be greater than or equal to 1");
    let unnamed = rig.upload(&draft, "", "x").await.is(422).json();
    assert_eq!(unnamed["errors"][0]["field"], "name");
    assert_eq!(rig.get(&format!("/releases/{}/assets", draft["id"])).await.json(), json!([]));
}

#[tokio::test]
async fn two_gibibytes_are_too_much() {
    let rig = rig().await;
    let draft = rig.release(json!({"tag_name": "v1", "draft": true})).await;
    let host = rig.forge.url().trim_start_matches("http://");
    let mut stream = tokio::net::TcpStream::connect(host).await.unwrap();
    let head = format!(
        "POST /api/uploads/repos/acme/greeter/releases/{}/assets?name=big HTTP/1.1\r\nHost: {host}\r\n\
         Authorization: Bearer {}\r\nContent-Type: application/octet-stream\r\nContent-Length: 2147483648\r\n\r\n",
        draft["id"],
        rig.forge.writer_token()
    );
    stream.write_all(head.as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 422"), "{answer}");
    assert!(answer.contains("size must be less than 2147483648"), "{answer}");
}

#[tokio::test]
async fn a_client_that_goes_away_leaves_a_starter() {
    let rig = rig().await;
    let draft = rig.release(json!({"tag_name": "v1", "draft": true})).await;
    let host = rig.forge.url().trim_start_matches("http://");
    let mut stream = tokio::net::TcpStream::connect(host).await.unwrap();
    let head = format!(
        "POST /api/uploads/repos/acme/greeter/releases/{}/assets?name=a HTTP/1.1\r\nHost: {host}\r\n\
         Authorization: Bearer {}\r\nContent-Type: application/octet-stream\r\nContent-Length: 8\r\n\r\nhalf",
        draft["id"],
        rig.forge.writer_token()
    );
    stream.write_all(head.as_bytes()).await.unwrap();
    // Only once the upload has begun does going away leave anything.
    let path = format!("/releases/{}/assets", draft["id"]);
    while rig.get(&path).await.json() == json!([]) {}
    drop(stream);
    // The handler ends by itself; the effect tells when.
    while !rig.effects().last().unwrap().contains("starter") {
        tokio::task::yield_now().await;
    }
    let shown = rig.get(&path).await.json();
    assert_eq!(
        (&shown[0]["state"], &shown[0]["size"], &shown[0]["digest"]),
        (&json!("starter"), &json!(0), &Value::Null)
    );
    rig.upload(&draft, "a", "complete").await.is(422);
    rig.api("DELETE", &format!("/releases/assets/{}", shown[0]["id"]), None).await.is(204);
    assert_eq!(rig.upload(&draft, "a", "complete").await.is(201).json()["size"], 8);
}

#[tokio::test]
async fn three_hundred_megabytes_stream_through() {
    const CHUNK: usize = 1024 * 1024;
    const CHUNKS: usize = 300;
    let rig = rig().await;
    let draft = rig.release(json!({"tag_name": "v1", "draft": true})).await;
    let chunk = Bytes::from((0..CHUNK).map(|at| (at % 251) as u8).collect::<Vec<_>>());
    let mut digest = Sha256::new();
    (0..CHUNKS).for_each(|_| digest.update(&chunk));
    let digest =
        format!("sha256:{}", digest.finalize().iter().map(|b| format!("{b:02x}")).collect::<String>());
    let before = resident_peak();
    let chunks = stream::iter(std::iter::repeat_n(chunk, CHUNKS)).map(Ok::<_, std::io::Error>);
    let request = rig.upload_request(&draft, "big", reqwest::Body::wrap_stream(chunks));
    let length = (CHUNK * CHUNKS).to_string();
    let asset = send(request.header("content-length", length)).await.unwrap().is(201).json();
    assert_eq!((&asset["size"], &asset["digest"]), (&json!(CHUNK * CHUNKS), &json!(digest)));

    let path = format!("/api/v3/repos/acme/greeter/releases/assets/{}", asset["id"]);
    let sent = send(rig.request("GET", &path).header("accept", "application/octet-stream")).await.unwrap();
    let mut down = rig.bare("GET", sent.header("location")).send().await.unwrap().bytes_stream();
    let mut again = Sha256::new();
    while let Some(chunk) = down.next().await {
        again.update(chunk.unwrap());
    }
    assert_eq!(
        asset["digest"],
        format!("sha256:{}", again.finalize().iter().map(|b| format!("{b:02x}")).collect::<String>())
    );
    let grown = resident_peak().saturating_sub(before);
    assert!(grown < 150 * 1024, "the peak grew by {grown} kB while 300 MB went up and down");
}

/// Peak resident memory of this process in kB; 0 where the system doesn't tell.
fn resident_peak() -> u64 {
    let Ok(status) = std::fs::read_to_string("/proc/self/status") else { return 0 };
    let line = status.lines().find(|line| line.starts_with("VmHWM:"));
    line.and_then(|line| line.split_whitespace().nth(1)?.parse().ok()).unwrap_or(0)
}
