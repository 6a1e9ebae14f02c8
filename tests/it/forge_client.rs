//! Our client of GitHub's API against the embedded forge, over real HTTP on loopback.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use camino::{Utf8Path, Utf8PathBuf};
use release_action::kit::secret::{Redactor, Secret};
use release_action::model::Digest;
use release_action::model::facts::Slug;
use release_action::ports::forge::{ForgeError, Wanted};
use release_action::ports::real::{Env, ForgeOptions, RealClock, RealFiles, RealForge, RealGit, RealProcess};
use release_action::ports::{Files, Forge, Git};

/// A forge with one repository, and our client of it.
struct House {
    forge: release_rehearsal::Forge,
    client: RealForge,
    repo: Slug,
    commit: String,
    dir: Utf8PathBuf,
    _dir: tempfile::TempDir,
}

async fn house(faults: &[&str]) -> House {
    house_as(faults, |forge| forge.writer_token().to_owned()).await
}

async fn house_as(faults: &[&str], token: fn(&release_rehearsal::Forge) -> String) -> House {
    let temporary = tempfile::tempdir().unwrap();
    let dir = Utf8PathBuf::try_from(temporary.path().to_owned()).unwrap();
    let commit = repository(&dir.join("repo")).await;
    let faults = faults.iter().map(|fault| fault.parse().unwrap()).collect();
    let options = release_rehearsal::Options { faults, ..Default::default() };
    let forge = release_rehearsal::Forge::start(options).await.unwrap();
    forge.seed("acme", "tool", &dir.join("repo/.git")).await.unwrap();
    let options = ForgeOptions {
        api_url: format!("{}/api/v3", forge.url()).parse().unwrap(),
        token: Some(Secret::new(token(&forge))),
        pace: Duration::ZERO,
        patience: Duration::from_secs(20),
    };
    let client =
        RealForge::new(options, Arc::new(RealFiles), Arc::new(RealClock), Redactor::default()).unwrap();
    let repo = Slug { owner: "acme".into(), name: "tool".into() };
    House { forge, client, repo, commit, dir, _dir: temporary }
}

/// A repository with one commit and an annotated tag `v0.1.0`; gives the commit.
async fn repository(root: &Utf8Path) -> String {
    RealFiles.write(&root.join("file"), b"content").unwrap();
    let env = Env::capture();
    let process = Arc::new(RealProcess::new(env.clone(), Redactor::default()));
    let git = RealGit::new(process, root, &env);
    let who = ["-c", "user.name=a", "-c", "user.email=a@example.com"];
    git.run(&["init", "-q", "-b", "main"]).await.unwrap();
    git.run(&["add", "--all"]).await.unwrap();
    git.run(&[&who[..], &["commit", "-q", "-m", "feat: x"]].concat()).await.unwrap();
    git.run(&[&who[..], &["tag", "-a", "-m", "x", "v0.1.0"]].concat()).await.unwrap();
    git.text(&["rev-parse", "HEAD"]).await.unwrap()
}

fn wanted(house: &House) -> Wanted {
    Wanted {
        tag: "v1.0.0".into(),
        target: house.commit.clone(),
        name: "1.0.0".into(),
        body: "Notes\n\n<!-- mark 42 -->".into(),
        draft: true,
        prerelease: false,
        latest: None,
        discussion: None,
    }
}

/// How many requests of this kind the forge took.
fn count(house: &House, method: &str, end: &str) -> usize {
    house.forge.requests().iter().filter(|call| call.method == method && call.path.ends_with(end)).count()
}

#[tokio::test]
async fn a_release_from_draft_to_latest() {
    let house = house(&[]).await;
    let (client, repo) = (&house.client, &house.repo);
    assert_eq!(client.access(repo).await.unwrap().push, Some(true));
    assert!(client.budget().await.unwrap().remaining > 0);
    assert_eq!(client.ref_commit(repo, "tags/v0.1.0").await.unwrap().as_ref(), Some(&house.commit));
    assert_eq!(client.ref_commit(repo, "tags/none").await.unwrap(), None);
    assert!(client.has_commit(repo, &house.commit).await.unwrap());
    assert!(!client.has_commit(repo, &"0".repeat(40)).await.unwrap());
    assert_eq!(client.latest(repo).await.unwrap(), None);

    let mut wanted = wanted(&house);
    let draft = client.create(repo, &wanted, "mark 42").await.unwrap();
    assert!(draft.draft && draft.body == wanted.body);
    assert_eq!(client.releases_of(repo, "v1.0.0").await.unwrap(), std::slice::from_ref(&draft));

    let bytes = vec![7_u8; 700 * 1024];
    let file = house.dir.join("asset");
    RealFiles.write(&file, &bytes).unwrap();
    let seen = Mutex::new(Vec::new());
    let asset = client
        .upload(house.client.turn().await, &draft, "a.bin", "", &file, &|bytes| {
            seen.lock().unwrap().push(bytes)
        })
        .await
        .unwrap();
    assert_eq!(
        (asset.size, asset.uploaded, asset.digest),
        (bytes.len() as u64, true, Some(Digest::of(&bytes)))
    );
    assert_eq!(seen.lock().unwrap().last(), Some(&(bytes.len() as u64)));
    let again =
        client.upload(house.client.turn().await, &draft, "a.bin", "", &file, &|_| ()).await.unwrap_err();
    assert!(again.already_exists(), "{again}");
    assert_eq!(client.assets(repo, draft.id).await.unwrap(), std::slice::from_ref(&asset));
    let got = client.fetch(repo, asset.id, &house.dir.join("back")).await.unwrap();
    assert_eq!(got.digest, Digest::of(&bytes));

    wanted.draft = false;
    wanted.latest = Some(true);
    assert!(!client.update(repo, draft.id, &wanted).await.unwrap().draft);
    assert_eq!(client.latest(repo).await.unwrap().as_deref(), Some("v1.0.0"));
    client.delete_asset(&mut client.turn().await, repo, asset.id).await.unwrap();
    client.delete(repo, draft.id).await.unwrap();
    let gone = client.release(repo, draft.id).await.unwrap_err();
    assert!(matches!(gone, ForgeError::NotFound { .. }), "{gone}");
}

#[tokio::test]
async fn a_change_of_a_draft_takes_no_publication_back() {
    let house = house(&[]).await;
    let (client, repo) = (&house.client, &house.repo);
    let mut wanted = wanted(&house);
    let draft = client.create(repo, &wanted, "").await.unwrap();
    // Another run publishes it.
    wanted.draft = false;
    assert!(!client.update(repo, draft.id, &wanted).await.unwrap().draft);
    wanted.draft = true;
    wanted.name = "late".into();
    assert!(!client.update(repo, draft.id, &wanted).await.unwrap().draft);
    assert!(!client.release(repo, draft.id).await.unwrap().draft);
}

#[tokio::test]
async fn a_lost_answer_makes_no_second_release() {
    let house = house(&[
        "POST */releases#1=applied-then-reset",
        "PATCH */releases/*#1=applied-then-reset",
        "DELETE */releases/*#1=applied-then-reset",
    ])
    .await;
    let (client, repo) = (&house.client, &house.repo);
    let mut wanted = wanted(&house);
    let draft = client.create(repo, &wanted, "mark 42").await.unwrap();
    assert_eq!(client.releases_of(repo, "v1.0.0").await.unwrap().len(), 1);
    assert_eq!(count(&house, "POST", "/releases"), 1);
    wanted.name = "other".into();
    assert_eq!(client.update(repo, draft.id, &wanted).await.unwrap().name, "other");
    client.delete(repo, draft.id).await.unwrap();
    assert!(client.releases_of(repo, "v1.0.0").await.unwrap().is_empty());
}

#[tokio::test]
async fn a_lost_move_of_latest_is_made_again() {
    let house = house(&["PATCH */releases/{n}#2=status:502"]).await;
    let (client, repo) = (&house.client, &house.repo);
    let mut wanted = wanted(&house);
    let draft = client.create(repo, &wanted, "mark 42").await.unwrap();
    (wanted.draft, wanted.latest) = (false, Some(false));
    client.update(repo, draft.id, &wanted).await.unwrap();
    assert_ne!(client.latest(repo).await.unwrap().as_deref(), Some("v1.0.0"));
    wanted.latest = Some(true);
    client.update(repo, draft.id, &wanted).await.unwrap();
    assert_eq!(client.latest(repo).await.unwrap().as_deref(), Some("v1.0.0"));
}

#[tokio::test]
async fn a_repository_that_moved_is_read_and_not_written() {
    let house = house(&["*/repos/acme/old*=moved:acme/tool"]).await;
    let old = Slug { owner: "acme".into(), name: "old".into() };
    assert_eq!(house.client.access(&old).await.unwrap().name.as_deref(), Some("acme/tool"));
    let error = house.client.create(&old, &wanted(&house), "mark 42").await.unwrap_err();
    assert!(matches!(error, ForgeError::Moved { status: 307, .. }), "{error}");
    let problem = release_action::model::Problem::from(error);
    assert!(!problem.passing && problem.fix.unwrap().contains("git remote set-url origin"));
    assert_eq!(count(&house, "POST", "/releases"), 1);
}

#[tokio::test]
async fn failures_that_pass_are_waited_out() {
    let house = house(&["GET */releases#1-2=status:502", "POST */releases#1=status:500"]).await;
    let draft = house.client.create(&house.repo, &wanted(&house), "mark 42").await.unwrap();
    assert_eq!(house.client.releases_of(&house.repo, "v1.0.0").await.unwrap(), [draft]);
    assert_eq!(count(&house, "POST", "/releases"), 2);
}

#[tokio::test]
async fn an_upload_is_tried_once() {
    let house = house(&["POST */assets=status:502"]).await;
    let draft = house.client.create(&house.repo, &wanted(&house), "mark 42").await.unwrap();
    let file = house.dir.join("repo/file");
    let error =
        house.client.upload(house.client.turn().await, &draft, "file", "", &file, &|_| ()).await.unwrap_err();
    assert!(matches!(error, ForgeError::Passing { .. }), "{error}");
    assert_eq!(count(&house, "POST", "/assets"), 1);
    let missing = house
        .client
        .upload(house.client.turn().await, &draft, "file", "", &house.dir.join("none"), &|_| ())
        .await
        .unwrap_err();
    assert!(matches!(missing, ForgeError::Local { .. }), "{missing}");
}

#[tokio::test]
async fn a_token_that_may_only_read_is_denied() {
    let house = house_as(&[], |forge| forge.reader_token().to_owned()).await;
    let error = house.client.create(&house.repo, &wanted(&house), "mark 42").await.unwrap_err();
    assert!(matches!(error, ForgeError::Denied { .. } | ForgeError::NotFound { .. }), "{error}");
    assert!(!format!("{error:?}").contains(house.forge.reader_token()));
    let wrong = house_as(&[], |_| "wr0ng-token".to_owned()).await;
    let error = wrong.client.access(&wrong.repo).await.unwrap_err();
    assert!(matches!(error, ForgeError::Denied { status: 401, .. }), "{error}");
}

#[tokio::test]
async fn the_token_goes_to_no_stranger() {
    let house = house(&[]).await;
    let mut draft = house.client.create(&house.repo, &wanted(&house), "mark 42").await.unwrap();
    draft.upload_url = "https://uploads.example.com/assets".into();
    let error = house
        .client
        .upload(house.client.turn().await, &draft, "x", "", &house.dir.join("repo/file"), &|_| ())
        .await
        .unwrap_err();
    assert!(error.to_string().contains("does not belong to"), "{error}");
}

/// A client of a server that answers every request with these parts, and then stays silent.
async fn client_of(parts: Vec<Vec<u8>>, patience: Duration) -> (RealForge, Slug, Arc<Mutex<usize>>) {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    let server = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let api_url = format!("http://{}/api/v3", server.local_addr().unwrap()).parse().unwrap();
    let (asked, parts) = (Arc::new(Mutex::new(0)), Arc::new(parts));
    let count = Arc::clone(&asked);
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = server.accept().await {
            let (count, parts) = (Arc::clone(&count), Arc::clone(&parts));
            tokio::spawn(async move {
                let mut request = vec![0_u8; 64 * 1024];
                while stream.read(&mut request).await.is_ok_and(|bytes| bytes > 0) {
                    *count.lock().unwrap() += 1;
                    for part in parts.iter() {
                        if stream.write_all(part).await.is_err() {
                            return;
                        }
                    }
                }
            });
        }
    });
    let options = ForgeOptions { api_url, token: None, pace: Duration::ZERO, patience };
    let client =
        RealForge::new(options, Arc::new(RealFiles), Arc::new(RealClock), Redactor::default()).unwrap();
    (client, Slug { owner: "acme".into(), name: "tool".into() }, asked)
}

#[tokio::test]
async fn a_request_that_hangs_is_named_and_made_three_times() {
    let (client, repo, asked) = client_of(Vec::new(), Duration::from_secs(1)).await;
    let error = client.release(&repo, 7).await.unwrap_err();
    assert!(matches!(error, ForgeError::Passing { .. }), "{error}");
    let words = "GET /repos/acme/tool/releases/7 was not answered within 1s";
    assert!(error.to_string().contains(words), "{error}");
    assert_eq!(*asked.lock().unwrap(), 3);
}

#[tokio::test]
async fn an_answer_without_end_is_not_kept() {
    let head = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 900000000000\r\n\r\n";
    let parts = std::iter::once(head.to_vec()).chain(std::iter::repeat_n(vec![b' '; 1 << 20], 80)).collect();
    let (client, repo, asked) = client_of(parts, Duration::from_secs(120)).await;
    let error = client.release(&repo, 7).await.unwrap_err();
    let words = "the answer to GET /repos/acme/tool/releases/7 is longer than 64 MiB";
    assert!(error.to_string().contains(words), "{error}");
    assert_eq!(*asked.lock().unwrap(), 1, "it would be as long again");
}
