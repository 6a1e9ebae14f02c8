//! The release for real, against the embedded forge and registries.

use camino::Utf8PathBuf;
use clap::Args;
use release_rehearsal::{Fault, Forge, Options};

use crate::model::facts::Slug;
use crate::model::{ExitCode, Problem, Step};
use crate::pipeline::select::Wish;

use super::project::{self, Project};
use super::run::Scope;
use super::wire::World;
use super::{Failure, dist, effects};

/// Rehearse the whole release against an embedded forge and registries; the effects are listed
#[derive(Debug, Args)]
pub struct Rehearse {
    /// Which release, and how.
    #[command(flatten)]
    pub scope: Scope,
    /// Not these steps
    #[arg(long, value_name = "STEP", value_delimiter = ',')]
    pub skip: Vec<Step>,
    /// Inject a fault: `[METHOD ]PATH-PATTERN[#N[-M]]=KIND[:ARG]`, as in `POST */assets#2=status:502`
    #[arg(long, value_name = "SPEC")]
    pub fault: Vec<String>,
    /// Decides everything random in the faults
    #[arg(long, value_name = "N", default_value_t = 1)]
    pub seed: u64,
    /// Keep what the forge holds in the dist folder, to look into
    #[arg(long, conflicts_with = "serve")]
    pub keep: bool,
    /// Only serve the embedded forge and registries, until SIGINT or SIGTERM
    #[arg(long)]
    pub serve: bool,
    /// Where the served forge keeps everything; it goes on from what lies there
    #[arg(long, value_name = "DIR", requires = "serve")]
    pub state: Option<Utf8PathBuf>,
    /// The port to serve on [default: a free one]
    #[arg(long, value_name = "N", requires = "serve")]
    pub port: Option<u16>,
}

/// The variable for the token of an administrator of the served forge.
const ADMIN_TOKEN: &str = "REHEARSAL_ADMIN_TOKEN";

/// The owner of a rehearsed repository that has no remote.
const NOBODY: &str = "rehearsal";

impl Rehearse {
    /// Every step but these, without faults.
    #[must_use]
    pub fn all_but(skip: Vec<Step>, scope: Scope) -> Self {
        Self { scope, skip, fault: Vec::new(), seed: 1, keep: false, serve: false, state: None, port: None }
    }

    pub(super) async fn call(self, world: World) -> Result<ExitCode, Failure> {
        world.listen()?;
        if self.serve { self.serve_only(&world).await } else { self.rehearse(&world).await }
    }

    fn faults(&self) -> Result<Vec<Fault>, Failure> {
        let read = |text: &String| {
            text.parse::<Fault>()
                .map_err(|error| Failure::usage(Problem::new(format!("--fault {text}")).caused_by(&error)))
        };
        self.fault.iter().map(read).collect()
    }

    async fn serve_only(self, world: &World) -> Result<ExitCode, Failure> {
        let state = self.state.as_ref().map(|dir| world.dir.join(dir));
        let options = Options {
            state,
            port: self.port.unwrap_or(0),
            faults: self.faults()?,
            seed: self.seed,
            ..Options::default()
        };
        let forge = start(options).await?;
        let mut env = forge.env();
        // Inside a repository, `run` is pointed at that repository on the forge.
        if let Ok(root) = project::root(world).await {
            let slug = slug(world, &root).await?;
            forge.seed(&slug.owner, &slug.name, &root).await.map_err(|error| unseeded(&error))?;
            env.push(("GITHUB_REPOSITORY".into(), slug.to_string()));
        }
        // Who sets up a branch needs the right to administer, which the token of a job never has.
        env.push((ADMIN_TOKEN.into(), forge.admin_token().to_owned()));
        // Not through the redactor: these tokens are the served forge's own, and meant to be used.
        let lines: String =
            env.iter().map(|(name, value)| format!("export {name}={}\n", quoted(value))).collect();
        effects::print_raw(&format!("{lines}\n"))?;
        world.signals.stop().cancelled().await;
        forge.stop().await.map_err(|error| broken(&error))?;
        Ok(ExitCode::Done)
    }

    async fn rehearse(self, world: &World) -> Result<ExitCode, Failure> {
        let root = project::root(world).await?;
        let ports = world.ports(&root, std::time::Duration::ZERO)?;
        let dist = dist::place(world, &root, &ports).await?;
        let state = self.keep.then(|| dist.join("forge"));
        if let Some(state) = &state {
            dist::mark(ports.files.as_ref(), &dist)?;
            // What an earlier rehearsal left there has another history, and perhaps this very release.
            ports.files.remove(state)?;
        }
        let options =
            Options { state: state.clone(), faults: self.faults()?, seed: self.seed, ..Options::default() };
        let forge = start(options).await?;
        let slug = slug(world, &root).await?;
        forge.seed(&slug.owner, &slug.name, &root).await.map_err(|error| unseeded(&error))?;
        let mut env = forge.env();
        env.push(("GITHUB_REPOSITORY".into(), slug.to_string()));
        // The Action's token is of the real forge: it stands above others and must not go to this one.
        env.push(("INPUT_TOKEN".into(), String::new()));
        let staged = world.with_env(&env);

        let mut which = self.scope.which();
        which.guess_version = true;
        which.rehearsal = true;
        // Whatever the project names, a rehearsal speaks to nobody outside.
        which.sets = vec![
            "notify.webhook.url_env=RELEASE_ACTION_WEBHOOK_URL".into(),
            "notify.webhook.secret_env=RELEASE_ACTION_WEBHOOK_SECRET".into(),
            format!("publish.daggerverse.url={}/daggerverse", forge.url()),
        ];
        let project = Project::open(&staged, &which).await?;
        let wish = Wish { skip: self.skip.iter().copied().collect(), ..Wish::default() };
        let outcome = super::run::release(&staged, project, wish, self.scope.jobs()).await;
        let made = forge.effects();
        let (code, _) = outcome?;
        let lines: Vec<String> = made.iter().map(|effect| effect.words.clone()).collect();
        let mut told = effects::list(world, &lines);
        if let Some(state) = state {
            told = told.and(world.print(&format!("The forge is kept in {state}: `release-action rehearse --serve --state {state}` serves it again\n")));
        }
        forge.stop().await.map_err(|error| broken(&error))?;
        world.hand_over(&root, &dist)?;
        Failure::after_words(code, told)
    }
}

async fn start(options: Options) -> Result<Forge, Failure> {
    Forge::start(options).await.map_err(|error| broken(&error))
}

/// The repository that is rehearsed: that of the environment or the remote, or one made up.
async fn slug(world: &World, root: &camino::Utf8Path) -> Result<Slug, Failure> {
    let ports = world.ports(root, std::time::Duration::ZERO)?;
    let made_up = || {
        let name = root.file_name().unwrap_or("project");
        let plain: String = name
            .chars()
            .map(|c| if c.is_ascii_alphanumeric() || "-_.".contains(c) { c } else { '-' })
            .collect();
        Slug { owner: NOBODY.into(), name: plain.trim_start_matches('.').to_owned() }
    };
    Ok(project::slug(world, &ports).await.unwrap_or_else(|_| made_up()))
}

fn broken(error: &(dyn std::error::Error + 'static)) -> Failure {
    Failure::usage(Problem::new("the embedded forge does not work").caused_by(error))
}

fn unseeded(error: &(dyn std::error::Error + 'static)) -> Failure {
    Failure::usage(Problem::new("the repository could not be brought to the embedded forge").caused_by(error))
}

/// A value as a POSIX shell reads it back.
fn quoted(value: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./:=@%+,".contains(c);
    if !value.is_empty() && value.chars().all(plain) {
        return value.to_owned();
    }
    format!("'{}'", value.replace('\'', "'\\''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotes_for_a_shell() {
        assert_eq!(quoted("http://127.0.0.1:1/x"), "http://127.0.0.1:1/x");
        assert_eq!(quoted("a'b c"), "'a'\\''b c'");
        assert_eq!(quoted(""), "''");
    }
}
