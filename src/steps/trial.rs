//! A room tried out on this machine: a project in a folder of its own, and the real world. Its forge is
//! at an address where nobody listens: a room that asks one is told so, as it would be without a network.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use camino::{Utf8Path, Utf8PathBuf};
use serde_json::Value;
use tokio_util::sync::CancellationToken;

use crate::config::section::Settings;
use crate::ecosystem::go;
use crate::kit::secret::Redactor;
use crate::model::facts::{Commit, Ecosystems, Tool};
use crate::model::plan::PLAN_FORMAT;
use crate::model::{Artifact, Event, Facts, Plan, Problem, TaskId, Verdict};
use crate::ports::real::{
    Env, ForgeOptions, RealClock, RealFiles, RealForge, RealGit, RealHttp, RealProcess, RealSecrets,
};
use crate::ports::{Files as _, Ports};
use crate::steps::room::{Job, Listener, Outlook, Planned, Room, Scene, Seen, Shelf, Site};

/// A project in a temporary folder, and what was made of it so far.
pub struct Trial {
    _home: tempfile::TempDir,
    /// Its folder.
    pub root: Utf8PathBuf,
    /// The world.
    pub ports: Ports,
    /// What is known; a test may change it.
    pub facts: Facts,
    /// Whether rooms are `enabled: true`, as at first, and not only `auto`.
    pub demanded: bool,
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
        let root = RealFiles.real_path(Utf8Path::from_path(home.path()).unwrap()).unwrap().join("project");
        let env = Env::capture();
        let redactor = Redactor::default();
        let process = Arc::new(RealProcess::new(env.clone(), redactor.clone()));
        let (disk, clock) = (Arc::new(RealFiles), Arc::new(RealClock));
        let nowhere = ForgeOptions {
            api_url: "http://127.0.0.1:1/api/v3".parse().unwrap(),
            token: None,
            pace: Duration::ZERO,
            patience: Duration::from_secs(1),
        };
        let ports = Ports {
            git: Arc::new(RealGit::new(process.clone(), root.clone(), &env)),
            process,
            forge: Arc::new(RealForge::new(nowhere, disk.clone(), clock.clone(), redactor.clone()).unwrap()),
            http: Arc::new(RealHttp::new(redactor.clone(), disk.clone(), clock.clone())),
            clock,
            secrets: Arc::new(RealSecrets::new(Env::of(std::iter::empty::<(String, String)>()), redactor)),
            files: disk,
        };
        for (path, text) in files {
            ports.files.write(&root.join(path), text.as_bytes()).unwrap();
        }
        let who = ["-c", "user.name=t", "-c", "user.email=t@users.noreply.example"];
        let commit: Vec<&str> = who.into_iter().chain(["commit", "-q", "--allow-empty", "-m", "t"]).collect();
        for args in [&["init", "-q"][..], &["add", "-A"], &commit] {
            ports.git.run(args).await.unwrap();
        }
        let tool = go::tool(ports.process.as_ref(), &root).await.unwrap();
        let module = go::detect(ports.files.as_ref(), ports.process.as_ref(), &root, &tool.host);
        let module = module.await.unwrap();
        let facts = Facts {
            ecosystems: Ecosystems { go: module, dagger: Vec::new() },
            tools: BTreeMap::from([(
                "go".to_owned(),
                Tool { version: tool.version, settings: tool.settings, image: None },
            )]),
            host: tool.host,
            ..facts(&root)
        };
        Self {
            _home: home,
            root,
            ports,
            facts,
            demanded: true,
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
        self.plan_seen::<R>(&room, &step, &Seen::new())
    }

    /// Lets a room look, and plans it, with settings written as JSON.
    pub async fn looked<R: Room, S: Settings>(
        &self,
        room: Value,
        step: Value,
    ) -> Result<Vec<Planned>, Problem> {
        let seen = self.seen::<R, S>(room.clone(), step.clone()).await?;
        let room: R::Settings = serde_json::from_value(room).unwrap();
        let step: S = serde_json::from_value(step).unwrap();
        self.plan_seen::<R>(&room, &serde_json::to_value(step).unwrap(), &seen)
    }

    /// What a room notes when it looks, with settings written as JSON.
    pub async fn seen<R: Room, S: Settings>(&self, room: Value, step: Value) -> Result<Seen, Problem> {
        let room: R::Settings = serde_json::from_value(room).unwrap();
        let step: S = serde_json::from_value(step).unwrap();
        let outlook = Outlook {
            facts: Arc::new(self.facts.clone()),
            ports: self.ports.clone(),
            dist: self.dist(),
            step_settings: serde_json::to_value(step).unwrap(),
        };
        R::look(&room, &outlook).await
    }

    fn plan_seen<R: Room>(
        &self,
        room: &R::Settings,
        step: &Value,
        seen: &Seen,
    ) -> Result<Vec<Planned>, Problem> {
        let scene = Scene {
            facts: &self.facts,
            seen,
            step_settings: step,
            before: &self.planned,
            demanded: self.demanded,
        };
        R::plan(room, &scene)
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

    /// Where a task of its stands.
    pub fn site(&self, planned: &Planned) -> Site {
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
        let site = self.site(planned);
        maker.ready(&site).await?;
        let made = maker.make(&site).await?;
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

/// What is known of a project in this folder.
pub fn facts(root: &Utf8Path) -> Facts {
    Facts {
        project: "m".into(),
        dir: Utf8PathBuf::new(),
        root: root.to_owned(),
        commit: Commit {
            id: "c".repeat(40),
            date: "2026-01-02T03:04:05Z".parse().unwrap(),
            tree: "t".repeat(40),
            dirty: Vec::new(),
            hidden: BTreeMap::new(),
            bytes: BTreeMap::new(),
            absent: Vec::new(),
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
        loose: crate::model::facts::Loose::default(),
        variants: Vec::new(),
        env: BTreeMap::new(),
        secrets: std::collections::BTreeSet::new(),
        rehearsal: false,
        host: crate::model::Platform { os: String::new(), arch: String::new(), variant: String::new() },
    }
}
