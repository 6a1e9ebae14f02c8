//! The rooms that speak to the outside, against the embedded forge over real HTTP.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use camino::{Utf8Path, Utf8PathBuf};
use release_action::kit::secret::{Redactor, Secret};
use release_action::model::verdict::Status;
use release_action::model::{
    Artifact, ArtifactKind, Digest, Event, Expected, Facts, Plan, Platform, Problem, State, Step, TaskId,
    Verdict,
};
use release_action::ports::forge::Wanted;
use release_action::ports::real::{
    Env, ForgeOptions, RealFiles, RealForge, RealGit, RealHttp, RealProcess, RealSecrets,
};
use release_action::ports::{Files, Git, Ports};
use release_action::steps::STREET;
use release_action::steps::room::{Draft, Job, Listener, Maker, Planned, Scene, Seen, Shelf, Site};
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;

use crate::doubles::Hurry;

struct Nothing;

#[async_trait::async_trait]
impl Maker for Nothing {
    async fn make(&self, _: &Site) -> Result<Vec<Artifact>, Problem> {
        Ok(Vec::new())
    }
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

struct Deaf;

impl Listener for Deaf {
    fn take(&self, _: Event) -> Result<(), Problem> {
        Ok(())
    }
}

/// A project, a forge that holds it, and what was planned and made so far.
struct House {
    _temp: tempfile::TempDir,
    forge: release_rehearsal::Forge,
    ports: Ports,
    facts: Facts,
    dist: Utf8PathBuf,
    planned: Vec<Planned>,
    shelf: Arc<Made>,
}

impl House {
    async fn new(faults: &[&str]) -> Self {
        let temp = tempfile::tempdir().unwrap();
        let root = Utf8PathBuf::try_from(temp.path().canonicalize().unwrap()).unwrap();
        let module = r#"{"name":"m","engineVersion":"v0.21.8","sdk":{"source":"go"}}"#;
        RealFiles.write(&root.join("repo/dagger.json"), module.as_bytes()).unwrap();
        let faults = faults.iter().map(|fault| fault.parse().unwrap()).collect();
        let options = release_rehearsal::Options { faults, ..Default::default() };
        let forge = release_rehearsal::Forge::start(options).await.unwrap();
        let redactor = Redactor::default();
        let env = Env::capture();
        let process = Arc::new(RealProcess::new(env.clone(), redactor.clone()));
        let git = Arc::new(RealGit::new(process.clone(), root.join("repo"), &env));
        let who = ["-c", "user.name=a", "-c", "user.email=a@example.com"];
        git.run(&["init", "-q", "-b", "main"]).await.unwrap();
        git.run(&["add", "--all"]).await.unwrap();
        git.run(&[&who[..], &["commit", "-q", "-m", "feat: x"]].concat()).await.unwrap();
        git.run(&["tag", "v1.2.3"]).await.unwrap();
        let commit = git.text(&["rev-parse", "HEAD"]).await.unwrap();
        forge.seed("acme", "tool", &root.join("repo/.git")).await.unwrap();
        let (files, clock) = (Arc::new(RealFiles), Arc::new(Hurry));
        let options = ForgeOptions {
            api_url: format!("{}/api/v3", forge.url()).parse().unwrap(),
            token: Some(Secret::new(forge.writer_token())),
            pace: Duration::ZERO,
            patience: Duration::from_secs(30),
        };
        let ports = Ports {
            files: files.clone(),
            process,
            git,
            forge: Arc::new(RealForge::new(options, files.clone(), clock.clone(), redactor.clone()).unwrap()),
            http: Arc::new(RealHttp::new(redactor.clone(), files, clock.clone())),
            clock,
            secrets: Arc::new(RealSecrets::new(Env::of(forge.env()), redactor)),
        };
        let facts = facts(&root.join("repo"), forge.url(), &commit);
        Self {
            dist: root.join("dist"),
            _temp: temp,
            forge,
            ports,
            facts,
            planned: Vec::new(),
            shelf: Arc::default(),
        }
    }

    /// Plans a room of the street.
    fn plan(&mut self, step: Step, room: &str, settings: Value) -> Vec<Planned> {
        let street = STREET.iter().find(|entry| entry.step == step).unwrap();
        let room = street.rooms.iter().find(|entry| entry.shape.id == room).unwrap();
        let settings = (room.shape.shape.fill)(settings).unwrap();
        let beside = (street.shape.fill)(Value::Null).unwrap();
        let seen = Seen::new();
        let scene = Scene {
            facts: &self.facts,
            seen: &seen,
            step_settings: &beside,
            before: &self.planned,
            demanded: true,
        };
        let planned = (room.plan)(&settings, &scene).unwrap();
        self.planned.extend(planned.clone());
        planned
    }

    /// Stands for a task of another room that made this file.
    fn made(&mut self, room: &str, artifact: Artifact) {
        let expected = Expected {
            name: artifact.name.clone(),
            kind: artifact.kind,
            platform: artifact.platform.clone(),
            id: String::new(),
        };
        let task = Draft::new(Step::Package, room, &artifact.name, "made").makes(expected).maker(Nothing);
        self.shelf.0.lock().unwrap().insert(task.task.id.clone(), vec![artifact]);
        self.planned.push(task);
    }

    fn site(&self, planned: &Planned) -> Site {
        let plan = Plan {
            format: 1,
            project: "tool".into(),
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
            dist: self.dist.clone(),
            shelf: self.shelf.clone(),
            listener: Arc::new(Deaf),
            stop: CancellationToken::new(),
            plan: Arc::new(plan),
        }
    }

    async fn check(&self, planned: &Planned) -> Verdict {
        let Job::Check(check) = &planned.job else { panic!("{} is no check", planned.task.id) };
        check.check(&self.site(planned)).await.unwrap()
    }

    /// Brings a target to where it should be; it must not have been there.
    async fn apply(&self, planned: &Planned) {
        let Job::Target(target) = &planned.job else { panic!("{} is no target", planned.task.id) };
        let site = self.site(planned);
        let before = target.observe(&site).await.unwrap();
        assert_eq!(before, State::Absent);
        target.apply(&site, &before).await.unwrap();
        assert!(target.observe(&site).await.unwrap().is_same());
    }

    /// What the forge noted with these words in it.
    fn effects(&self, words: &str) -> Vec<String> {
        let effects = self.forge.effects();
        effects.iter().map(|effect| format!("{effect:?}")).filter(|text| text.contains(words)).collect()
    }

    /// Publishes a release with these files.
    async fn release(&self, files: &[(&str, &[u8])]) {
        let repo = self.facts.slug.clone().unwrap();
        let mut wanted = Wanted {
            tag: "v1.2.3".into(),
            target: self.facts.commit.id.clone(),
            name: "1.2.3".into(),
            body: release_action::kit::mark::of("v1.2.3", &self.facts.commit.id),
            draft: true,
            prerelease: false,
            latest: None,
            discussion: None,
        };
        let draft = self.ports.forge.create(&repo, &wanted, &wanted.body).await.unwrap();
        for (name, bytes) in files {
            let file = self.dist.join("up").join(name);
            self.ports.files.write(&file, bytes).unwrap();
            self.ports
                .forge
                .upload(self.ports.forge.turn().await, &draft, name, "", &file, &|_| ())
                .await
                .unwrap();
        }
        wanted.draft = false;
        self.ports.forge.update(&repo, draft.id, &wanted).await.unwrap();
    }
}

fn facts(root: &Utf8Path, forge_url: &str, commit: &str) -> Facts {
    let mut facts: Facts = serde_json::from_value(json!({
        "project": "tool", "dir": "", "tag": "v1.2.3", "tag_at_head": true, "tag_annotated": false,
        "version": "1.2.3", "snapshot": false, "tags": [], "previous": null,
        "slug": {"owner": "acme", "name": "tool"}, "forge_url": forge_url,
        "ecosystems": {"dagger": ["."]}, "tools": {},
        "commit": {
            "id": commit, "date": "2026-01-02T03:04:05Z", "tree": "t", "dirty": [], "shallow": false, "branch": "main"
        },
        "host": {"os": "linux", "arch": "amd64"},
    }))
    .unwrap();
    facts.root = root.to_owned();
    facts
}

fn artifact(name: &str, kind: ArtifactKind, bytes: &[u8], platform: Option<Platform>) -> Artifact {
    let extra = json!({"Binaries": ["tool"], "Files": ["LICENSE"], "WrappedIn": ""});
    Artifact {
        name: name.into(),
        kind,
        path: name.into(),
        platform,
        size: bytes.len() as u64,
        digest: Digest::of(bytes),
        extra: serde_json::from_value(extra).unwrap(),
    }
}

/// An archive with a program (a script, so on any machine with a shell) that says this.
fn tarball(says: &str) -> Vec<u8> {
    let mut builder =
        tar::Builder::new(flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast()));
    let program = format!("#!/bin/sh\necho '{says}'\n");
    for (name, mode, text) in [("tool", 0o755, program.as_str()), ("LICENSE", 0o644, "MIT\n")] {
        let mut header = tar::Header::new_gnu();
        header.set_size(text.len() as u64);
        header.set_mode(mode);
        builder.append_data(&mut header, name, text.as_bytes()).unwrap();
    }
    builder.into_inner().unwrap().finish().unwrap()
}

/// A release of an archive and its checksums, and the three tasks of `verify`.
async fn released(says: &str, tampered: bool) -> (House, Vec<Planned>) {
    let mut house = House::new(&[]).await;
    let archive = tarball(says);
    let sums = format!("{}  tool.tar.gz\n", Digest::of(&archive).hex()).into_bytes();
    let platform = house.facts.host.clone();
    house.made("archive", artifact("tool.tar.gz", ArtifactKind::Archive, &archive, Some(platform)));
    house.made("checksums", artifact("sums.txt", ArtifactKind::Checksums, &sums, None));
    house.planned.push(Draft::new(Step::Release, "github", "", "the release").maker(Nothing));
    let up = if tampered { tarball("evil 1.2.3") } else { archive };
    house.release(&[("tool.tar.gz", &up), ("sums.txt", &sums)]).await;
    let rooms = ["download", "archives", "run"];
    let planned =
        rooms.into_iter().map(|room| house.plan(Step::Verify, room, Value::Null).remove(0)).collect();
    (house, planned)
}

#[tokio::test]
async fn a_released_program_says_its_version() {
    let (house, planned) = released("tool 1.2.3", false).await;
    for planned in &planned {
        let verdict = house.check(planned).await;
        assert_eq!(verdict.status, Status::Pass, "{}: {verdict:?}", planned.task.id);
    }
    let requests = house.forge.requests();
    assert_eq!(requests.iter().filter(|call| call.path.contains("/releases/download/")).count(), 2);
}

#[tokio::test]
async fn a_program_of_another_version_fails() {
    let (house, planned) = released("tool 1.2.4", false).await;
    assert_eq!(house.check(&planned[0]).await.status, Status::Pass);
    let verdict = house.check(&planned[2]).await;
    assert_eq!(verdict.status, Status::Fail);
    assert!(verdict.problems[0].to_string().contains("says neither 1.2.3 nor v1.2.3"), "{verdict:?}");
}

#[tokio::test]
async fn a_changed_archive_fails() {
    let (house, planned) = released("tool 1.2.3", true).await;
    let verdict = house.check(&planned[0]).await;
    assert_eq!(verdict.status, Status::Fail);
    let told = verdict.problems.iter().filter(|problem| problem.what == "tool.tar.gz is not what was made");
    assert_eq!(told.count(), 2, "{verdict:?}");
}

#[tokio::test]
async fn a_module_is_checked_and_indexed() {
    let mut house = House::new(&["PUT */crawl#1=status:503"]).await;
    let url = format!("{}/daggerverse", house.forge.url());
    let planned = house.plan(Step::Publish, "daggerverse", json!({ "url": url }));
    let verdict = house.check(&planned[0]).await;
    assert_eq!(verdict.status, Status::Pass, "{verdict:?}");
    assert!(planned[1].task.soft);
    house.apply(&planned[1]).await;
    let asked = house.effects("asked to index");
    assert_eq!(asked.len(), 2, "{asked:?}");
    assert!(asked.iter().all(|text| !text.contains("no such commit")), "{asked:?}");
}

#[tokio::test]
async fn the_page_of_the_commit_is_not_that_of_the_version() {
    let mut house = House::new(&["GET */daggerverse/mod/*@v1.2.3=status:404"]).await;
    let url = format!("{}/daggerverse", house.forge.url());
    let planned = house.plan(Step::Publish, "daggerverse", json!({ "url": url, "timeout": "9s" })).remove(1);
    let Job::Target(target) = &planned.job else { panic!("a target") };
    let site = house.site(&planned);
    // After some looks the commit's page is there, and the version's still is not.
    for _ in 0..2 {
        let problem = target.apply(&site, &State::Absent).await.unwrap_err();
        assert!(problem.what.contains("@v1.2.3 within 9 s"), "{problem:?}");
    }
    let problem = target.apply(&site, &State::Absent).await.unwrap_err();
    assert!(problem.to_string().contains("it has crawled the commit"), "{problem:?}");
    assert_eq!(target.observe(&site).await.unwrap(), State::Absent);
}

#[tokio::test]
async fn a_prerelease_is_not_indexed_and_says_why() {
    let mut house = House::new(&[]).await;
    house.facts.version = "1.2.3-rc.1".parse().unwrap();
    house.facts.tag = "v1.2.3-rc.1".into();
    let planned = house.plan(Step::Publish, "daggerverse", Value::Null);
    assert_eq!(planned.len(), 1);
    let verdict = house.check(&planned[0]).await;
    assert_eq!(verdict.status, Status::Skipped);
    assert!(verdict.summary.contains("v1.2.3-rc.1 is a prerelease"), "{verdict:?}");
}

#[tokio::test]
async fn a_webhook_is_sent_once_though_the_receiver_stumbles() {
    let mut house = House::new(&["POST */webhook/*#1=status:503"]).await;
    let planned = house.plan(Step::Notify, "webhook", Value::Null).remove(1);
    let Job::Target(target) = &planned.job else { panic!("a target") };
    let before = target.observe(&house.site(&planned)).await.unwrap();
    assert!(matches!(before, State::Held { .. }), "nothing is announced that is not public: {before:?}");
    house.release(&[]).await;
    house.apply(&planned).await;
    // Another run, on a machine that remembers nothing, knows it from the release.
    let again = house.plan(Step::Notify, "webhook", Value::Null).remove(1);
    let Job::Target(target) = &again.job else { panic!("a target") };
    assert!(target.observe(&house.site(&again)).await.unwrap().is_same());
    assert_eq!(house.effects("received at").len(), 1);
    let calls = house.forge.requests().into_iter().filter(|call| call.path.contains("/webhook/")).count();
    assert_eq!(calls, 2);
}
