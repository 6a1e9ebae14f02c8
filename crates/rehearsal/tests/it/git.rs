use crate::harness::{Rig, Source, git, git_env, rig, rig_with};
use camino::Utf8PathBuf;
use release_rehearsal::Options;
use serde_json::json;

/// The forge's environment and what came of a Git command in it, on a thread of its own.
async fn git_there(rig: &Rig, dir: &Utf8PathBuf, args: &[&str]) -> (bool, String) {
    let (dir, env) = (dir.clone(), rig.forge.env());
    let args: Vec<String> = args.iter().map(|arg| (*arg).to_owned()).collect();
    tokio::task::spawn_blocking(move || {
        let args: Vec<&str> = args.iter().map(String::as_str).collect();
        let output = git_env(&dir, &args, &env);
        (output.status.success(), String::from_utf8_lossy(&output.stderr).into_owned())
    })
    .await
    .unwrap()
}

#[tokio::test]
async fn a_push_and_a_clone_go_through() {
    let rig = rig().await;
    let Source { dir, .. } = &rig.source;
    std::fs::write(
        dir.join("big.bin"),
        (0..3_000_000_u32).flat_map(|n| n.wrapping_mul(2_654_435_761).to_le_bytes()).collect::<Vec<u8>>(),
    )
    .unwrap();
    git(dir, &["add", "."]);
    git(dir, &["commit", "-q", "-m", "feat: big"]);
    git(dir, &["tag", "v0.2.0"]);
    let (done, words) = git_there(
        &rig,
        dir,
        &["push", "-q", "https://github.com/acme/pushed.git", "main", "v0.2.0", "v0.1.0"],
    )
    .await;
    assert!(done, "{words}");
    let made = rig.call("GET", "/repos/acme/pushed/git/ref/tags/v0.2.0", None).await.is(200).json();
    assert_eq!(made["object"]["sha"], rig.source.sha("main"));
    let effects = rig.effects();
    assert!(effects.iter().any(|words| words.starts_with("tag v0.2.0 pushed at")), "{effects:?}");
    assert!(effects.iter().any(|words| words.starts_with("refs/heads/main pushed at")), "{effects:?}");

    let clone = dir.join("clone");
    let (done, words) =
        git_there(&rig, dir, &["clone", "-q", "https://github.com/acme/pushed", clone.as_str()]).await;
    assert!(done, "{words}");
    assert_eq!(git(&clone, &["rev-parse", "HEAD"]), rig.source.sha("main"));
    assert_eq!(git(&clone, &["tag"]), "v0.1.0\nv0.2.0");

    git(&clone, &["commit", "-q", "--allow-empty", "-m", "fix: more"]);
    let (done, words) = git_there(&rig, &clone, &["push", "-q", "origin", "main", ":v0.1.0"]).await;
    assert!(done, "{words}");
    rig.call("GET", "/repos/acme/pushed/git/ref/tags/v0.1.0", None).await.is(404);
    assert!(rig.effects().iter().any(|words| words == "refs/tags/v0.1.0 deleted"));
}

#[tokio::test]
async fn strangers_may_clone_and_not_push() {
    let rig = rig().await;
    let (dir, url) = (rig.source.dir.clone(), format!("{}/acme/greeter.git", rig.forge.url()));
    let (cloned, pushed) = tokio::task::spawn_blocking(move || {
        let cloned = git_env(&dir, &["clone", "-q", &url, "copy"], &[]);
        let pushed = git_env(&dir, &["push", "-q", &url, "main:other"], &[]);
        (cloned.status.success(), pushed.status.success())
    })
    .await
    .unwrap();
    assert!(cloned && !pushed);
    rig.get("/git/ref/heads/other").await.is(404);
}

#[tokio::test]
async fn the_tag_of_an_immutable_release_can_not_be_pushed_to() {
    let rig = rig_with(Options { immutable: true, ..Options::default() }).await;
    rig.release(json!({"tag_name": "v1.0.0"})).await;
    let url = "https://github.com/acme/greeter";
    let (done, words) =
        git_there(&rig, &rig.source.dir, &["push", "-f", url, "main~1:refs/tags/v1.0.0"]).await;
    assert!(!done && words.contains("hidden ref"), "{words}");
    let (done, words) = git_there(&rig, &rig.source.dir, &["push", url, ":refs/tags/v1.0.0"]).await;
    assert!(!done, "{words}");
    rig.get("/git/ref/tags/v1.0.0").await.is(200);
}
