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
