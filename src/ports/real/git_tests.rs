//! Real repositories.

use super::*;
use crate::kit::secret::Redactor;
use crate::ports::Files;
use crate::ports::real::{RealFiles, RealProcess};

fn git(dir: &tempfile::TempDir, more: &[(&str, &str)]) -> (RealGit, Utf8PathBuf) {
    let root = Utf8PathBuf::try_from(dir.path().to_owned()).unwrap();
    let path = Env::capture().get("PATH").unwrap().to_owned();
    let mut vars = vec![("PATH", path.as_str()), ("HOME", root.as_str()), ("GIT_CONFIG_NOSYSTEM", "1")];
    vars.extend(["AUTHOR", "COMMITTER"].iter().flat_map(|who| match *who {
        "AUTHOR" => [("GIT_AUTHOR_NAME", "a"), ("GIT_AUTHOR_EMAIL", "a@example.com")],
        _ => [("GIT_COMMITTER_NAME", "a"), ("GIT_COMMITTER_EMAIL", "a@example.com")],
    }));
    vars.extend(more);
    let env = Env::of(vars);
    let process = Arc::new(RealProcess::new(env.clone(), Redactor::default()));
    (RealGit::new(process, root.clone(), &env), root)
}

#[tokio::test]
async fn runs_no_hook_and_reads_what_is_there() {
    let dir = tempfile::tempdir().unwrap();
    let (git, root) = git(&dir, &[]);
    git.run(&["init", "-q", "-b", "main"]).await.unwrap();
    let mut hook = RealFiles.create(&root.join(".git/hooks/pre-commit"), true).unwrap();
    hook.write_all(b"#!/bin/sh\ntouch ran; exit 1\n").unwrap();
    hook.commit().unwrap();
    RealFiles.write(&root.join("grüße.txt"), b"x").unwrap();
    git.run(&["add", "--all"]).await.unwrap();
    git.run(&["commit", "-q", "-m", "feat: x"]).await.unwrap();
    assert_eq!(RealFiles.meta(&root.join("ran")).unwrap(), None);
    assert_eq!(git.text(&["ls-files"]).await.unwrap(), "grüße.txt");
    assert_eq!(git.text(&["log", "-1", "--format=%s"]).await.unwrap(), "feat: x");
}

#[tokio::test]
async fn says_what_git_said() {
    let dir = tempfile::tempdir().unwrap();
    let (git, _) = git(&dir, &[]);
    git.run(&["init", "-q"]).await.unwrap();
    let error = git.run(&["-C", ".", "rev-parse", "--verify", "nothing"]).await.unwrap_err();
    assert_eq!(error.to_string(), "git rev-parse: fatal: Needed a single revision");
    let error = git.run(&["ls-remote", "ext::touch ran"]).await.unwrap_err();
    assert!(error.to_string().contains("not allowed"), "{error}");
}

#[tokio::test]
async fn a_workspace_of_another_owner_is_trusted_down_to_a_project() {
    let dir = tempfile::tempdir().unwrap();
    let strange = ("GIT_TEST_ASSUME_DIFFERENT_OWNER", "1");
    let (git_in_root, root) = git(&dir, &[]);
    git_in_root.run(&["init", "-q"]).await.unwrap();
    RealFiles.make_dir(&root.join("tools/x")).unwrap();
    let ask = |workspace: &str| {
        let (git, root) = git(&dir, &[strange, ("GITHUB_WORKSPACE", workspace)]);
        let env = Env::of([("GITHUB_WORKSPACE", workspace)]);
        RealGit { root: root.join("tools/x"), env: safe_directory(&env, &root.join("tools/x")), ..git }
    };
    let told = ask(root.as_str()).text(&["rev-parse", "--show-toplevel"]).await.unwrap();
    assert_eq!(told, RealFiles.real_path(&root).unwrap());
    let refused = ask("").text(&["rev-parse", "--show-toplevel"]).await.unwrap_err();
    assert!(refused.to_string().contains("dubious ownership"), "{refused}");
}

#[tokio::test]
async fn adds_to_the_settings_of_the_environment() {
    let dir = tempfile::tempdir().unwrap();
    let pairs = [
        ("GIT_CONFIG_COUNT", "1"),
        ("GIT_CONFIG_KEY_0", "url.http://127.0.0.1:1/.insteadOf"),
        ("GIT_CONFIG_VALUE_0", "https://github.com/"),
    ];
    let (git, root) = git(&dir, &pairs);
    git.run(&["init", "-q"]).await.unwrap();
    let all = git.text(&["config", "--get-regexp", "^(url|safe)[.]"]).await.unwrap();
    let root = RealFiles.real_path(&root).unwrap();
    assert_eq!(all, format!("url.http://127.0.0.1:1/.insteadof https://github.com/\nsafe.directory {root}"));
}

/// Answers so many requests as a server of a private repository, which has one branch; what it was told of who asks.
fn private(listener: std::net::TcpListener) -> std::thread::JoinHandle<Vec<String>> {
    use std::io::{BufRead, BufReader, Write};
    std::thread::spawn(move || {
        let mut told = Vec::new();
        for stream in listener.incoming().take(8) {
            let mut stream = stream.unwrap();
            let mut lines = BufReader::new(stream.try_clone().unwrap()).lines().map(Result::unwrap);
            let asked = lines.next().unwrap_or_default();
            let header = |line: &String| line.to_ascii_lowercase().starts_with("authorization:");
            let who = lines.take_while(|line| !line.is_empty()).find(header);
            let refs = format!("{}\trefs/heads/main\n", "1".repeat(40));
            let (status, body) = match (&who, asked.contains("/info/refs"), asked.contains("/end")) {
                (_, _, true) => return told,
                (None, ..) => ("401 Unauthorized\r\nWWW-Authenticate: Basic realm=\"x\"", ""),
                (Some(_), true, _) => ("200 OK\r\nContent-Type: text/plain", refs.as_str()),
                (Some(_), false, _) => ("404 Not Found", ""),
            };
            told.extend(who);
            let length = body.len();
            write!(
                stream,
                "HTTP/1.1 {status}\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n{body}"
            )
            .unwrap();
        }
        told
    })
}

#[tokio::test]
async fn a_private_remote_is_told_who_asks_and_nothing_else_is() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let server = format!("http://{}", listener.local_addr().unwrap());
    let asked = private(listener);
    let dir = tempfile::tempdir().unwrap();
    let (plain, _) = git(&dir, &[]);
    let url = format!("{server}/acme/x");
    let error = plain.run(&["ls-remote", &url]).await.unwrap_err();
    assert!(error.to_string().contains("could not read Username"), "{error}");
    let token = Secret::new("t0ken-of-the-job");
    let other = plain.clone().with_token("https://github.com", token.clone());
    assert!(other.run(&["ls-remote", &url]).await.is_err(), "it is for its own server alone");
    let with = plain.with_token(&server, token);
    let refs = with.text(&["ls-remote", &url]).await.unwrap();
    assert_eq!(refs, format!("{}\trefs/heads/main", "1".repeat(40)));
    // What stays here is told nothing.
    let here = with.run(&["config", "--get-all", &format!("credential.{server}.helper")]).await;
    assert!(here.is_err(), "{here:?}");
    drop(std::net::TcpStream::connect(server.trim_start_matches("http://")).map(|mut end| {
        use std::io::Write as _;
        end.write_all(b"GET /end HTTP/1.1\r\n\r\n").unwrap();
    }));
    // `x-access-token:t0ken-of-the-job`
    let basic = "Basic eC1hY2Nlc3MtdG9rZW46dDBrZW4tb2YtdGhlLWpvYg==";
    let told = asked.join().unwrap();
    assert!(!told.is_empty() && told.iter().all(|header| header.ends_with(basic)), "{told:?}");
}
