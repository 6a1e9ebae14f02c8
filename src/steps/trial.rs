//! A room tried out on this machine: a project in a folder of its own, real files and processes. Forge
//! and HTTP are not there: who asks them has the wrong test.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use camino::{Utf8Path, Utf8PathBuf};
use serde_json::Value;
use tokio_util::sync::CancellationToken;

use crate::config::section::Settings;
use crate::ecosystem::go;
use crate::kit::secret::{Redactor, Secret};
use crate::model::facts::{Commit, Ecosystems, Slug, Tool};
use crate::model::plan::PLAN_FORMAT;
use crate::model::{Artifact, Event, Facts, Plan, Problem, TaskId, Verdict};
use crate::ports::forge::{Access, Asset, Budget, Forge, ForgeError, Release, Wanted};
use crate::ports::http::{Downloaded, Http, HttpError, OnBytes, Request, Response};
use crate::ports::real::{Env, RealClock, RealFiles, RealGit, RealProcess};
use crate::ports::{Ports, Secrets};
use crate::steps::room::{Job, Listener, Planned, Room, Scene, Shelf, Site};

/// A project in a temporary folder, and what was made of it so far.
pub struct Trial {
    _home: tempfile::TempDir,
    /// Its folder.
    pub root: Utf8PathBuf,
    /// The world.
    pub ports: Ports,
    /// What is known; a test may change it.
    pub facts: Facts,
    /// The tasks planned so far.
    pub planned: Vec<Planned>,
    shelf: Arc<Made>,
    said: Arc<Said>,
}

#[derive(Default)]
struct Made(Mutex<BTreeMap<TaskId, Vec<Artifact>>>);

impl Shelf for Made {
    fn of(&self, task: &TaskId) -> Option<Vec<Artifact>> {
        self.0.lock().unwrap().get(task).cloned()
    }

    fn verdict(&self, _: &TaskId) -> Option<Verdict> {
        None
    }
}

#[derive(Default)]
struct Said(Mutex<Vec<Event>>);

impl Listener for Said {
    fn take(&self, event: Event) -> Result<(), Problem> {
        self.0.lock().unwrap().push(event);
        Ok(())
    }
}

impl Trial {
    /// A project of these files; a Go module is detected.
    pub async fn of(files: &[(&str, &str)]) -> Self {
        let home = tempfile::tempdir().unwrap();
        let root = Utf8PathBuf::try_from(home.path().canonicalize().unwrap()).unwrap().join("project");
        let env = Env::capture();
        let process = Arc::new(RealProcess::new(env.clone(), Redactor::default()));
        let ports = Ports {
            files: Arc::new(RealFiles),
            git: Arc::new(RealGit::new(process.clone(), root.clone(), &env)),
            process,
            forge: Arc::new(Nowhere),
            http: Arc::new(Nowhere),
            clock: Arc::new(RealClock),
            secrets: Arc::new(Nowhere),
        };
        for (path, text) in files {
            ports.files.write(&root.join(path), text.as_bytes()).unwrap();
        }
        let module = go::detect(ports.files.as_ref(), ports.process.as_ref(), &root).await.unwrap();
        let tool = go::tool(ports.process.as_ref(), &root).await.unwrap();
        let facts = Facts {
            ecosystems: Ecosystems { go: module, dagger: Vec::new() },
            tools: BTreeMap::from([("go".to_owned(), Tool { version: tool.version, image: None })]),
            host: tool.host,
            ..facts(&root)
        };
        Self {
            _home: home,
            root,
            ports,
            facts,
            planned: Vec::new(),
            shelf: Arc::default(),
            said: Arc::default(),
        }
    }

    /// Plans a room with settings written as JSON.
    pub fn plan<R: Room, S: Settings>(&self, room: Value, step: Value) -> Result<Vec<Planned>, Problem> {
        let room: R::Settings = serde_json::from_value(room).unwrap();
        let step: S = serde_json::from_value(step).unwrap();
        let step = serde_json::to_value(step).unwrap();
        let scene = Scene { facts: &self.facts, step_settings: &step, before: &self.planned, demanded: true };
        R::plan(&room, &scene)
    }

    /// Plans a room, and keeps its tasks for those that come after.
    pub fn planned<R: Room, S: Settings>(&mut self, room: Value, step: Value) -> Vec<Planned> {
        let planned = self.plan::<R, S>(room, step).unwrap();
        self.planned.extend(planned.clone());
        planned
    }

    /// The dist folder.
    pub fn dist(&self) -> Utf8PathBuf {
        self.root.join("dist")
    }

    fn site(&self, planned: &Planned) -> Site {
        let plan = Plan {
            format: PLAN_FORMAT,
            project: "m".into(),
            version: "1.2.3".into(),
            tag: "v1.2.3".into(),
            commit: self.facts.commit.id.clone(),
            snapshot: false,
            tasks: Vec::new(),
        };
        Site {
            task: planned.task.clone(),
            facts: Arc::new(self.facts.clone()),
            ports: self.ports.clone(),
            dist: self.dist(),
            shelf: self.shelf.clone(),
            listener: self.said.clone(),
            stop: CancellationToken::new(),
            plan: Arc::new(plan),
        }
    }

    /// Runs a maker; what it made is on the shelf afterwards.
    pub async fn make(&self, planned: &Planned) -> Result<Vec<Artifact>, Problem> {
        let Job::Maker(maker) = &planned.job else { panic!("{} is no maker", planned.task.id) };
        let made = maker.make(&self.site(planned)).await?;
        self.shelf.0.lock().unwrap().insert(planned.task.id.clone(), made.clone());
        Ok(made)
    }

    /// Runs a check.
    pub async fn check(&self, planned: &Planned) -> Result<Verdict, Problem> {
        let Job::Check(check) = &planned.job else { panic!("{} is no check", planned.task.id) };
        check.check(&self.site(planned)).await
    }

    /// The text of every line that a tool said.
    pub fn said(&self) -> String {
        let lines = self.said.0.lock().unwrap();
        let line = |event: &Event| match event {
            Event::TaskOutput { line, .. } => Some(format!("{line}\n")),
            _ => None,
        };
        lines.iter().filter_map(line).collect()
    }
}

fn facts(root: &Utf8Path) -> Facts {
    Facts {
        project: "m".into(),
        dir: Utf8PathBuf::new(),
        root: root.to_owned(),
        commit: Commit {
            id: "c".repeat(40),
            date: "2026-01-02T03:04:05Z".parse().unwrap(),
            tree: "t".repeat(40),
            dirty: Vec::new(),
            shallow: false,
            branch: None,
        },
        tag: "v1.2.3".into(),
        tag_at_head: true,
        tag_annotated: true,
        version: "1.2.3".parse().unwrap(),
        snapshot: false,
        tags: Vec::new(),
        previous: None,
        slug: None,
        forge_url: "https://github.com".into(),
        ecosystems: Ecosystems::default(),
        tools: BTreeMap::new(),
        env: BTreeMap::new(),
        secrets: std::collections::BTreeSet::new(),
        rehearsal: false,
        host: crate::model::Platform { os: String::new(), arch: String::new(), variant: String::new() },
    }
}

/// No forge and no network.
struct Nowhere;

const ALONE: &str = "this test has neither forge nor network";

#[async_trait::async_trait]
impl Forge for Nowhere {
    fn has_token(&self) -> bool {
        false
    }
    async fn access(&self, _: &Slug) -> Result<Access, ForgeError> {
        panic!("{ALONE}")
    }
    async fn budget(&self) -> Result<Budget, ForgeError> {
        panic!("{ALONE}")
    }
    async fn immutable_releases(&self, _: &Slug) -> Result<Option<bool>, ForgeError> {
        panic!("{ALONE}")
    }
    async fn ref_commit(&self, _: &Slug, _: &str) -> Result<Option<String>, ForgeError> {
        panic!("{ALONE}")
    }
    async fn has_commit(&self, _: &Slug, _: &str) -> Result<bool, ForgeError> {
        panic!("{ALONE}")
    }
    async fn releases_of(&self, _: &Slug, _: &str) -> Result<Vec<Release>, ForgeError> {
        panic!("{ALONE}")
    }
    async fn release(&self, _: &Slug, _: u64) -> Result<Release, ForgeError> {
        panic!("{ALONE}")
    }
    async fn latest(&self, _: &Slug) -> Result<Option<String>, ForgeError> {
        panic!("{ALONE}")
    }
    async fn create(&self, _: &Slug, _: &Wanted, _: &str) -> Result<Release, ForgeError> {
        panic!("{ALONE}")
    }
    async fn update(&self, _: &Slug, _: u64, _: &Wanted) -> Result<Release, ForgeError> {
        panic!("{ALONE}")
    }
    async fn delete(&self, _: &Slug, _: u64) -> Result<(), ForgeError> {
        panic!("{ALONE}")
    }
    async fn assets(&self, _: &Slug, _: u64) -> Result<Vec<Asset>, ForgeError> {
        panic!("{ALONE}")
    }
    async fn upload(&self, _: &Release, _: &str, _: &Utf8Path, _: OnBytes<'_>) -> Result<Asset, ForgeError> {
        panic!("{ALONE}")
    }
    async fn fetch(&self, _: &Slug, _: u64, _: &Utf8Path) -> Result<Downloaded, ForgeError> {
        panic!("{ALONE}")
    }
    async fn delete_asset(&self, _: &Slug, _: u64) -> Result<(), ForgeError> {
        panic!("{ALONE}")
    }
}

impl Secrets for Nowhere {
    fn get(&self, _: &str) -> Option<Secret> {
        None
    }
}

#[async_trait::async_trait]
impl Http for Nowhere {
    async fn send(&self, _: Request) -> Result<Response, HttpError> {
        panic!("{ALONE}")
    }
    async fn download(&self, _: &url::Url, _: &Utf8Path, _: OnBytes<'_>) -> Result<Downloaded, HttpError> {
        panic!("{ALONE}")
    }
}
