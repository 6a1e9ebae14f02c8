//! The artifact service of a run, as a client of it sees it.

use crate::harness::{Got, Rig, rig, rig_with, send};
use release_rehearsal::{Forge, Options};
use serde_json::{Value, json};

const PATH: &str = "/twirp/github.actions.results.api.v1.ArtifactService";

async fn call(rig: &Rig, run: &str, method: &str, mut body: Value) -> Got {
    let token = rig.forge.runtime_token(run, "job");
    body["workflow_run_backend_id"] = run.into();
    body["workflow_job_run_backend_id"] = "job".into();
    let request = rig.bare("POST", &format!("{PATH}/{method}")).bearer_auth(token).json(&body);
    send(request).await.unwrap()
}

async fn create(rig: &Rig, run: &str, name: &str) -> String {
    let got = call(rig, run, "CreateArtifact", json!({"name": name, "version": 4})).await.is(200);
    got.json()["signed_upload_url"].as_str().unwrap().to_owned()
}

async fn put(rig: &Rig, address: &str, query: &str, body: impl Into<reqwest::Body>) -> Got {
    send(rig.bare("PUT", &format!("{address}&{query}")).body(body)).await.unwrap()
}

/// Uploads `one two` in two blocks.
async fn upload(rig: &Rig, run: &str, name: &str) -> String {
    let address = create(rig, run, name).await;
    put(rig, &address, "comp=block&blockid=YWE%3D", "one ").await.is(201);
    put(rig, &address, "comp=block&blockid=YmI%3D", "two").await.is(201);
    let list = "<?xml version=\"1.0\"?><BlockList><Latest>YWE=</Latest><Latest>YmI=</Latest></BlockList>";
    put(rig, &address, "comp=blocklist", list).await.is(201);
    address
}

#[tokio::test]
async fn an_artifact_goes_up_and_comes_down() {
    let rig = rig().await;
    upload(&rig, "7", "a").await;
    let names = |got: Got| got.json()["artifacts"].as_array().unwrap().len();
    assert_eq!(names(call(&rig, "7", "ListArtifacts", json!({})).await), 0, "unfinished ones are not shown");
    call(&rig, "7", "FinalizeArtifact", json!({"name": "a", "size": "6"})).await.is(400);
    let hash = "sha256:0000";
    call(&rig, "7", "FinalizeArtifact", json!({"name": "a", "size": "7", "hash": hash})).await.is(400);
    call(&rig, "7", "FinalizeArtifact", json!({"name": "a", "size": "7"})).await.is(200);
    let listed = call(&rig, "7", "ListArtifacts", json!({"nameFilter": "a"})).await.json();
    assert_eq!(listed["artifacts"][0]["size"], "7");
    assert_eq!(names(call(&rig, "8", "ListArtifacts", json!({})).await), 0, "another run has its own");
    let signed = call(&rig, "7", "GetSignedArtifactURL", json!({"name": "a"})).await.json();
    let got = send(rig.bare("GET", signed["signed_url"].as_str().unwrap())).await.unwrap().is(200);
    assert_eq!(got.bytes, b"one two");
    call(&rig, "7", "CreateArtifact", json!({"name": "a", "version": 4})).await.is(409);
    call(&rig, "7", "DeleteArtifact", json!({"name": "a"})).await.is(200);
    create(&rig, "7", "a").await;
}

#[tokio::test]
async fn what_is_not_signed_is_refused() {
    let rig = rig().await;
    let address = create(&rig, "7", "a").await;
    let (place, _) = address.split_once('?').unwrap();
    put(&rig, &format!("{place}?sig=0"), "comp=block&blockid=YWE%3D", "x").await.is(403);
    send(rig.bare("GET", &address)).await.unwrap().is(403);
    let with_token = rig.request("PUT", &format!("{address}&comp=block&blockid=YWE%3D")).body("x");
    send(with_token).await.unwrap().is(400);
    put(&rig, &address, "comp=block&blockid=YWE%3D", "x").await.is(201);
    put(&rig, &address, "comp=block&blockid=YWFhYQ%3D%3D", "x").await.is(400);
    put(&rig, &address, "comp=blocklist", "<BlockList><Latest>YmI=</Latest></BlockList>").await.is(400);

    let body = json!({"workflow_run_backend_id": "7"});
    let list =
        |token: String| rig.bare("POST", &format!("{PATH}/ListArtifacts")).bearer_auth(token).json(&body);
    send(list(rig.forge.writer_token().to_owned())).await.unwrap().is(401);
    send(list(rig.forge.runtime_token("8", "job"))).await.unwrap().is(403);
    let mut forged = rig.forge.runtime_token("7", "job");
    forged.truncate(forged.len() - 4);
    send(list(forged)).await.unwrap().is(401);
    for name in ["", "a/b", "a:b", "a\nb"] {
        call(&rig, "7", "CreateArtifact", json!({"name": name, "version": 4})).await.is(400);
    }
}

#[tokio::test]
async fn a_forge_goes_on_from_its_folder() {
    let folder = tempfile::tempdir().unwrap();
    let state = camino::Utf8PathBuf::try_from(folder.path().to_owned()).unwrap();
    let options = Options { state: Some(state), ..Options::default() };
    let mut rig = rig_with(options.clone()).await;
    upload(&rig, "7", "a").await;
    call(&rig, "7", "FinalizeArtifact", json!({"name": "a", "size": "7"})).await.is(200);
    let again = Forge::start(options).await.unwrap();
    std::mem::replace(&mut rig.forge, again).stop().await.unwrap();
    let listed = call(&rig, "7", "ListArtifacts", json!({})).await.json();
    assert_eq!(listed["artifacts"][0]["name"], "a");
}
