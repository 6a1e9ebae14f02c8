//! Runs children where they belong: the toolchain's where the toolchain is, all others on this machine.

use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};

use camino::{Utf8Path, Utf8PathBuf};
use tokio::sync::Mutex;
use tokio_util::sync::CancellationToken;

use super::env::{self, CACHE};
use super::settings::{Environment, Wanted};
use crate::ecosystem::go;
use crate::model::{Digest, Problem};
use crate::ports::container::{Containers, Image, Limits, Mount, Sibling, Spec};
use crate::ports::process::{Command, Ended, OnLine, Process, ProcessError, how_to_install};
use crate::ports::{Files, process};

/// The one toolchain that there is so far, by the program that stands for it.
const TOOL: &str = "go";

/// Its programs.
const PROGRAMS: [&str; 2] = [TOOL, "gofmt"];

/// The longest `go.mod` that is read, in bytes.
const LONGEST: u64 = 4 * 1024 * 1024;

/// What the container gets of the world around it.
#[derive(Debug, Clone)]
pub struct Around {
    /// Folders that it sees, under their own paths; one that is not there is made.
    pub folders: Vec<Utf8PathBuf>,
    /// Whose they are: its commands run as this user and group.
    pub user: (u32, u32),
    /// Our environment without secrets.
    pub env: BTreeMap<String, String>,
    /// What its caches are for: other words, other caches. Code of a pull request must not leave anything
    /// in the caches that a release is built from.
    pub caches_of: String,
    /// We are the Action's container: nothing can be installed beside us.
    pub contained: bool,
}

/// A [`Process`] that knows where the toolchain is.
pub struct Toolchain {
    native: Arc<dyn Process>,
    containers: Arc<dyn Containers>,
    files: Arc<dyn Files>,
    wanted: Wanted,
    around: Around,
    place: OnceLock<Place>,
    sibling: Mutex<Option<Arc<dyn Sibling>>>,
}

/// The way out of the Action's container, which sees no tool that other steps installed.
const CONTAINED: &str = "use a runner with Docker whose socket the Action's container gets, as GitHub's own are (on \
     your own: start Docker there, and share `/var/run/docker.sock` with the job's container); what other steps \
     install, this container does not see";

/// Where the toolchain is.
#[derive(Debug, Clone)]
enum Place {
    Here,
    In(Image),
}

impl Toolchain {
    /// Everything but the toolchain runs in `native`.
    #[must_use]
    pub fn new(
        native: Arc<dyn Process>,
        containers: Arc<dyn Containers>,
        files: Arc<dyn Files>,
        wanted: Wanted,
        around: Around,
    ) -> Self {
        let (place, sibling) = (OnceLock::new(), Mutex::default());
        Self { native, containers, files, wanted, around, place, sibling }
    }

    /// Decides where the toolchain is, by the project in this folder.
    async fn decide(&self, dir: &Utf8Path) -> Result<Place, Problem> {
        let here = self.native.find(TOOL).is_some();
        match self.wanted.environment {
            Environment::Native => return Ok(Place::Here),
            Environment::Auto if here => return Ok(Place::Here),
            Environment::Auto => self.containers.ready().await.map_err(|error| {
                let problem = Problem::from(error);
                let fix = match self.around.contained {
                    true => CONTAINED.to_owned(),
                    false => format!(
                        "{}; or let it run in a container: {}",
                        how_to_install(TOOL),
                        problem.fix.clone().unwrap_or_default()
                    ),
                };
                Problem::new(format!("`{TOOL}` is not on the PATH, and there is no container for it"))
                    .because(problem.what)
                    .fix(fix)
            })?,
            Environment::Docker => self.containers.ready().await.map_err(|error| {
                let problem = Problem::from(error);
                let fix = match self.around.contained {
                    true => CONTAINED.to_owned(),
                    false => format!(
                        "{}; or set `build.environment: native` and {}",
                        problem.fix.clone().unwrap_or_default(),
                        how_to_install(TOOL)
                    ),
                };
                Problem { fix: Some(fix), ..problem }
            })?,
        }
        let name = match &self.wanted.docker.image {
            Some(image) => image.clone(),
            None => self.official(dir)?,
        };
        Ok(Place::In(self.containers.image(&name).await.map_err(Problem::from)?))
    }

    /// The official image of the Go that the project asks for.
    fn official(&self, dir: &Utf8Path) -> Result<String, Problem> {
        let file = dir.join("go.mod");
        let text = self.files.read(&file, LONGEST)?;
        match go::wanted(&String::from_utf8_lossy(&text)) {
            Some(version) => Ok(format!("golang:{version}-bookworm")),
            None => Err(Problem::new("it is not known which Go the project wants")
                .because("go.mod has no `go` line")
                .at("go.mod", None, None)
                .fix("add one with `go mod edit -go=1.26`, or name an image in `build.docker.image`")),
        }
    }

    /// The container, started where none runs.
    async fn sibling(&self, image: &Image) -> Result<Arc<dyn Sibling>, Problem> {
        let mut held = self.sibling.lock().await;
        if let Some(sibling) = held.as_ref().filter(|sibling| sibling.is_up()) {
            return Ok(Arc::clone(sibling));
        }
        let docker = &self.wanted.docker;
        let mut mounts = Vec::new();
        for folder in &self.around.folders {
            self.files.make_dir(folder)?;
            let folder = self.files.real_path(folder)?;
            // What is built and tested may do anything but tell our own Git, which runs beside a token, what to run
            // (`filter.*.clean` of `.git/config`).
            let git = folder.join(".git");
            let sealed = self.files.meta(&git)?.is_some_and(|meta| !meta.is_link);
            mounts.push(Mount::Folder(folder));
            mounts.extend(sealed.then_some(Mount::ToRead(git)));
        }
        if docker.cache {
            mounts.push(Mount::Volume { name: self.volume(), at: CACHE.into() });
        }
        let spec = Spec {
            image: image.clone(),
            mounts,
            user: self.around.user,
            limits: Limits { cpus: docker.cpus, memory: docker.memory.map(super::Memory::bytes) },
            network: docker.network.clone(),
        };
        let sibling = self.containers.start(spec).await?;
        *held = Some(Arc::clone(&sibling));
        Ok(sibling)
    }

    /// One user's files are not another's, so each has a volume.
    fn volume(&self) -> String {
        let of = format!("{}\n{}", self.around.caches_of, self.around.user.0);
        format!("release-action-{TOOL}-{}", &Digest::of(of.as_bytes()).hex()[..16])
    }

    async fn place(&self, command: &Command) -> Result<Place, ProcessError> {
        // One at a time, so that an image is fetched once.
        let _one = self.sibling.lock().await;
        if let Some(place) = self.place.get() {
            return Ok(place.clone());
        }
        let unplaced =
            |problem| ProcessError::Unplaced { program: command.program.clone(), problem: Box::new(problem) };
        let place = self.decide(&command.dir).await.map_err(unplaced)?;
        Ok(self.place.get_or_init(|| place).clone())
    }
}

#[async_trait::async_trait]
impl process::Process for Toolchain {
    async fn run(
        &self,
        mut command: Command,
        stop: &CancellationToken,
        line: OnLine<'_>,
    ) -> Result<Ended, ProcessError> {
        if !command.with_toolchain && !PROGRAMS.contains(&command.program.as_str()) {
            return self.native.run(command, stop, line).await;
        }
        let program = command.program.clone();
        let place = tokio::select! {
            place = self.place(&command) => place?,
            () = stop.cancelled() => return Err(ProcessError::Stopped { program }),
        };
        let Place::In(image) = place else { return self.native.run(command, stop, line).await };
        let mut env = env::given(&self.around.env, self.wanted.docker.cache);
        env.append(&mut command.env);
        command.env = env;
        let sibling = self.sibling(&image).await;
        let sibling =
            sibling.map_err(|problem| ProcessError::Unplaced { program, problem: Box::new(problem) })?;
        sibling.run(command, stop, line).await
    }

    fn find(&self, program: &str) -> Option<Utf8PathBuf> {
        let in_image = || (self.image_of(program).is_some()).then(|| Utf8PathBuf::from(program));
        in_image().or_else(|| self.native.find(program))
    }

    fn image_of(&self, program: &str) -> Option<String> {
        match self.place.get() {
            Some(Place::In(image)) if PROGRAMS.contains(&program) => Some(image.identity()),
            _ => None,
        }
    }

    async fn rest(&self) {
        if let Some(sibling) = self.sibling.lock().await.take() {
            sibling.end().await;
        }
    }
}
