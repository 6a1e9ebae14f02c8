//! The forge as its owner holds it.

use crate::effect::Effect;
use crate::error::ForgeError;
use crate::fault::Fault;
use crate::http::{RequestRecord, Server};
use crate::options::Options;
use crate::run_artifacts;
use crate::state::World;
use crate::temporary::Temporary;
use base64::Engine;
use camino::{Utf8Path, Utf8PathBuf};
use std::net::Ipv4Addr;
use std::sync::Arc;
use tokio::net::TcpListener;

/// A running forge; dropping it ends it, `stop` ends it in good order.
#[derive(Debug)]
pub struct Forge {
    // First, so that it is dropped before the folder under it.
    server: Server,
    world: Arc<World>,
    temporary: Option<Temporary>,
}

impl Forge {
    /// Binds 127.0.0.1 and serves on tokio tasks until `stop` or drop.
    ///
    /// # Errors
    /// When the port is taken, the state folder can't be used, or `git` can't be run.
    pub async fn start(options: Options) -> Result<Self, ForgeError> {
        let (dir, temporary) = folder(options.state.as_deref())?;
        let port = options.port;
        let listen = |source| ForgeError::Listen { port, source };
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await.map_err(listen)?;
        let url = format!("http://127.0.0.1:{}", listener.local_addr().map_err(listen)?.port());
        let world = Arc::new(World::open(url, &dir, options).await?);
        let server = Server::start(listener, Arc::clone(&world));
        Ok(Self { server, world, temporary })
    }

    /// `http://127.0.0.1:PORT`, without a slash at the end.
    pub fn url(&self) -> &str {
        &self.world.url
    }

    /// The folder with everything the forge holds.
    pub fn dir(&self) -> &Utf8Path {
        &self.world.dir
    }

    /// Names and values that point the release, Git and other clients at this forge.
    pub fn env(&self) -> Vec<(String, String)> {
        let url = self.url();
        let token = &self.world.secrets.writer;
        let basic = base64::engine::general_purpose::STANDARD.encode(format!("x-access-token:{token}"));
        [
            ("GITHUB_API_URL", format!("{url}/api/v3")),
            ("GITHUB_SERVER_URL", url.to_owned()),
            ("GITHUB_TOKEN", token.clone()),
            ("GIT_CONFIG_COUNT", "2".to_owned()),
            ("GIT_CONFIG_KEY_0", format!("url.{url}/.insteadOf")),
            ("GIT_CONFIG_VALUE_0", "https://github.com/".to_owned()),
            // As actions/checkout does it, so that a plain `git push` is let in.
            ("GIT_CONFIG_KEY_1", format!("http.{url}/.extraHeader")),
            ("GIT_CONFIG_VALUE_1", format!("Authorization: Basic {basic}")),
            ("ACTIONS_RESULTS_URL", format!("{url}/")),
            ("ACTIONS_RUNTIME_TOKEN", self.runtime_token(run_artifacts::RUN, run_artifacts::JOB)),
            ("RELEASE_ACTION_RELEASE__GITHUB__PACE", "0s".to_owned()),
            ("RELEASE_ACTION_PUBLISH__DAGGERVERSE__URL", format!("{url}/daggerverse")),
            ("RELEASE_ACTION_WEBHOOK_URL", format!("{url}/webhook/release")),
            ("RELEASE_ACTION_WEBHOOK_SECRET", self.world.secrets.webhook_secret()),
        ]
        .map(|(name, value)| (name.to_owned(), value))
        .to_vec()
    }

    /// The token of an app, as a job has it: it may do everything but change what is demanded of branches.
    pub fn writer_token(&self) -> &str {
        &self.world.secrets.writer
    }

    /// The token that may only read.
    pub fn reader_token(&self) -> &str {
        &self.world.secrets.reader
    }

    /// The token of a person, who is an administrator of every repository and no app.
    pub fn admin_token(&self) -> &str {
        &self.world.secrets.admin
    }

    /// A token for the artifact service, as a job of a workflow run gets it. Run and job are letters,
    /// digits, `-` and `_`.
    pub fn runtime_token(&self, run: &str, job: &str) -> String {
        run_artifacts::mint(&self.world, run, job)
    }

    /// Takes the branches and tags of a local Git repository over, as `git push --mirror` would, and
    /// makes its current branch the default one.
    ///
    /// # Errors
    /// When the name is impossible or `git fetch` fails.
    pub async fn seed(&self, owner: &str, name: &str, git_dir: &Utf8Path) -> Result<(), ForgeError> {
        let cell = self.world.repo_or_new(owner, name, ("SEED", git_dir.as_str())).await?;
        let git = &self.world.git;
        let mut repo = cell.write().await;
        git.mirror(&repo.git_dir(), git_dir).await?;
        repo.refs = git.refs(&repo.git_dir()).await?;
        let branch = git.head_branch(git_dir).await;
        let branch = branch.filter(|branch| repo.refs.contains_key(&format!("refs/heads/{branch}")));
        if let Some(branch) = branch {
            git.set_head(&repo.git_dir(), &branch).await?;
            let mut meta = repo.meta.clone();
            meta.default_branch = branch;
            let file = repo.dir.join("repo.json");
            repo.put_meta(meta).map_err(|source| ForgeError::State { path: file, source })?;
        }
        Ok(())
    }

    pub(crate) fn world(&self) -> &World {
        &self.world
    }

    /// What changed in the world, in order.
    pub fn effects(&self) -> Vec<Effect> {
        self.world.effects.list()
    }

    /// The requests answered since the start, in the order of their answers.
    pub fn requests(&self) -> Vec<RequestRecord> {
        self.world.requests.list()
    }

    /// Gives the answers that a fault delays at once, and from now on delays none: whoever has done what had to be
    /// done in the meantime waits no longer.
    pub fn hurry(&self) {
        self.world.faults.hurry();
    }

    /// The faults that no request has met so far: a test that rests on one of them shows nothing.
    pub fn idle_faults(&self) -> Vec<Fault> {
        self.world.faults.idle()
    }

    /// Takes no more requests, lets running ones end for at most two seconds, and removes a temporary
    /// state folder.
    ///
    /// # Errors
    /// When the temporary folder can't be removed.
    pub async fn stop(self) -> Result<(), ForgeError> {
        let Self { server, world, temporary } = self;
        server.stop().await;
        match temporary {
            Some(temporary) => temporary.close().map_err(|source| ForgeError::state(&world.dir, source)),
            None => Ok(()),
        }
    }
}

/// The state folder: the one asked for, or a temporary one.
fn folder(wanted: Option<&Utf8Path>) -> Result<(Utf8PathBuf, Option<Temporary>), ForgeError> {
    let state = |path: &Utf8Path| {
        let path = path.to_owned();
        move |source| ForgeError::State { path, source }
    };
    match wanted {
        Some(dir) => {
            std::fs::create_dir_all(dir).map_err(state(dir))?;
            Ok((dir.canonicalize_utf8().map_err(state(dir))?, None))
        }
        None => {
            let base = Utf8PathBuf::from_path_buf(std::env::temp_dir())
                .map_err(|path| ForgeError::state(Utf8Path::new(&path.to_string_lossy()), not_utf8()))?;
            let made = Temporary::make(&base).map_err(state(&base))?;
            let dir = made.path().map_err(state(&base))?;
            Ok((dir, Some(made)))
        }
    }
}

fn not_utf8() -> std::io::Error {
    std::io::Error::new(std::io::ErrorKind::InvalidData, "the path isn't UTF-8")
}
