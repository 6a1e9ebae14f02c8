//! A project as a command finds it: configuration, facts, plan.

use std::collections::BTreeSet;
use std::time::Duration;

use camino::{Utf8Path, Utf8PathBuf};
use semver::Version;
use serde_json::{Value, json};

use crate::action::outcome::is_prerelease;
use crate::config::load::{self, Config, Sources};
use crate::ecosystem::toolchain::Wanted;
use crate::kit::span::Span;
use crate::kit::{ref_name, slug, version};
use crate::model::facts::Slug;
use crate::model::{ExitCode, Facts, Problem, Step};
use crate::pipeline::observe::{self, Given, Observed};
use crate::pipeline::plan::{self, Drawn, Unplannable, Views};
use crate::pipeline::{members, source};
use crate::ports::Ports;
use crate::steps;

use super::wire::World;
use super::{Failure, dist};

/// The largest configuration that is read, in bytes; the loader says what is wrong with larger ones.
const LARGEST_CONFIG: u64 = 16 * 1024 * 1024;

/// Which release is meant.
#[derive(Debug, Clone, Default)]
pub struct Which {
    /// The tag.
    pub tag: Option<String>,
    /// The version.
    pub version: Option<String>,
    /// Nothing leaves this machine.
    pub snapshot: bool,
    /// Take the next version where there is no tag.
    pub guess_version: bool,
    /// The folder of the project that is meant, whatever folder the command was called in and whatever the event
    /// is of.
    pub member: Option<Utf8PathBuf>,
    /// The world is the embedded one.
    pub rehearsal: bool,
    /// Settings of the command itself, `path=value`.
    pub sets: Vec<String>,
    /// The configuration file is left out.
    pub without_file: bool,
}

/// The project.
pub struct Project {
    /// The configuration.
    pub config: Config,
    /// The world.
    pub ports: Ports,
    /// The dist folder.
    pub dist: Utf8PathBuf,
    /// Facts and guesses.
    pub observed: Observed,
    /// What the rooms saw.
    pub views: Views,
}

/// The root of the repository around a folder.
///
/// # Errors
///
/// If there is none.
pub async fn root(world: &World) -> Result<Utf8PathBuf, Failure> {
    let ports = world.ports(&world.dir, Duration::ZERO)?;
    let top = ports.git.text(&["rev-parse", "--show-toplevel"]).await.map_err(|error| {
        let problem = Problem::new(format!("{} is in no Git repository", world.dir)).caused_by(&error);
        Failure::usage(problem.fix("run this inside a clone, or name one with -C DIR"))
    })?;
    Ok(top.into())
}

/// The repository on the forge: that of the environment or of the remote.
///
/// # Errors
///
/// If neither tells it.
pub async fn slug(world: &World, ports: &Ports) -> Result<Slug, Failure> {
    if let Some(named) = world.env.get("GITHUB_REPOSITORY").and_then(slug::parse) {
        return Ok(named);
    }
    let remote = source::remote(ports).await.map_err(Failure::usage)?;
    remote.as_deref().and_then(slug::of_remote).ok_or_else(|| {
        let problem = Problem::new("it is not known which repository is meant");
        Failure::usage(problem.fix("set GITHUB_REPOSITORY=OWNER/NAME, or add a remote `origin`"))
    })
}

/// Reads the configuration: file, environment, flags.
///
/// # Errors
///
/// Everything that is wrong with it.
pub fn configuration(world: &World, root: &Utf8Path) -> Result<Config, Failure> {
    settled(world, file(world, root)?, &[])
}

/// The configuration file, with its path for messages; none if there is none.
fn file(world: &World, root: &Utf8Path) -> Result<Option<(Utf8PathBuf, Vec<u8>)>, Failure> {
    let files = world.files();
    let path = match &world.globals.config {
        Some(path) => Some(world.dir.join(path)),
        None => {
            let mut present = Vec::new();
            for name in load::FILES {
                if files.meta(&root.join(name))?.is_some() {
                    present.push(Utf8PathBuf::from(name));
                }
            }
            let found = load::choose(&present)?.map(|name| root.join(name));
            if found.is_none() {
                none_below(world, root)?;
            }
            found
        }
    };
    match path {
        Some(path) => {
            let bytes = files.read(&path, LARGEST_CONFIG).map_err(|error| {
                let how = if world.by_inputs { "the input `config`" } else { "--config FILE" };
                Failure::usage(Problem::from(error).fix(format!("name a readable file with {how}")))
            })?;
            let shown = path.strip_prefix(root).map_or_else(|_| path.clone(), Utf8Path::to_owned);
            Ok(Some((shown, bytes)))
        }
        None => Ok(None),
    }
}

/// Looks whether a configuration lies beside the way from the root to the folder to work in, where none is at the
/// root: nobody who wrote one there wants the defaults.
fn none_below(world: &World, root: &Utf8Path) -> Result<(), Failure> {
    let files = world.files();
    let below = world.dir.ancestors().take_while(|dir| *dir != root && dir.starts_with(root));
    for dir in below {
        for name in load::FILES {
            let path = dir.join(name);
            if files.meta(&path)?.is_none() {
                continue;
            }
            let shown = path.strip_prefix(root).unwrap_or(&path);
            let folder = dir.strip_prefix(root).unwrap_or(dir);
            let named = match world.by_inputs {
                true => "the input `config` (relative to `working-directory`)".to_owned(),
                false => "`--config`".to_owned(),
            };
            return Err(Failure::usage(
                Problem::new(format!("{shown} is no configuration of this repository: it is not at the root"))
                    .because("a configuration is of the whole repository, and there is none at its root")
                    .fix(format!(
                        "move it there (`git mv {shown} {name}`) and name the project's folder in it, as in \
                         `project: {{ dir: \"{folder}\" }}` or, of several, in `projects`; or name it as it lies \
                         with {named}"
                    )),
            ));
        }
    }
    Ok(())
}

/// The configuration of a file and everything beside it.
fn settled(world: &World, file: Option<(Utf8PathBuf, Vec<u8>)>, more: &[String]) -> Result<Config, Failure> {
    if let Some(name) = world.env.unreadable("RELEASE_ACTION_").next() {
        let problem = Problem::new(format!("the variable {name} is not UTF-8"));
        return Err(Failure::usage(problem.fix("set it again, as plain text")));
    }
    let env = world.env.iter().filter(|(name, _)| !world.is_secret(name));
    let sources = Sources {
        file,
        env: env.map(|(name, value)| (name.to_owned(), value.to_owned())).collect(),
        inputs: world.inputs.clone(),
        sets: world.globals.set.iter().chain(more).cloned().collect(),
    };
    Ok(Config::load(sources, &steps::shapes())?)
}

impl Project {
    /// Reads and observes everything that planning needs.
    ///
    /// # Errors
    ///
    /// If the configuration is wrong, or the facts cannot be had.
    pub async fn open(world: &World, which: &Which) -> Result<Self, Failure> {
        let root = root(world).await?;
        let file = if which.without_file { None } else { file(world, &root)? };
        let mut config = settled(world, file.clone(), &which.sets)?;
        let mut named = config.names_of_secrets();
        if !which.sets.is_empty() {
            // What the user named is a secret too where the command speaks to somebody else.
            named.extend(settled(world, file, &[])?.names_of_secrets());
        }
        let world = &world.withholding(named);
        let ports = world.ports(&root, pace(&config)?)?;
        let dist = dist::place(world, &root, &ports).await?;
        let ports = world.with_toolchain(ports, &root, &dist, wanted(&config)?)?;
        let given = given(world, which, &root, &dist)?;
        members::agree(&given, &config).map_err(Failure::usage)?;
        let observed = observe::observe(&given, &config, &ports)
            .await
            .map_err(|problem| Failure::new(ExitCode::Step(Step::Preflight), problem))?;
        show_detected(&mut config, &observed.facts)?;
        let (_, release) = config.room(Step::Release, "github");
        let choice = release.get("prerelease").and_then(serde_json::Value::as_str);
        let prerelease = is_prerelease(choice, &observed.facts);
        world.outcome.note(|seen| {
            seen.dist.clone_from(&dist);
            seen.facts = Some(observed.facts.clone());
            seen.prerelease = prerelease;
        });
        let views = plan::look(steps::STREET, &observed.facts, &config, &ports, &dist).await;
        Ok(Self { config, ports, dist, observed, views })
    }

    /// Draws the plan.
    ///
    /// # Errors
    ///
    /// All that cannot be planned; exit code 2, since it is the settings that ask for it.
    pub fn draw(&self) -> Result<Drawn, Failure> {
        plan::draw(steps::STREET, &self.observed.facts, &self.config, &self.views).map_err(|wrong| Failure {
            code: ExitCode::Usage,
            problems: told(wrong, &self.config),
            config: None,
        })
    }
}

/// What is wrong, each once: where several rooms of a step say the same, it is their step's.
fn told(wrong: Vec<Unplannable>, config: &Config) -> Vec<Problem> {
    let mut sections: Vec<(Step, BTreeSet<String>, Problem)> = Vec::new();
    for Unplannable { step, room, problem } in wrong {
        match sections.iter_mut().find(|(own, _, same)| *own == step && *same == problem) {
            Some((_, rooms, _)) => drop(rooms.insert(room)),
            None => sections.push((step, [room].into(), problem)),
        }
    }
    let placed = |(step, rooms, problem): (Step, BTreeSet<String>, Problem)| {
        let one = rooms.first().filter(|_| rooms.len() == 1);
        let section = one.map_or_else(|| step.to_string(), |room| format!("{step}.{room}"));
        let problem = config.placed(problem, &section);
        Problem { what: format!("{section}: {}", problem.what), ..problem }
    };
    sections.into_iter().map(placed).collect()
}

/// Lets the configuration show what was seen in the project; whatever anybody wrote wins over it.
fn show_detected(config: &mut Config, facts: &Facts) -> Result<(), Failure> {
    if config.projects().is_empty() {
        let from = match (&facts.ecosystems.go, &facts.slug) {
            (Some(go), _) => format!("the Go module {}", go.path),
            (None, Some(slug)) => format!("the repository {slug}"),
            (None, None) => "the folder".to_owned(),
        };
        config.detected("project.name", &json!(facts.project), &from)?;
    }
    if let Some(go) = facts.ecosystems.go.as_ref().filter(|go| !go.commands.is_empty()) {
        let commands: Vec<_> = go
            .commands
            .iter()
            .map(|command| json!({ "binary": command.binary, "package": command.package }))
            .collect();
        let from = format!("the `main` packages of {}", go.path);
        config.detected("build.go.commands", &Value::Array(commands), &from)?;
    }
    Ok(())
}

fn given(world: &World, which: &Which, root: &Utf8Path, dist: &Utf8Path) -> Result<Given, Failure> {
    let version = match &which.version {
        Some(text) => Some(strict(text)?),
        None => None,
    };
    let event_tag = (which.member.is_none() && world.env.get("GITHUB_REF_TYPE") == Some("tag"))
        .then(|| world.env.get("GITHUB_REF_NAME").map(str::to_owned))
        .flatten();
    let named = world.env.get("GITHUB_REPOSITORY").filter(|text| !text.is_empty());
    let slug = match named {
        Some(text) => Some(slug::parse(text).ok_or_else(|| {
            Failure::usage(
                Problem::new(format!("GITHUB_REPOSITORY is `{text}`")).fix("it has the form OWNER/NAME"),
            )
        })?),
        None => None,
    };
    let secret = |(name, _): &(&str, &str)| world.is_secret(name);
    let secrets = world.env.iter().filter(secret).map(|(name, _)| name.to_owned()).collect();
    let all = world.env.iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
    Ok(Given {
        root: root.to_owned(),
        dist: dist.to_owned(),
        dir: world.dir.clone(),
        member: which.member.clone(),
        by_inputs: world.by_inputs,
        tag: which.tag.clone().or(event_tag),
        version,
        snapshot: which.snapshot,
        guess_version: which.guess_version,
        rehearsal: which.rehearsal,
        slug,
        forge_url: world.forge_url(),
        secrets,
        env: observe::public_env(&all, |name| world.is_withheld(name)),
    })
}

fn strict(text: &str) -> Result<Version, Failure> {
    let version = version::strict(text).ok_or_else(|| {
        Failure::usage(
            Problem::new(format!("`{text}` is no version"))
                .fix("give strict SemVer 2.0.0, as in 1.2.3 or 1.2.3-rc.1"),
        )
    })?;
    // `1.0.0-rc.lock` is a version, and no name for a tag.
    match ref_name::refused(&format!("v{version}")) {
        Some(why) => Err(Failure::usage(
            Problem::new(format!("no tag can be called v{version}"))
                .because(format!("Git takes no such name: {why}"))
                .fix("give another version, as in 1.2.3-rc.1"),
        )),
        None => Ok(version),
    }
}

/// Where the toolchain is to come from.
fn wanted(config: &Config) -> Result<Wanted, Failure> {
    serde_json::from_value(config.step(Step::Build))
        .map_err(|error| Failure::usage(Problem::new("`build.environment` cannot be used").caused_by(&error)))
}

/// The pause between writes to the forge.
fn pace(config: &Config) -> Result<Duration, Failure> {
    let (_, settings) = config.room(Step::Release, "github");
    let pace = settings.get("pace").cloned().unwrap_or_default();
    serde_json::from_value::<Span>(pace).map(Span::get).map_err(|error| {
        Failure::usage(Problem::new("`release.github.pace` cannot be used").caused_by(&error))
    })
}
