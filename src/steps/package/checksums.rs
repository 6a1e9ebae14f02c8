//! `package.checksums`: one line for every file that people download.

use std::collections::BTreeMap;

use camino::Utf8PathBuf;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::kit::asset_name;
use crate::kit::template::{Names, Template};
use crate::model::{Artifact, ArtifactKind, Digest, Expected, Problem, Step, TaskId, Use};
use crate::steps::room::{Draft, Maker, Planned, Room, Scene, Site};

/// The checksums file.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct ChecksumsSettings {
    /// The file's name. Left out: `{{ project }}_{{ version }}_checksums.txt`.
    pub name: Option<Template>,
}

/// The room.
pub struct Checksums;

const NAME: &str = "{{ project }}_{{ version }}_checksums.txt";

impl Room for Checksums {
    const ID: &'static str = "checksums";
    const ABOUT: &'static str = "Writes the SHA-256 of every download into one file for `sha256sum -c`";
    type Settings = ChecksumsSettings;

    fn plan(settings: &ChecksumsSettings, scene: &Scene) -> Result<Vec<Planned>, Problem> {
        let listed: Vec<(&TaskId, &Expected)> =
            scene.expected().filter(|(_, made)| made.kind.is_checksummed()).collect();
        if listed.is_empty() {
            return if scene.demanded {
                Err(Problem::new("`package.checksums` is on, but nothing is made that could be listed")
                    .fix("set `build.targets` or `package.files`, or take `enabled: true` out"))
            } else {
                Ok(Vec::new())
            };
        }
        let name = name(settings, &Names::of(scene.facts))?;
        let published = scene.expected().filter(|(_, made)| made.kind.is_published());
        unique(
            published
                .map(|(task, made)| (made.name.as_str(), task.0.as_str()))
                .chain([(name.as_str(), Self::ID)]),
        )?;
        let mut draft = Draft::new(Step::Package, Self::ID, "", name.clone()).keyed("name", &name);
        let mut tasks: Vec<&TaskId> = listed.iter().map(|(task, _)| *task).collect();
        tasks.dedup();
        for task in tasks {
            draft = draft.needs(task, Use::Digests, scene);
        }
        let names = listed.iter().map(|(_, made)| made.name.clone()).collect();
        let made =
            Expected { name: name.clone(), kind: ArtifactKind::Checksums, platform: None, id: String::new() };
        Ok(vec![draft.makes(made).maker(ChecksumsMaker { name, names })])
    }
}

fn name(settings: &ChecksumsSettings, names: &Names) -> Result<String, Problem> {
    let wrong = |error: &(dyn std::error::Error + 'static)| {
        Problem::new("`package.checksums.name` gives no file name")
            .caused_by(error)
            .fix(format!("correct it, or leave it out for `{NAME}`"))
    };
    let usual = Template::new(NAME).map_err(|error| wrong(&error))?;
    let name = settings.name.as_ref().unwrap_or(&usual).render(names).map_err(|error| wrong(&error))?;
    asset_name::check(&name).map_err(|error| wrong(&error))?;
    Ok(name)
}

/// Refuses two files of one name; upper and lower case are the same, as they are on many disks.
fn unique<'a>(names: impl Iterator<Item = (&'a str, &'a str)>) -> Result<(), Problem> {
    let mut seen: BTreeMap<String, (&str, &str)> = BTreeMap::new();
    for (name, task) in names {
        if let Some((other, by)) = seen.insert(name.to_lowercase(), (name, task)) {
            return Err(Problem::new(format!("two files of the release would be called `{name}`"))
                .because(format!("`{by}` makes `{other}`, `{task}` makes `{name}`"))
                .fix("give one of them another name: `package.archive.name` with `{{ os }}` and `{{ arch }}` in it, `package.files` with `name:`"));
        }
    }
    Ok(())
}

struct ChecksumsMaker {
    name: String,
    names: Vec<String>,
}

#[async_trait::async_trait]
impl Maker for ChecksumsMaker {
    async fn make(&self, site: &Site) -> Result<Vec<Artifact>, Problem> {
        let text = lines(&self.names, &site.inputs())?;
        site.ports.files.write(&site.dist.join(&self.name), text.as_bytes())?;
        Ok(vec![Artifact {
            name: self.name.clone(),
            kind: ArtifactKind::Checksums,
            path: Utf8PathBuf::from(&self.name),
            platform: None,
            size: text.len() as u64,
            digest: Digest::of(text.as_bytes()),
            extra: BTreeMap::new(),
        }])
    }
}

/// `sha256␠␠name` for each name, sorted by name (as bytes), each line ended by a line feed.
fn lines(names: &[String], artifacts: &[Artifact]) -> Result<String, Problem> {
    let mut names: Vec<&String> = names.iter().collect();
    names.sort();
    let mut text = String::new();
    for name in names {
        let fits = |artifact: &&Artifact| &artifact.name == name && artifact.kind.is_checksummed();
        let artifact = artifacts.iter().find(fits).ok_or_else(|| {
            Problem::new(format!("the digest of `{name}` is not known"))
                .fix("run the steps before it: `release-action run --from build`")
        })?;
        text.push_str(&format!("{}  {name}\n", artifact.digest.hex()));
    }
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn artifact(name: &str, kind: ArtifactKind) -> Artifact {
        let digest = Digest::of(name.as_bytes());
        Artifact {
            name: name.into(),
            kind,
            path: name.into(),
            platform: None,
            size: 0,
            digest,
            extra: BTreeMap::new(),
        }
    }

    #[test]
    fn lines_are_sorted_and_only_of_what_is_listed() {
        let made = [
            artifact("b.zip", ArtifactKind::Archive),
            artifact("greeter", ArtifactKind::Binary),
            artifact("a.zip", ArtifactKind::Archive),
        ];
        let text = lines(&["b.zip".into(), "a.zip".into()], &made).unwrap();
        let line = |name: &str| format!("{}  {name}\n", Digest::of(name.as_bytes()).hex());
        assert_eq!(text, line("a.zip") + &line("b.zip"));
        assert!(lines(&["greeter".into()], &made).unwrap_err().what.contains("`greeter` is not known"));
    }

    #[test]
    fn two_files_of_one_name_are_refused_whatever_their_case() {
        let problem = unique([("a.zip", "one"), ("b", "x"), ("A.zip", "two")].into_iter()).unwrap_err();
        assert!(problem.causes[0].contains("`one` makes `a.zip`, `two` makes `A.zip`"), "{problem}");
        assert!(unique([("a", "one"), ("b", "two")].into_iter()).is_ok());
    }
}
