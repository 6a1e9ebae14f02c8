//! The one place that builds the real world.

use std::sync::Arc;
use std::time::Duration;

use camino::{Utf8Path, Utf8PathBuf};

use crate::action::outcome::Outcome;
use crate::ecosystem::toolchain::{Around, Toolchain, Wanted};
use crate::kit::secret::{Redactor, Secret};
use crate::model::Problem;
use crate::pipeline::part::Origin;
use crate::ports::files::FileError;
use crate::ports::real::{
    Env, FORGE_PATIENCE, Fence, FencedFiles, ForgeOptions, RealClock, RealContainers, RealFiles, RealForge,
    RealGit, RealHttp, RealProcess, RealRunArtifacts, RealSecrets, env, hide, owner, runner_file,
};
use crate::ports::{Files, Git, Ports, Process, RunArtifacts};
use crate::report::github_command::harmless;

pub use crate::ports::real::{env::heeds_hangup, reaper};

use super::args::{Color, Globals};
use super::{Failure, signals};

/// GitHub's own addresses, where the environment names no other.
const GITHUB_API: &str = "https://api.github.com";
const GITHUB_WEB: &str = "https://github.com";

/// Where a token may stand, the first that is set.
const TOKENS: [&str; 3] = ["INPUT_TOKEN", "GITHUB_TOKEN", "GH_TOKEN"];

/// What the program was started with.
#[derive(Clone)]
pub struct World {
    /// Arguments of every subcommand.
    pub globals: Globals,
    /// The environment.
    pub env: Env,
    /// Cuts secrets out of everything that is told.
    pub redactor: Redactor,
    /// The folder to work in.
    pub dir: Utf8PathBuf,
    /// Tells when to stop.
    pub signals: signals::Signals,
    /// The Action's inputs that are settings: path, the input's name, value.
    pub inputs: Vec<(String, String, String)>,
    /// The caller is the Action's container: there are inputs, and no options.
    pub by_inputs: bool,
    /// What becomes known, for the Action's outputs.
    pub outcome: Outcome,
    /// Where nothing is written through a link.
    pub fence: Fence,
}

/// What may be told before there is a world: the text without the environment's secrets and, in a workflow, without
/// commands.
#[must_use]
pub fn guarded(text: &str) -> String {
    let env = Env::capture();
    let redactor = Redactor::default();
    env.secrets().for_each(|(_, secret)| redactor.learn(&secret));
    let clean = redactor.clean(text);
    if in_workflow(&env) { harmless(&clean) } else { clean }
}

fn in_workflow(env: &Env) -> bool {
    env.get("GITHUB_ACTIONS") == Some("true")
}

impl World {
    /// Reads the environment, once.
    ///
    /// # Errors
    ///
    /// If the folder to work in is not there.
    pub fn new(globals: Globals) -> Result<Self, Failure> {
        hide();
        let env = Env::capture();
        let redactor = Redactor::default();
        for (_, secret) in env.secrets() {
            redactor.learn(&secret);
        }
        let here = env::current_dir().map_err(|error| {
            Failure::usage(Problem::new("the current folder cannot be used").caused_by(&error))
        })?;
        let dir = globals.directory.as_ref().map_or_else(|| here.clone(), |dir| here.join(dir));
        let meta = RealFiles.meta(&dir)?;
        if !meta.is_some_and(|meta| meta.is_dir || meta.is_link) {
            return Err(Failure::usage(
                Problem::new(format!("{dir} is no folder")).fix("give -C a folder that is there"),
            ));
        }
        let dir = RealFiles.real_path(&dir)?;
        Ok(Self {
            globals,
            env,
            redactor,
            dir,
            signals: signals::Signals::default(),
            inputs: Vec::new(),
            by_inputs: false,
            outcome: Outcome::default(),
            fence: Fence::default(),
        })
    }

    /// The same world with other variables.
    #[must_use]
    pub fn with_env(&self, more: &[(String, String)]) -> Self {
        let own = self.env.iter().map(|(name, value)| (name.to_owned(), value.to_owned()));
        let mut all: std::collections::BTreeMap<String, String> = own.collect();
        all.extend(more.iter().cloned());
        self.guarding(Env::of(all))
    }

    /// The same world, in which variables of these names hold secrets: they reach no child and no template,
    /// and are cut out of whatever is told.
    #[must_use]
    pub fn withholding(&self, names: impl IntoIterator<Item = String>) -> Self {
        self.guarding(self.env.withholding(names))
    }

    fn guarding(&self, env: Env) -> Self {
        env.secrets().for_each(|(_, secret)| self.redactor.learn(&secret));
        Self { env, ..self.clone() }
    }

    /// Where this program lies.
    ///
    /// # Errors
    ///
    /// If the system does not say.
    pub fn program(&self) -> Result<Utf8PathBuf, Failure> {
        let path = std::env::current_exe().map_err(|error| {
            Failure::usage(Problem::new("it is not known where release-action lies").caused_by(&error))
        })?;
        Utf8PathBuf::try_from(path).map_err(|error| {
            Failure::usage(Problem::new("release-action lies at a path that is not UTF-8").caused_by(&error))
        })
    }

    /// Files.
    #[must_use]
    pub fn files(&self) -> Arc<dyn Files> {
        Arc::new(FencedFiles::new(self.fence.clone()))
    }

    /// From now on nothing is written in this folder through a link: `folder` is a real path.
    pub fn fence(&self, folder: &Utf8Path) {
        self.fence.add(folder);
    }

    /// The token, if there is one.
    #[must_use]
    pub fn token(&self) -> Option<Secret> {
        let value =
            TOKENS.iter().find_map(|name| self.env.get(name).filter(|value| !value.trim().is_empty()))?;
        Some(Secret::new(value.trim()))
    }

    /// The forge's web address.
    #[must_use]
    pub fn forge_url(&self) -> String {
        self.env
            .get("GITHUB_SERVER_URL")
            .filter(|url| !url.is_empty())
            .unwrap_or(GITHUB_WEB)
            .trim_end_matches('/')
            .to_owned()
    }

    /// The world's ports, for a repository.
    ///
    /// # Errors
    ///
    /// If the forge's address is none.
    pub fn ports(&self, root: &Utf8Path, pace: Duration) -> Result<Ports, Failure> {
        self.fence(root);
        let files = self.files();
        let clock = Arc::new(RealClock);
        let process: Arc<dyn Process> = Arc::new(RealProcess::new(self.env.clone(), self.redactor.clone()));
        let git = Arc::new(RealGit::new(Arc::clone(&process), root, &self.env));
        let http =
            Arc::new(RealHttp::new(self.redactor.clone(), Arc::clone(&files), Arc::clone(&clock) as _));
        let api = self.env.get("GITHUB_API_URL").filter(|url| !url.is_empty()).unwrap_or(GITHUB_API);
        let api_url = url::Url::parse(api).map_err(|error| {
            let problem = Problem::new(format!("GITHUB_API_URL is `{api}`")).caused_by(&error);
            Failure::usage(problem.fix("give the address of the forge's API, as in https://api.github.com"))
        })?;
        let token = super::token::usable(self.token())?;
        let options = ForgeOptions { api_url, token, pace, patience: FORGE_PATIENCE };
        let forge =
            RealForge::new(options, Arc::clone(&files), Arc::clone(&clock) as _, self.redactor.clone())
                .map_err(|error| Failure::usage(Problem::from(error).fix("mend GITHUB_API_URL")))?;
        let secrets = Arc::new(RealSecrets::new(self.env.clone(), self.redactor.clone()));
        Ok(Ports { files, process, git, forge: Arc::new(forge), http, clock, secrets })
    }

    /// Git in a repository, with another index than its own.
    #[must_use]
    pub fn git_at(&self, root: &Utf8Path, index: &Utf8Path) -> Arc<dyn Git> {
        let process: Arc<dyn Process> = Arc::new(RealProcess::new(self.env.clone(), self.redactor.clone()));
        Arc::new(RealGit::new(process, root, &self.env).with_index(index))
    }

    /// The artifact service of this workflow run, if the runner offers it.
    ///
    /// # Errors
    ///
    /// If what the runner offers cannot be used.
    pub fn run_artifacts(&self) -> Result<Option<Arc<dyn RunArtifacts>>, Problem> {
        let given = |name: &str| self.env.get(name).map(str::trim).filter(|value| !value.is_empty());
        let (Some(url), Some(token)) = (given("ACTIONS_RESULTS_URL"), given("ACTIONS_RUNTIME_TOKEN")) else {
            return Ok(None);
        };
        let files = self.files();
        let http = RealHttp::new(self.redactor.clone(), Arc::clone(&files), Arc::new(RealClock));
        let service =
            RealRunArtifacts::new(url, Secret::new(token), Arc::new(http), files, self.redactor.clone())?;
        Ok(Some(Arc::new(service)))
    }

    /// The workflow run and the attempt that this is; the service's name for the run where the
    /// environment has none.
    #[must_use]
    pub fn origin(&self, service: Option<&dyn RunArtifacts>) -> Origin {
        let given = |name: &str| self.env.get(name).map(str::trim).filter(|value| !value.is_empty());
        let run = given("GITHUB_RUN_ID").map(str::to_owned).or_else(|| Some(service?.run().to_owned()));
        let attempt = given("GITHUB_RUN_ATTEMPT").and_then(|text| text.parse().ok()).unwrap_or(1);
        Origin { run, attempt }
    }

    /// The ports of a project whose toolchain runs where its settings say.
    ///
    /// # Errors
    ///
    /// If it cannot be told whose the repository's folder is.
    pub fn with_toolchain(
        &self,
        ports: Ports,
        root: &Utf8Path,
        dist: &Utf8Path,
        wanted: Wanted,
    ) -> Result<Ports, Failure> {
        let owner = match owner::ours() {
            us if us.uid == 0 => {
                owner::of(root).map_err(|source| FileError { path: root.to_owned(), source })?
            }
            us => us,
        };
        let mut folders = vec![root.to_owned()];
        if !dist.starts_with(root) {
            folders.push(dist.to_owned());
        }
        // A secret is no better for standing in a variable with a harmless name.
        let clean =
            |(name, value): &(&str, &str)| !self.is_withheld(name) && self.redactor.clean(value) == *value;
        let env = self.env.iter().filter(clean);
        let event = self.env.get("GITHUB_EVENT_NAME").unwrap_or_default();
        let repository = self.env.get("GITHUB_REPOSITORY").unwrap_or(root.as_str());
        // What is not known to be the repository's own may be anybody's: `workflow_run` begun by a fork, say.
        let own = ["", "push", "workflow_dispatch", "schedule", "release", "create", "repository_dispatch"];
        let trust = if own.contains(&event) { "own" } else { "proposed" };
        let around = Around {
            folders,
            user: (owner.uid, owner.gid),
            env: env.map(|(name, value)| (name.to_owned(), value.to_owned())).collect(),
            caches_of: format!("{repository}\n{trust}"),
            contained: self.by_inputs,
        };
        let containers = Arc::new(RealContainers::new(&self.env, self.redactor.clone()));
        let Ports { process, files, .. } = &ports;
        let toolchain = Toolchain::new(Arc::clone(process), containers, Arc::clone(files), wanted, around);
        Ok(Ports { process: Arc::new(toolchain), ..ports })
    }

    /// Gives what children left in a folder as root to the owner of the repository.
    ///
    /// # Errors
    ///
    /// If that is not allowed.
    pub fn hand_over(&self, root: &Utf8Path, folder: &Utf8Path) -> Result<(), Failure> {
        let handed = owner::of(root).and_then(|owner| owner::hand_over(root, folder, owner));
        handed.map_err(|source| FileError { path: folder.to_owned(), source }.into())
    }

    /// Whether standard output is told in colours.
    #[must_use]
    pub fn color_on_stdout(&self) -> bool {
        self.color(env::stdout_is_terminal())
    }

    /// Whether standard error is told in colours.
    #[must_use]
    pub fn color_on_stderr(&self) -> bool {
        self.color(env::stderr_is_terminal())
    }

    fn color(&self, terminal: bool) -> bool {
        match self.globals.color {
            Color::Always => true,
            Color::Never => false,
            Color::Auto => terminal && self.env.get("NO_COLOR").is_none_or(str::is_empty),
        }
    }

    /// Whether bars can be drawn.
    #[must_use]
    pub fn draws_progress(&self) -> bool {
        env::stdout_is_terminal() && self.env.get("TERM").is_none_or(|term| term != "dumb")
    }

    /// Whether a variable of this name holds a secret.
    #[must_use]
    pub fn is_secret(&self, name: &str) -> bool {
        self.env.is_secret(name)
    }

    /// Whether a variable of this name is kept from children and templates.
    #[must_use]
    pub fn is_withheld(&self, name: &str) -> bool {
        self.env.is_withheld(name)
    }

    /// Names this run: the forge's, or the time and our process.
    #[must_use]
    pub fn run_name(&self, now: chrono::DateTime<chrono::Utc>) -> String {
        match (self.env.get("GITHUB_RUN_ID"), self.env.get("GITHUB_RUN_ATTEMPT")) {
            (Some(id), Some(attempt)) => format!("github-{id}-{attempt}"),
            _ => format!("local-{}-{}", now.format("%Y%m%dT%H%M%SZ"), std::process::id()),
        }
    }

    /// Whether a workflow's runner reads what is told, and takes some of it for commands.
    #[must_use]
    pub fn in_workflow(&self) -> bool {
        in_workflow(&self.env)
    }

    /// Whether standard output ends in a file.
    #[must_use]
    pub fn stdout_is_file(&self) -> bool {
        env::stdout_is_file()
    }

    /// Adds lines to a file that the runner reads.
    ///
    /// # Errors
    ///
    /// If it cannot be written.
    pub fn append_for_runner(path: &Utf8Path, lines: &str) -> Result<(), FileError> {
        runner_file::append(path, lines)
    }

    /// Tells something on standard error, without secrets and without commands.
    pub fn tell(&self, text: &str) {
        use std::io::Write as _;
        let clean = self.guarded(text);
        if let Err(error) = std::io::stderr().lock().write_all(clean.as_bytes()) {
            tracing::debug!(%error, "nobody reads standard error");
        }
    }

    /// The text without secrets and, in a workflow, without commands.
    #[must_use]
    pub fn guarded(&self, text: &str) -> String {
        let clean = self.redactor.clean(text);
        if self.in_workflow() { harmless(&clean) } else { clean }
    }

    /// Writes a command of our own for the runner to standard output. Foreign text in it must be escaped already.
    ///
    /// # Errors
    ///
    /// If it cannot be written. That nobody reads it any more is none.
    pub fn command(&self, line: &str) -> Result<(), Failure> {
        use std::io::Write as _;
        let line = format!("{}\n", self.redactor.clean(line));
        Failure::of_output(std::io::stdout().lock().write_all(line.as_bytes()))
    }

    /// Writes a result to standard output.
    ///
    /// # Errors
    ///
    /// If it cannot be written. That nobody reads it any more is none.
    pub fn print(&self, text: &str) -> Result<(), Failure> {
        use std::io::Write as _;
        let clean = self.guarded(text);
        Failure::of_output(std::io::stdout().lock().write_all(clean.as_bytes()))
    }
}
