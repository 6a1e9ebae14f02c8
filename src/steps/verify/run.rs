//! `verify/run`: the downloaded program of this machine's platform says which version it is.

use std::time::Duration;

use camino::{Utf8Path, Utf8PathBuf};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::downloaded::{FOLDER, after_download, expected};
use super::says;
use super::unpack;
use crate::kit::span::Span;
use crate::model::verdict::Row;
use crate::model::{Artifact, ArtifactKind, Platform, Problem, Proof, Verdict};
use crate::ports::process::{Command, Keep};
use crate::steps::room::{Check, Planned, Room, Scene, Site};

/// Where the programs are unpacked, below the dist folder.
const UNPACKED: &str = "verify/run";

/// The settings of `verify.run`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct RunSettings {
    /// How long a program may take to say its version.
    pub timeout: Span,
    /// The arguments that make it say so, tried in turn.
    pub arguments: Vec<String>,
}

impl Default for RunSettings {
    fn default() -> Self {
        Self { timeout: Span::seconds(20), arguments: vec!["--version".into(), "version".into()] }
    }
}

/// The room.
pub struct Run;

impl Room for Run {
    const ID: &'static str = "run";
    const ABOUT: &'static str = "Runs the downloaded program of this machine's platform with --version";
    type Settings = RunSettings;

    fn plan(settings: &RunSettings, scene: &Scene) -> Result<Vec<Planned>, Problem> {
        let host = &scene.facts.host;
        let programs = scene
            .expected()
            .any(|(_, made)| matches!(made.kind, ArtifactKind::Archive | ArtifactKind::PlainBinary));
        let Some(draft) =
            after_download(scene, Self::ID, format!("the program for {host} says its version"))?
        else {
            return Ok(Vec::new());
        };
        if !programs {
            return Ok(Vec::new());
        }
        let check = RunCheck { limit: settings.timeout.get(), arguments: settings.arguments.clone() };
        Ok(vec![draft.keyed("settings", settings).keyed("host", host).check(check)])
    }
}

struct RunCheck {
    limit: Duration,
    arguments: Vec<String>,
}

#[async_trait::async_trait]
impl Check for RunCheck {
    async fn check(&self, site: &Site) -> Result<Verdict, Problem> {
        let host = &site.facts.host;
        let inputs = site.inputs();
        let Some(artifact) = of_host(&inputs, host) else {
            return Ok(Verdict::skipped(format!("nothing is released for {host}, on which this runs")));
        };
        let (own, taken) = (site.clone(), artifact.clone());
        let unpacked = tokio::task::spawn_blocking(move || {
            let dir = own.dist.join(UNPACKED);
            own.ports.files.remove(&dir)?;
            own.ports.files.make_dir(&dir)?;
            let programs = unpack_programs(&own, &taken, &dir)?;
            Ok::<_, Problem>((own.ports.files.real_path(&dir)?, programs))
        });
        let unpacked = unpacked.await.map_err(|error| {
            Problem::new(format!("{} could not be unpacked", artifact.name)).caused_by(&error)
        })?;
        let (dir, programs) = unpacked?;
        if programs.is_empty() {
            return Ok(Verdict::error(format!("there is no program in {}", artifact.name)));
        }
        let mut rows = Vec::new();
        let mut problems = Vec::new();
        for program in &programs {
            match self.ask(site, &dir, program).await {
                Ok(said) => {
                    let answer = says::read(&said, &site.facts);
                    problems.extend(answer.problems(program.as_str()));
                    rows.extend(answer.rows(program.as_str(), &site.facts));
                }
                Err(problem) => problems.push(problem),
            }
        }
        site.ports.files.remove(&dir)?;
        Ok(verdict(artifact, rows, problems))
    }
}

fn verdict(artifact: &Artifact, rows: Vec<Row>, problems: Vec<Problem>) -> Verdict {
    let mut verdict = if problems.is_empty() {
        Verdict::pass(format!("the program in {} says its version", artifact.name), Proof::seen("its output"))
    } else {
        Verdict::fail(format!("the program in {} does not say its version", artifact.name))
    };
    verdict.rows = rows;
    verdict.problems = problems;
    verdict
}

/// What is released for a platform; the plainest variant where there are several.
fn of_host<'a>(artifacts: &'a [Artifact], host: &Platform) -> Option<&'a Artifact> {
    let fits = |artifact: &&Artifact| {
        matches!(artifact.kind, ArtifactKind::Archive | ArtifactKind::PlainBinary)
            && artifact
                .platform
                .as_ref()
                .is_some_and(|platform| platform.os == host.os && platform.arch == host.arch)
    };
    let variant = |artifact: &&Artifact| artifact.platform.as_ref().map(|platform| platform.variant.clone());
    artifacts.iter().filter(fits).min_by_key(variant)
}

/// Puts the artifact's programs into the folder; their paths in it.
fn unpack_programs(site: &Site, artifact: &Artifact, dir: &Utf8Path) -> Result<Vec<Utf8PathBuf>, Problem> {
    let files = site.ports.files.as_ref();
    let from = site.dist.join(FOLDER).join(&artifact.name);
    if artifact.kind == ArtifactKind::PlainBinary {
        let mut source = files.open(&from)?;
        write(site, &dir.join(&artifact.name), &mut source)
            .map_err(|error| Problem::new("the program cannot be copied").caused_by(&error))?;
        return Ok(vec![artifact.name.clone().into()]);
    }
    let binaries: Vec<String> =
        expected(artifact).into_iter().filter(|path| is_binary(artifact, path)).collect();
    let mut programs = Vec::new();
    unpack::walk(files, &from, &mut |entry, mut bytes| {
        if binaries.contains(&entry.path) {
            write(site, &dir.join(&entry.path), &mut bytes)?;
            programs.push(Utf8PathBuf::from(&entry.path));
        }
        Ok(())
    })?;
    Ok(programs)
}

fn is_binary(artifact: &Artifact, path: &str) -> bool {
    let name = Utf8Path::new(path).file_name();
    let binaries = artifact.extra.get("Binaries").and_then(serde_json::Value::as_array);
    binaries.into_iter().flatten().any(|binary| binary.as_str() == name)
}

fn write(site: &Site, to: &Utf8Path, bytes: &mut dyn std::io::Read) -> std::io::Result<()> {
    let mut pending = site.ports.files.create(to, true).map_err(std::io::Error::other)?;
    std::io::copy(bytes, &mut pending)?;
    pending.commit().map_err(std::io::Error::other)
}

impl RunCheck {
    /// What the program prints on both outputs, for the first arguments that it takes.
    async fn ask(&self, site: &Site, dir: &Utf8Path, program: &Utf8Path) -> Result<String, Problem> {
        let mut causes = Vec::new();
        let path = dir.join(program);
        for argument in &self.arguments {
            let ended = site.ports.process.run(self.command(&path, argument, dir), &site.stop, &|_, _| ());
            let ended = ended.await.map_err(|error| error.limited_by("verify.run.timeout"))?;
            let said = format!("{}{}", ended.text(), ended.errors());
            if ended.ok() && says::read(&said, &site.facts).version {
                return Ok(said);
            }
            let shown: String = said.chars().filter(|c| !c.is_control() || *c == '\n').take(400).collect();
            let how = match (ended.code, ended.signal) {
                (Some(code), _) => format!("exit code {code}"),
                (None, signal) => format!("signal {}", signal.unwrap_or_default()),
            };
            causes.push(format!("`{program} {argument}` ({how}): {}", shown.trim()));
        }
        let facts = &site.facts;
        let problem = Problem::new(format!("{program} says neither {} nor {}", facts.version, facts.tag));
        Err(causes.into_iter().fold(problem, Problem::because).fix(
            "let the program print its version, e.g. `-ldflags -X main.version={{ version }}`; or set \
             `verify.run.arguments`, or `verify.run.enabled: false`",
        ))
    }

    /// The program with nothing of our environment: a stranger's machine has none of it.
    fn command(&self, path: &Utf8Path, argument: &str, dir: &Utf8Path) -> Command {
        let mut command = if cfg!(windows) {
            Command::new(path.as_str(), dir).args([argument])
        } else {
            let (home, paths) = (format!("HOME={dir}"), "PATH=/usr/local/bin:/usr/bin:/bin");
            Command::new("env", dir).args(["-i", &home, paths, path.as_str(), argument])
        };
        command.keep = Keep::Whole(1024 * 1024);
        command.env("HOME", dir.as_str()).limit(self.limit)
    }
}

#[cfg(test)]
#[path = "run_tests.rs"]
mod tests;
