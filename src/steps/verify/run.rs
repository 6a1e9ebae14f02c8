//! `verify/run`: the program of this machine's platform says which version it is: as it was built, before
//! anything is shown to the world, and as it was downloaded.

use std::collections::BTreeMap;

use camino::{Utf8Path, Utf8PathBuf};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::ask::{Asker, Program};
use super::built::BuiltCheck;
use super::downloaded::{FOLDER, after_download, expected};
use super::unpack;
use crate::kit::span::Span;
use crate::model::{Artifact, ArtifactKind, Expected, Platform, Problem, Step, TaskId, Use, Verdict};
use crate::steps::room::{Check, Draft, Planned, Room, Scene, Site};

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
    const ABOUT: &'static str =
        "Runs the program of this machine's platform with --version, before publishing and as downloaded";
    type Settings = RunSettings;

    fn plan(settings: &RunSettings, scene: &Scene) -> Result<Vec<Planned>, Problem> {
        // Which machine runs it is no matter of the plan, which is the same on all of them.
        let asker = Asker {
            limit: settings.timeout.get(),
            arguments: settings.arguments.clone(),
            demanded: scene.demanded,
        };
        let mut planned: Vec<Planned> = built(settings, scene, &asker).into_iter().collect();
        let programs = scene
            .expected()
            .any(|(_, made)| matches!(made.kind, ArtifactKind::Archive | ArtifactKind::PlainBinary));
        let Some(mut draft) =
            after_download(scene, Self::ID, "the downloaded program says its version".into())?
        else {
            return Ok(planned);
        };
        if programs {
            let archives = TaskId(format!("{}/archives", Step::Verify));
            if scene.before.iter().any(|earlier| earlier.task.id == archives) {
                draft = draft.needs(&archives, Use::Order, scene);
            }
            planned.push(draft.keyed("settings", settings).check(RunCheck(asker)));
        }
        Ok(planned)
    }
}

/// The same question to what was built, as a check of the step `scan`: what does not say its version must
/// not become public.
fn built(settings: &RunSettings, scene: &Scene, asker: &Asker) -> Option<Planned> {
    let released = scene.before.iter().any(|planned| planned.task.step == Step::Release);
    let mut makers: Vec<&TaskId> = scene
        .expected()
        .filter(|(_, made)| made.kind == ArtifactKind::Binary && made.platform.is_some())
        .map(|(task, _)| task)
        .collect();
    makers.dedup();
    if scene.facts.snapshot || !released || makers.is_empty() {
        return None;
    }
    let draft = Draft::new(Step::Scan, Run::ID, "", "the built program says its version");
    // What is released holds the same program, should another one lie where the build has put it.
    let packed = |made: &Expected| matches!(made.kind, ArtifactKind::Archive | ArtifactKind::PlainBinary);
    makers.extend(scene.expected().filter(|(_, made)| packed(made)).map(|(task, _)| task));
    makers.dedup();
    // Digests only: where the files are not on this machine, another one has looked at them before.
    let draft = makers.into_iter().fold(draft, |draft, maker| draft.needs(maker, Use::Digests, scene));
    Some(draft.keyed("settings", settings).check(BuiltCheck(asker.clone())))
}

struct RunCheck(Asker);

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
        let program = |name: Utf8PathBuf| Program {
            path: dir.join(&name),
            unstamped: artifact.is_unstamped(name.file_name().unwrap_or_default()),
            name,
        };
        let programs: Vec<Program> = programs.into_iter().map(program).collect();
        let answers = self.0.ask_all(site, &dir, &programs).await;
        site.ports.files.remove(&dir)?;
        Ok(answers.verdict(&format!("{} program(s) in {}", programs.len(), artifact.name), "their output"))
    }
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
    let binaries = programs_of(artifact);
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

/// Where the programs lie in an archive. Of several files of a program's name it is the one that lies highest: others
/// are about it, such as the completion of a shell, and are never run.
fn programs_of(artifact: &Artifact) -> Vec<String> {
    let mut highest: BTreeMap<String, Utf8PathBuf> = BTreeMap::new();
    for path in expected(artifact).into_iter().filter(|path| is_binary(artifact, path)).map(Utf8PathBuf::from)
    {
        let depth = path.components().count();
        let name = path.file_name().unwrap_or_default().to_owned();
        if highest.get(&name).is_none_or(|known| depth < known.components().count()) {
            highest.insert(name, path);
        }
    }
    highest.into_values().map(Utf8PathBuf::into_string).collect()
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

#[cfg(test)]
#[path = "run_tests.rs"]
mod tests;
