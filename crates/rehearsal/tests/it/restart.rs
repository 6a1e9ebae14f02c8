use crate::harness::{client, git, rig_with, send};
use camino::Utf8PathBuf;
use release_rehearsal::{Forge, Options};
use serde_json::json;

#[tokio::test]
async fn a_forge_goes_on_where_it_stopped() {
    let keep = tempfile::tempdir().unwrap();
    let state = Utf8PathBuf::from_path_buf(keep.path().join("state")).unwrap();
    let options = Options { state: Some(state.clone()), ..Options::default() };
    let rig = rig_with(options.clone()).await;
    let draft = rig.release(json!({"tag_name": "v1", "draft": true})).await;
    let asset = rig.upload(&draft, "a.txt", "hello").await.is(201).json();
    rig.post("/issues", json!({"title": "t", "labels": ["l"]})).await.is(201);
    rig.post("/git/refs", json!({"ref": "refs/heads/x", "sha": rig.source.sha("main")})).await.is(201);
    let (old_url, effects) = (rig.forge.url().to_owned(), rig.forge.effects());
    rig.forge.stop().await.unwrap();
    assert!(send(client().get(&old_url)).await.is_err(), "nothing listens any more");

    let forge = Forge::start(options).await.unwrap();
    assert_eq!(forge.effects(), effects);
    let get = async |path: &str| {
        let url = format!("{}/repos/acme/greeter{path}", forge.url());
        send(client().get(url).bearer_auth(forge.writer_token())).await.unwrap().is(200).json()
    };
    let again = get(&format!("/releases/{}", draft["id"])).await;
    assert_eq!(again["assets"][0]["digest"], asset["digest"]);
    assert_eq!(get("/issues/1").await["labels"][0]["name"], "l");
    assert_eq!(get("/git/ref/heads/x").await["object"]["sha"], rig.source.sha("main"));
    let url = format!("{}/repos/acme/greeter/releases", forge.url());
    let made =
        client().post(url).bearer_auth(forge.writer_token()).json(&json!({"tag_name": "v2", "draft": true}));
    let made = send(made).await.unwrap().is(201).json();
    assert!(made["id"].as_u64() > asset["id"].as_u64(), "ids rise");
    let repo = state.join("repos/acme/greeter");
    assert_eq!(std::fs::read(repo.join(format!("assets/{}", asset["id"]))).unwrap(), b"hello");
    assert!(repo.join(format!("release-{}.json", draft["id"])).is_file());
    git(&repo.join("git"), &["fsck"]);
    forge.stop().await.unwrap();
}

#[tokio::test]
async fn a_temporary_forge_leaves_nothing() {
    let rig = rig_with(Options::default()).await;
    let dir = rig.forge.dir().to_owned();
    assert!(dir.is_dir());
    rig.forge.stop().await.unwrap();
    assert!(!dir.exists());
}
