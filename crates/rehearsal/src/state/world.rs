//! All that the requests share.

use super::cell::RepoCell;
use super::ids::Ids;
use super::lag::Unseen;
use super::load;
use super::names::{name_is_valid, owner_is_valid};
use super::rate::RateBook;
use super::records::RepoMeta;
use super::repo::Repo;
use super::secrets::Secrets;
use super::store::write_json;
use crate::daggerverse::Crawls;
use crate::effect::{EffectBook, EffectKind};
use crate::error::ForgeError;
use crate::fault::FaultBook;
use crate::git::Git;
use crate::http::RequestBook;
use crate::options::Options;
use crate::run_artifacts::Shelf;
use crate::webhook::Hooks;
use camino::{Utf8Path, Utf8PathBuf};
use chrono::Utc;
use std::collections::BTreeMap;
use std::io;
use std::sync::Arc;
use tokio::sync::Mutex;

/// The forge's world.
#[derive(Debug)]
pub(crate) struct World {
    /// `http://127.0.0.1:PORT`.
    pub(crate) url: String,
    pub(crate) dir: Utf8PathBuf,
    pub(crate) options: Options,
    pub(crate) git: Git,
    pub(crate) ids: Ids,
    pub(crate) rate: RateBook,
    /// Published releases that reads by tag don't see yet.
    pub(crate) unseen: Unseen,
    pub(crate) secrets: Secrets,
    pub(crate) faults: FaultBook,
    pub(crate) effects: EffectBook,
    pub(crate) requests: RequestBook,
    pub(crate) crawls: Crawls,
    pub(crate) hooks: Hooks,
    /// Artifacts of workflow runs.
    pub(crate) artifacts: Shelf,
    repos: Mutex<BTreeMap<String, Arc<RepoCell>>>,
}

impl World {
    /// Opens the state folder, with whatever an earlier forge left there.
    pub(crate) async fn open(url: String, dir: &Utf8Path, options: Options) -> Result<Self, ForgeError> {
        let state = |source| ForgeError::state(dir, source);
        std::fs::create_dir_all(dir.join("repos")).map_err(state)?;
        let git = Git::new(dir);
        let mut repos = BTreeMap::new();
        for mut repo in load::repositories(&dir.join("repos"))? {
            repo.refs = git.refs(&repo.git_dir()).await?;
            let key = key(&repo.meta.owner, &repo.meta.name);
            repos.insert(key.clone(), Arc::new(RepoCell::new(key, repo)));
        }
        Ok(Self {
            url,
            git,
            ids: Ids::open(dir).map_err(state)?,
            rate: RateBook::new(options.rate_limit),
            unseen: Unseen::default(),
            secrets: Secrets::new(),
            faults: FaultBook::new(options.faults.clone()),
            effects: EffectBook::open(dir.join("effects.jsonl")).map_err(state)?,
            requests: RequestBook::new(dir.join("requests.jsonl"), options.seed),
            crawls: Crawls::open(dir.join("crawls.json"), options.lag.crawl).map_err(state)?,
            hooks: Hooks::open(dir.join("webhooks")).map_err(state)?,
            artifacts: Shelf::open(dir.join("run-artifacts")).map_err(state)?,
            dir: dir.to_owned(),
            options,
            repos: Mutex::new(repos),
        })
    }

    /// A repository that is there.
    pub(crate) async fn repo(&self, owner: &str, name: &str) -> Option<Arc<RepoCell>> {
        self.repos.lock().await.get(&key(owner, name)).cloned()
    }

    /// All repositories, by name.
    pub(crate) async fn all(&self) -> Vec<Arc<RepoCell>> {
        self.repos.lock().await.values().cloned().collect()
    }

    /// A repository, made at its first use.
    pub(crate) async fn repo_or_new(
        &self,
        owner: &str,
        name: &str,
        cause: (&str, &str),
    ) -> Result<Arc<RepoCell>, ForgeError> {
        let mut repos = self.repos.lock().await;
        let key = key(owner, name);
        if let Some(cell) = repos.get(&key) {
            return Ok(Arc::clone(cell));
        }
        if !owner_is_valid(owner) || !name_is_valid(name) {
            return Err(ForgeError::Name { owner: owner.to_owned(), name: name.to_owned() });
        }
        let dir = self.dir.join("repos").join(owner).join(name);
        let cell = Arc::new(RepoCell::new(key.clone(), self.found(dir, owner, name).await?));
        repos.insert(key, Arc::clone(&cell));
        self.effects.add(
            EffectKind::RepoCreated,
            cause.0,
            cause.1,
            format!("repository {owner}/{name} made"),
        );
        Ok(cell)
    }

    /// Lays the folder of a new repository out; `repo.json` comes last, for it makes the folder count.
    async fn found(&self, dir: Utf8PathBuf, owner: &str, name: &str) -> Result<Repo, ForgeError> {
        let now = Utc::now();
        let id = self.ids.next().map_err(|source| ForgeError::state(&self.dir, source))?;
        let meta = RepoMeta {
            id,
            owner: owner.to_owned(),
            name: name.to_owned(),
            description: None,
            homepage: None,
            private: false,
            archived: false,
            has_issues: true,
            default_branch: "main".to_owned(),
            immutable_releases: self.options.immutable,
            burnt_tags: Default::default(),
            latest: None,
            protections: BTreeMap::new(),
            rulesets: BTreeMap::new(),
            accounts: BTreeMap::new(),
            environments: BTreeMap::new(),
            runs: BTreeMap::new(),
            pulls: BTreeMap::new(),
            created_at: now,
            updated_at: now,
            pushed_at: now,
        };
        let made: io::Result<()> = std::fs::create_dir_all(dir.join("assets"));
        made.map_err(|source| ForgeError::state(&dir, source))?;
        let repo = Repo::new(dir, meta);
        self.git.init(&repo.git_dir(), &repo.meta.default_branch).await?;
        write_json(&repo.dir.join("repo.json"), &repo.meta)
            .map_err(|source| ForgeError::state(&repo.dir, source))?;
        Ok(repo)
    }
}

/// GitHub's names differ by more than case.
fn key(owner: &str, name: &str) -> String {
    format!("{}/{}", owner.to_ascii_lowercase(), name.to_ascii_lowercase())
}
