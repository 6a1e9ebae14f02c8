use crate::harness::{git, rig, send};
use crate::schema;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::json;

#[tokio::test]
async fn refs_are_made_moved_and_deleted() {
    let rig = rig().await;
    let (head, first) = (rig.source.sha("main"), rig.source.sha("v0.1.0"));
    rig.post("/git/refs", json!({"ref": "refs/heads/x/y", "sha": first})).await.is(201);
    let again = rig.post("/git/refs", json!({"ref": "refs/heads/x/y", "sha": head})).await.is(422).json();
    assert_eq!(again["message"], "Reference already exists");
    rig.post("/git/refs", json!({"ref": "heads/x", "sha": head})).await.is(422);
    rig.post("/git/refs", json!({"ref": "refs/heads/z", "sha": "0".repeat(40)})).await.is(422);
    assert_eq!(
        rig.patch("/git/refs/heads/x/y", json!({"sha": head})).await.is(200).json()["object"]["sha"],
        head
    );
    let back = rig.patch("/git/refs/heads/x/y", json!({"sha": first})).await.is(422).json();
    assert_eq!(back["message"], "Update is not a fast forward");
    rig.patch("/git/refs/heads/x/y", json!({"sha": first, "force": true})).await.is(200);
    let all = rig.get("/git/matching-refs/heads/").await.is(200).json();
    assert_eq!((&all[0]["ref"], &all[1]["ref"]), (&json!("refs/heads/main"), &json!("refs/heads/x/y")));
    assert_eq!(rig.get("/branches/x%2Fy").await.is(200).json()["commit"]["sha"], first);
    rig.api("DELETE", "/git/refs/heads/x/y", None).await.is(204);
    rig.api("DELETE", "/git/refs/heads/x/y", None).await.is(422);
    rig.get("/git/ref/heads/x/y").await.is(404);
}

#[tokio::test]
async fn tags_are_objects() {
    let rig = rig().await;
    let head = rig.source.sha("main");
    let tag = json!({"tag": "v3", "message": "three", "object": head, "type": "commit",
        "tagger": {"name": "Ada", "email": "a@b.c", "date": "2026-01-02T03:04:05Z"}});
    let tag = rig.post("/git/tags", tag).await.is(201).json();
    assert_eq!(tag["tagger"]["date"], "2026-01-02T03:04:05Z");
    rig.post("/git/refs", json!({"ref": "refs/tags/v3", "sha": tag["sha"]})).await.is(201);
    let read = rig.get(&format!("/git/tags/{}", tag["sha"].as_str().unwrap())).await.is(200).json();
    assert_eq!((&read["message"], &read["object"]["sha"]), (&json!("three"), &json!(head)));
    assert_eq!(rig.get("/git/ref/tags/v3").await.is(200).json()["object"]["type"], "tag");
    let listed = rig.get("/tags").await.is(200).json();
    assert_eq!((&listed[0]["name"], &listed[0]["commit"]["sha"]), (&json!("v3"), &json!(head)));
}

#[tokio::test]
async fn commits_are_listed_and_compared() {
    let rig = rig().await;
    let (head, first) = (rig.source.sha("main"), rig.source.sha("v0.1.0"));
    let list = rig.get("/commits").await.is(200).json();
    assert_eq!((&list[0]["sha"], &list[1]["sha"]), (&json!(head), &json!(first)));
    let page = rig.get("/commits?per_page=1&page=2").await.is(200);
    assert_eq!(page.json()[0]["commit"]["message"], "feat: begin");
    assert!(page.header("link").contains("rel=\"prev\""));
    assert_eq!(rig.get("/commits?path=cmd&sha=main").await.is(200).json().as_array().unwrap().len(), 1);
    assert_eq!(rig.get("/commits/v0.1.0").await.is(200).json()["sha"], first);
    assert_eq!(rig.get(&format!("/git/commits/{head}")).await.is(200).json()["message"], "fix: say hello");
    rig.get("/commits/nothing").await.is(422);
    let ahead = rig.get("/compare/v0.1.0...main").await.is(200).json();
    assert_eq!(
        (&ahead["status"], &ahead["ahead_by"], &ahead["behind_by"]),
        (&json!("ahead"), &json!(1), &json!(0))
    );
    assert_eq!(
        (&ahead["files"][0]["filename"], &ahead["files"][0]["additions"]),
        (&json!("README.md"), &json!(2))
    );
    assert_eq!(rig.get("/compare/main...v0.1.0").await.is(200).json()["status"], "behind");
    rig.get("/compare/main...nope").await.is(404);
}

#[tokio::test]
async fn files_are_written_as_commits() {
    let rig = rig().await;
    let old = rig.get("/contents/README.md?ref=v0.1.0").await.is(200).json();
    assert_eq!(STANDARD.decode(old["content"].as_str().unwrap().replace('\n', "")).unwrap(), b"# greeter\n");
    let root = send(rig.request("GET", "/api/v3/repos/acme/greeter/contents/")).await.unwrap().is(200);
    schema::check("GET", "/repos/acme/greeter/contents/root", &root);
    let root = root.json();
    assert_eq!((&root[0]["name"], &root[1]["type"]), (&json!("README.md"), &json!("dir")));
    let put = json!({"message": "docs: deep", "content": STANDARD.encode("deep\n")});
    let made = rig.api("PUT", "/contents/a/b/c.txt", Some(put.clone())).await.is(201).json();
    rig.api("PUT", "/contents/a/b/c.txt", Some(put)).await.is(422);
    let stale = json!({"message": "m", "content": "", "sha": "0".repeat(40)});
    rig.api("PUT", "/contents/a/b/c.txt", Some(stale)).await.is(409);
    let sha = &made["content"]["sha"];
    let next = json!({"message": "docs: deeper", "content": STANDARD.encode("deeper\n"), "sha": sha});
    let next = rig.api("PUT", "/contents/a/b/c.txt", Some(next)).await.is(200).json();
    let bare = rig.forge.dir().join("repos/acme/greeter/git");
    assert_eq!(git(&bare, &["show", "main:a/b/c.txt"]), "deeper");
    assert_eq!(git(&bare, &["log", "-2", "--format=%s", "main"]), "docs: deeper\ndocs: deep");
    assert_eq!(git(&bare, &["show", "main:cmd/main.go"]), "package main");
    git(&bare, &["fsck", "--strict"]);
    let gone = json!({"message": "chore: away", "sha": next["content"]["sha"]});
    rig.api("DELETE", "/contents/a/b/c.txt", Some(gone)).await.is(200);
    rig.get("/contents/a").await.is(404);
    assert_eq!(git(&bare, &["ls-tree", "-r", "--name-only", "main"]), "README.md\ncmd/main.go");

    rig.call("PUT", "/repos/acme/empty/contents/f", Some(json!({"message": "m", "content": "YQ=="})))
        .await
        .is(201);
    assert_eq!(
        rig.call("GET", "/repos/acme/empty/commits", None).await.is(200).json().as_array().unwrap().len(),
        1
    );
}

#[tokio::test]
async fn blobs_are_stored() {
    let rig = rig().await;
    let made = rig.post("/git/blobs", json!({"content": "aGk=", "encoding": "base64"})).await.is(201).json();
    let read = rig.get(&format!("/git/blobs/{}", made["sha"].as_str().unwrap())).await.is(200).json();
    assert_eq!((&read["content"], &read["size"]), (&json!("aGk=\n"), &json!(2)));
    rig.get(&format!("/git/blobs/{}", "0".repeat(40))).await.is(404);
}
