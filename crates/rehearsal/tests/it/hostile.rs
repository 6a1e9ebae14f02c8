use crate::harness::{Rig, rig, send};
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

/// Sends a request line as it stands: clients would tidy it up.
async fn raw(rig: &Rig, line: &str) -> String {
    let host = rig.forge.url().trim_start_matches("http://");
    let mut stream = tokio::net::TcpStream::connect(host).await.unwrap();
    let token = rig.forge.writer_token();
    let head = format!(
        "{line} HTTP/1.1\r\nHost: {host}\r\nAuthorization: Bearer {token}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"
    );
    stream.write_all(head.as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).await.unwrap();
    String::from_utf8_lossy(&answer).into_owned()
}

#[tokio::test]
async fn no_name_leads_out_of_the_folder() {
    let rig = rig().await;
    let before = files(&rig);
    for line in [
        "GET /repos/../../etc",
        "GET /repos/..%2f..%2fetc/passwd",
        "GET /repos/acme/..",
        "GET /repos/acme/%2e%2e",
        "GET /repos/acme/a%00b",
        "GET /repos/acme/a%5cb",
        "GET /api/v3/repos/%2e%2e/%2e%2e/releases",
        "GET /../../../../etc/passwd",
        "GET /%2e%2e/%2e%2e/info/refs?service=git-upload-pack",
        "GET /acme/..%2f..%2fx.git/info/refs?service=git-upload-pack",
        "GET /acme/greeter.git/objects/info/../../../../repo.json",
        "GET /acme/greeter.git/HEAD",
        "GET /acme/greeter/releases/download/v1/..%2f..%2frepo.json",
        "GET /storage/acme/greeter/..%2frepo.json/0",
        "GET /repos/acme/greeter/releases/..%2f1",
        "GET /repos/acme/greeter/contents/..%2f..%2frepo.json",
        "GET /repos/acme/greeter/contents/.git/config",
        "GET /repos/acme/greeter/commits/--output=x",
        "GET /repos/acme/greeter/git/tags/--batch",
        "GET /repos/acme/greeter/git/blobs/HEAD",
        "GET /repos/acme/greeter/%ff%fe",
    ] {
        let answer = raw(&rig, line).await;
        assert!(answer.starts_with("HTTP/1.1 4"), "{line}: {answer}");
        assert!(!answer.contains("root:"), "{line}: {answer}");
    }
    assert_eq!(files(&rig), before);
}

/// All files below the forge's `repos`, by path.
fn files(rig: &Rig) -> Vec<String> {
    fn walk(dir: &std::path::Path, found: &mut Vec<String>) {
        for entry in std::fs::read_dir(dir).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() { walk(&path, found) } else { found.push(path.display().to_string()) }
        }
    }
    let mut found = Vec::new();
    walk(rig.forge.dir().join("repos").as_std_path(), &mut found);
    found.sort();
    found
}

#[tokio::test]
async fn hostile_asset_names_are_tidied_up() {
    let rig = rig().await;
    let draft = rig.release(json!({"tag_name": "v1", "draft": true})).await;
    for (name, kept) in [("../../x", "default.x"), ("a\r\nb: c", "a.b.c"), ("ü/%2e", "u.2e")] {
        assert_eq!(rig.upload(&draft, name, "x").await.is(201).json()["name"], kept);
    }
}

#[tokio::test]
async fn no_secret_reaches_the_logs() {
    let rig = rig().await;
    rig.get("").await.is(200);
    send(rig.request("GET", "/repos/acme/greeter?access_token=abc")).await.unwrap().is(200);
    let log = std::fs::read_to_string(rig.forge.dir().join("requests.jsonl")).unwrap();
    assert_eq!(log.lines().count(), 2, "{log}");
    assert!(!log.contains(rig.forge.writer_token()) && !log.contains("=abc"), "{log}");
    let requests = rig.forge.requests();
    assert_eq!((requests[0].path.as_str(), requests[0].status), ("/api/v3/repos/acme/greeter", Some(200)));
}

#[tokio::test]
async fn the_home_page_lists_what_there_is() {
    let rig = rig().await;
    rig.release(json!({"tag_name": "v1<b>", "draft": true})).await;
    let page = send(rig.bare("GET", "/")).await.unwrap().is(200);
    let text = String::from_utf8(page.bytes).unwrap();
    assert!(
        text.contains("acme/greeter") && text.contains("v1&lt;b&gt;") && !text.contains("v1<b>"),
        "{text}"
    );
}
