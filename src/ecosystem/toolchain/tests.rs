//! Where the toolchain is looked for, and what is said where there is none.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use camino::Utf8PathBuf;
use tokio_util::sync::CancellationToken;

use super::{Around, Docker, Environment, Toolchain, Wanted};
use crate::model::Problem;
use crate::ports::container::{ContainerError, Containers, Image, Mount, Sibling, Spec};
use crate::ports::process::{Command, Ended, OnLine, ProcessError};
use crate::ports::real::RealFiles;
use crate::ports::{Files as _, Process};

fn ended(text: &str) -> Ended {
    Ended { code: Some(0), signal: None, stdout: text.into(), stderr: Vec::new() }
}

/// A machine with these programs.
struct Machine(Vec<&'static str>);

#[async_trait::async_trait]
impl Process for Machine {
    async fn run(
        &self,
        command: Command,
        _: &CancellationToken,
        _: OnLine<'_>,
    ) -> Result<Ended, ProcessError> {
        match self.find(&command.program) {
            Some(_) => Ok(ended("here")),
            None => Err(ProcessError::Missing { program: command.program }),
        }
    }

    fn find(&self, program: &str) -> Option<Utf8PathBuf> {
        self.0.contains(&program).then(|| format!("/bin/{program}").into())
    }
}

/// An engine that writes down what is asked of it.
#[derive(Default)]
struct Engine {
    down: bool,
    asked: Mutex<Vec<String>>,
    started: Mutex<Vec<Spec>>,
}

struct Box_(Mutex<Vec<Command>>);

#[async_trait::async_trait]
impl Sibling for Box_ {
    async fn run(
        &self,
        command: Command,
        _: &CancellationToken,
        _: OnLine<'_>,
    ) -> Result<Ended, ProcessError> {
        let env = command.env.keys().cloned().collect::<Vec<_>>().join(" ");
        self.0.lock().unwrap().push(command);
        Ok(ended(&format!("in the box: {env}")))
    }

    fn is_up(&self) -> bool {
        true
    }

    async fn end(&self) {}
}

#[async_trait::async_trait]
impl Containers for Engine {
    async fn ready(&self) -> Result<(), ContainerError> {
        let none = || ContainerError::NoEngine { socket: "/s".into(), why: "no such socket".into() };
        if self.down { Err(none()) } else { Ok(()) }
    }

    async fn image(&self, name: &str) -> Result<Image, ContainerError> {
        self.asked.lock().unwrap().push(name.into());
        Ok(Image { name: name.into(), id: "sha256:id".into(), digest: "sha256:ab".into() })
    }

    async fn start(&self, spec: Spec) -> Result<Arc<dyn Sibling>, ContainerError> {
        self.started.lock().unwrap().push(spec);
        Ok(Arc::new(Box_(Mutex::default())))
    }
}

struct Trial {
    engine: Arc<Engine>,
    toolchain: Toolchain,
    dir: tempfile::TempDir,
}

fn trial(programs: &[&'static str], down: bool, environment: Environment, docker: Docker) -> Trial {
    trial_in(programs, down, Wanted { environment, docker }, false)
}

fn trial_in(programs: &[&'static str], down: bool, wanted: Wanted, contained: bool) -> Trial {
    let dir = tempfile::tempdir().unwrap();
    let path = RealFiles.real_path(dir.path().try_into().unwrap()).unwrap();
    RealFiles.write(&path.join("go.mod"), b"module m\ngo 1.24.0\ntoolchain go1.25.3\n").unwrap();
    RealFiles.write(&path.join(".git/config"), b"").unwrap();
    let engine = Arc::new(Engine { down, ..Engine::default() });
    let around = Around {
        folders: vec![path],
        user: (1001, 121),
        env: BTreeMap::from([("GOPROXY".into(), "x".into()), ("HOME".into(), "/home/me".into())]),
        caches_of: "acme/greeter".into(),
        contained,
    };
    let native = Arc::new(Machine(programs.to_vec()));
    let toolchain = Toolchain::new(native, Arc::clone(&engine) as _, Arc::new(RealFiles), wanted, around);
    Trial { engine, toolchain, dir }
}

impl Trial {
    async fn run(&self, program: &str, hook: bool) -> Result<String, Problem> {
        let dir = Utf8PathBuf::try_from(self.dir.path().to_owned()).unwrap();
        let mut command = Command::new(program, dir).env("GOOS", "linux");
        command.with_toolchain = hook;
        let ran = self.toolchain.run(command, &CancellationToken::new(), &|_, _| ()).await;
        ran.map(|ended| ended.text()).map_err(Problem::from)
    }
}

#[tokio::test]
async fn auto_takes_what_is_on_the_path() {
    let trial = trial(&["go", "git"], false, Environment::Auto, Docker::default());
    assert_eq!(trial.run("go", false).await.unwrap(), "here");
    assert_eq!(trial.toolchain.image_of("go"), None);
    assert!(trial.engine.asked.lock().unwrap().is_empty());
}

#[tokio::test]
async fn without_it_the_official_image_runs_it_and_nothing_else() {
    let trial = trial(&["git", "sh"], false, Environment::Auto, Docker::default());
    assert_eq!(trial.toolchain.find("go"), None, "not decided yet");
    let said = trial.run("go", false).await.unwrap();
    assert_eq!(said, "in the box: GOCACHE GOMODCACHE GOOS GOPROXY GOTOOLCHAIN HOME");
    assert_eq!(trial.run("git", false).await.unwrap(), "here");
    assert!(trial.run("sh", true).await.unwrap().starts_with("in the box"), "a hook goes with the toolchain");
    assert_eq!(trial.toolchain.image_of("go").as_deref(), Some("golang:1.25.3-bookworm@sha256:ab"));
    assert_eq!(trial.toolchain.find("go").as_deref(), Some("go".into()));
    assert_eq!(*trial.engine.asked.lock().unwrap(), ["golang:1.25.3-bookworm"]);
    let started = trial.engine.started.lock().unwrap();
    assert_eq!(started.len(), 1, "one container for all commands");
    assert_eq!(started[0].user, (1001, 121));
    let [Mount::Folder(folder), Mount::ToRead(git), Mount::Volume { name, .. }] = &started[0].mounts[..]
    else {
        panic!("{:?}", started[0].mounts);
    };
    assert_eq!(*git, folder.join(".git"));
    assert!(name.starts_with("release-action-go-"));
}

#[tokio::test]
async fn settings_choose_image_and_limits() {
    let docker = Docker {
        image: Some("golang:1.26@sha256:cd".into()),
        memory: Some("2g".parse().unwrap()),
        cpus: Some(1.5),
        network: Some("none".into()),
        cache: false,
    };
    let trial = trial(&["go"], false, Environment::Docker, docker);
    trial.run("go", false).await.unwrap();
    assert_eq!(trial.toolchain.image_of("go").as_deref(), Some("golang:1.26@sha256:cd"));
    let started = trial.engine.started.lock().unwrap();
    assert_eq!((started[0].limits.memory, started[0].limits.cpus), (Some(2 << 30), Some(1.5)));
    assert_eq!(started[0].network.as_deref(), Some("none"));
    assert_eq!(started[0].mounts.len(), 2, "no volume");
}

#[tokio::test]
async fn within_the_action_nothing_is_to_be_installed() {
    for environment in [Environment::Auto, Environment::Docker] {
        let wanted = Wanted { environment, docker: Docker::default() };
        let fix = trial_in(&[], true, wanted, true).run("go", false).await.unwrap_err().fix.unwrap();
        assert!(fix.contains("use a runner with Docker"), "{fix}");
        assert!(!fix.contains("apt-get") && !fix.contains("setup-go"), "{fix}");
    }
}

#[tokio::test]
async fn where_there_is_nothing_both_ways_are_named() {
    let problem = trial(&[], true, Environment::Auto, Docker::default()).run("go", false).await.unwrap_err();
    assert_eq!(problem.what, "`go` is not on the PATH, and there is no container for it");
    assert_eq!(problem.causes, ["no Docker engine answers at /s: no such socket"]);
    let fix = problem.fix.unwrap();
    assert!(fix.contains("install Go") && fix.contains("-v /var/run/docker.sock"), "{fix}");

    let problem =
        trial(&["go"], true, Environment::Docker, Docker::default()).run("go", false).await.unwrap_err();
    assert!(problem.what.starts_with("no Docker engine answers"), "{}", problem.what);
    assert!(problem.fix.unwrap().contains("build.environment: native"));

    let problem =
        trial(&[], false, Environment::Native, Docker::default()).run("go", false).await.unwrap_err();
    assert_eq!(problem.what, "`go` is not on the PATH");
}

#[tokio::test]
async fn a_module_without_a_version_wants_an_image() {
    let trial = trial(&[], false, Environment::Docker, Docker::default());
    let file = Utf8PathBuf::try_from(trial.dir.path().join("go.mod")).unwrap();
    RealFiles.write(&file, b"module m\n").unwrap();
    let problem = trial.run("go", false).await.unwrap_err();
    assert!(problem.fix.unwrap().contains("build.docker.image"));
}
