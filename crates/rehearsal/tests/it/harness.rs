//! A forge with a repository in it and a client that checks every API answer against GitHub's schema.

use crate::schema;
use camino::{Utf8Path, Utf8PathBuf};
use release_rehearsal::{Forge, Options};
use reqwest::{Client, Method, RequestBuilder};
use serde_json::Value;
use std::process::Command;
use std::sync::{Arc, Once};

static CRYPTO: Once = Once::new();

/// A client that follows no redirect, so that tests see each answer.
pub(crate) fn client() -> Client {
    CRYPTO.call_once(|| rustls::crypto::ring::default_provider().install_default().unwrap());
    Client::builder().redirect(reqwest::redirect::Policy::none()).no_proxy().build().unwrap()
}

/// One answer, read whole.
#[derive(Debug, Clone)]
pub(crate) struct Got {
    pub(crate) status: u16,
    pub(crate) headers: reqwest::header::HeaderMap,
    pub(crate) bytes: Vec<u8>,
}

impl Got {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.bytes)
            .unwrap_or_else(|error| panic!("{error}: {}", String::from_utf8_lossy(&self.bytes)))
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).unwrap_or_else(|| panic!("no header {name}")).to_str().unwrap()
    }

    /// Asserts the status and hands itself on.
    #[track_caller]
    pub(crate) fn is(self, status: u16) -> Self {
        assert_eq!(self.status, status, "{}", String::from_utf8_lossy(&self.bytes));
        self
    }
}

/// A running forge with `acme/greeter`.
pub(crate) struct Rig {
    pub(crate) forge: Forge,
    pub(crate) client: Client,
    pub(crate) source: Source,
}

pub(crate) async fn rig() -> Rig {
    rig_with(Options::default()).await
}

pub(crate) async fn rig_with(options: Options) -> Rig {
    let source = Source::new();
    let forge = Forge::start(options).await.unwrap();
    forge.seed("acme", "greeter", &source.dir).await.unwrap();
    Rig { forge, client: client(), source }
}

/// The options of a forge with faults.
pub(crate) fn faulty(faults: &[&str]) -> Options {
    Options { faults: faults.iter().map(|spec| spec.parse().unwrap()).collect(), ..Options::default() }
}

impl Rig {
    /// A request to an API path, with the writer's token.
    pub(crate) fn request(&self, method: &str, path: &str) -> RequestBuilder {
        self.bare(method, path).bearer_auth(self.forge.writer_token())
    }

    /// A request without a token.
    pub(crate) fn bare(&self, method: &str, path: &str) -> RequestBuilder {
        let method: Method = method.parse().unwrap();
        let url =
            if path.starts_with("http") { path.to_owned() } else { format!("{}{path}", self.forge.url()) };
        self.client.request(method, url)
    }

    /// Calls the API below `/repos/acme/greeter` and checks the answer against the schema.
    pub(crate) async fn api(&self, method: &str, path: &str, body: Option<Value>) -> Got {
        self.call(method, &format!("/repos/acme/greeter{path}"), body).await
    }

    pub(crate) async fn get(&self, path: &str) -> Got {
        self.api("GET", path, None).await
    }

    pub(crate) async fn post(&self, path: &str, body: Value) -> Got {
        self.api("POST", path, Some(body)).await
    }

    pub(crate) async fn patch(&self, path: &str, body: Value) -> Got {
        self.api("PATCH", path, Some(body)).await
    }

    /// Calls any API path and checks the answer against the schema.
    pub(crate) async fn call(&self, method: &str, path: &str, body: Option<Value>) -> Got {
        let mut request = self.request(method, &format!("/api/v3{path}"));
        if let Some(body) = body {
            request = request.json(&body);
        }
        let got = send(request).await.unwrap();
        schema::check(method, path, &got);
        got
    }

    /// Makes a release and gives it.
    pub(crate) async fn release(&self, body: Value) -> Value {
        self.post("/releases", body).await.is(201).json()
    }

    /// Uploads to a release.
    pub(crate) async fn upload(&self, release: &Value, name: &str, bytes: impl Into<reqwest::Body>) -> Got {
        let got = send(self.upload_request(release, name, bytes)).await.unwrap();
        if got.status == 201 {
            schema::check("POST", "/repos/acme/greeter/releases/1/assets", &got);
        }
        got
    }

    pub(crate) fn upload_request(
        &self,
        release: &Value,
        name: &str,
        bytes: impl Into<reqwest::Body>,
    ) -> RequestBuilder {
        let url = release["upload_url"].as_str().unwrap().split('{').next().unwrap();
        self.request("POST", url)
            .query(&[("name", name)])
            .header("content-type", "application/octet-stream")
            .body(bytes)
    }

    /// Words of the effects so far.
    pub(crate) fn effects(&self) -> Vec<String> {
        self.forge.effects().into_iter().map(|effect| effect.words).collect()
    }
}

/// Sends and reads the answer to its end.
pub(crate) async fn send(request: RequestBuilder) -> reqwest::Result<Got> {
    let response = request.send().await?;
    let (status, headers) = (response.status().as_u16(), response.headers().clone());
    let bytes = response.bytes().await?.to_vec();
    Ok(Got { status, headers, bytes })
}

/// A local Git repository with two commits and an annotated tag `v0.1.0` on the first.
pub(crate) struct Source {
    _keep: Arc<tempfile::TempDir>,
    pub(crate) dir: Utf8PathBuf,
}

impl Source {
    pub(crate) fn new() -> Self {
        let keep = tempfile::tempdir().unwrap();
        let dir = Utf8PathBuf::from_path_buf(keep.path().to_owned()).unwrap();
        git(&dir, &["init", "-q", "-b", "main"]);
        std::fs::write(dir.join("README.md"), "# greeter\n").unwrap();
        std::fs::create_dir(dir.join("cmd")).unwrap();
        std::fs::write(dir.join("cmd/main.go"), "package main\n").unwrap();
        git(&dir, &["add", "."]);
        git(&dir, &["commit", "-q", "-m", "feat: begin"]);
        git(&dir, &["tag", "-a", "v0.1.0", "-m", "first"]);
        std::fs::write(dir.join("README.md"), "# greeter\n\nHello.\n").unwrap();
        git(&dir, &["commit", "-q", "-am", "fix: say hello"]);
        Self { _keep: Arc::new(keep), dir }
    }

    /// The id of a commit.
    pub(crate) fn sha(&self, name: &str) -> String {
        git(&self.dir, &["rev-parse", &format!("{name}^{{commit}}")])
    }
}

/// Runs Git in a folder, without the user's settings, and gives its output.
pub(crate) fn git(dir: &Utf8Path, args: &[&str]) -> String {
    let output = git_env(dir, args, &[]);
    assert!(output.status.success(), "git {args:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

/// Runs Git with more environment and gives what came of it.
pub(crate) fn git_env(dir: &Utf8Path, args: &[&str], env: &[(String, String)]) -> std::process::Output {
    let mut command = Command::new("git");
    command.current_dir(dir).args(args);
    for name in ["GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE"] {
        command.env_remove(name);
    }
    command
        .envs([
            ("GIT_CONFIG_NOSYSTEM", "1"),
            ("GIT_CONFIG_GLOBAL", "/dev/null"),
            ("GIT_TERMINAL_PROMPT", "0"),
            ("GIT_AUTHOR_NAME", "Ada"),
            ("GIT_AUTHOR_EMAIL", "ada@example.com"),
            ("GIT_COMMITTER_NAME", "Ada"),
            ("GIT_COMMITTER_EMAIL", "ada@example.com"),
            ("NO_PROXY", "127.0.0.1"),
        ])
        .envs(env.iter().cloned())
        .output()
        .unwrap()
}
