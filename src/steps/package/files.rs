//! `package.files`: other files of the repository that are published as they are.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use camino::Utf8PathBuf;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::gather::{Found, Gatherer, is_inside};
use crate::kit::asset_name;
use crate::kit::template::{Names, Template};
use crate::model::{Artifact, ArtifactKind, Digest, Expected, Problem, Step};
use crate::ports::Files;
use crate::steps::room::{Draft, Maker, Outlook, Planned, Room, Scene, Seen, Site};

/// Other files to publish.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct ExtraFilesSettings {
    /// The files; none by default.
    pub files: Vec<ExtraFile>,
}

/// One file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ExtraFile {
    /// A pattern relative to the project's folder that finds exactly one file.
    pub from: String,
    /// The name to publish it under. It may be left out where `from` is no pattern but a path.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<Template>,
}

/// The room.
pub struct ExtraFiles;

impl Room for ExtraFiles {
    const ID: &'static str = "files";
    const ABOUT: &'static str = "Publishes other files of the repository beside the archives";
    type Settings = ExtraFilesSettings;

    async fn look(settings: &ExtraFilesSettings, outlook: &Outlook) -> Result<Seen, Problem> {
        let (mut seen, mut problems) = (Seen::new(), Vec::new());
        if !settings.files.is_empty() {
            let facts = &outlook.facts;
            let gatherer = Gatherer::new(&*outlook.ports.files, facts, &outlook.dist)?;
            for file in settings.files.iter().filter(|file| is_inside(&facts.dir, &file.from)) {
                match gatherer.find(&file.from, false) {
                    Ok(found) => seen.extend(gatherer.seen(&file.from, &found, &facts.loose)?),
                    Err(problem) => problems.push(problem),
                }
            }
        }
        Problem::none_of(problems)?;
        Ok(seen)
    }

    fn publishes(settings: &ExtraFilesSettings, outlook: &Outlook) -> Result<BTreeSet<Utf8PathBuf>, Problem> {
        let patterns = settings.files.iter().map(|file| (file.from.as_str(), false));
        Gatherer::new(&*outlook.ports.files, &outlook.facts, &outlook.dist)?.paths(patterns)
    }

    fn plan(settings: &ExtraFilesSettings, scene: &Scene) -> Result<Vec<Planned>, Problem> {
        if settings.files.is_empty() && scene.demanded {
            return Err(Problem::new("`package.files` is on, but names no file")
                .fix("add `files: [{ from: path/to/file }]`, or take `enabled: true` out"));
        }
        let names = Names::of(scene.facts);
        let (mut all, mut problems) = (Vec::new(), Vec::new());
        for (index, file) in settings.files.iter().enumerate() {
            match planned(file, scene, &names) {
                Ok(one) => all.push(one),
                Err(problem) => problems.push(problem.of_setting(format!("package.files.files.{index}"))),
            }
        }
        Problem::none_of(problems)?;
        Ok(all)
    }
}

fn planned(file: &ExtraFile, scene: &Scene, names: &Names) -> Result<Planned, Problem> {
    if !is_inside(&scene.facts.dir, &file.from) {
        return Err(Problem::new(format!("`package.files`: `{}` is not in the repository", file.from))
            .fix("name a file inside the repository, relative to the project's folder: `docs/manual.pdf`"));
    }
    let name = name(file, names)?;
    let made = Expected { name: name.clone(), kind: ArtifactKind::File, platform: None, id: String::new() };
    let draft = Draft::new(Step::Package, ExtraFiles::ID, &name, name.clone())
        .keyed("from", &file.from)
        .keyed("dir", &scene.facts.dir)
        .keyed("tree", &scene.facts.commit.tree)
        .keyed("seen", scene.seen);
    Ok(draft.makes(made).maker(ExtraMaker { from: file.from.clone(), name }))
}

fn name(file: &ExtraFile, names: &Names) -> Result<String, Problem> {
    let fail = |error: &(dyn std::error::Error + 'static)| {
        Problem::new(format!("`package.files` gives no name for `{}`", file.from))
            .caused_by(error)
            .fix("add `name:` with the name to publish it under")
    };
    let name = match &file.name {
        Some(template) => template.render(names).map_err(|error| fail(&error))?,
        None => file.from.rsplit('/').next().unwrap_or_default().to_owned(),
    };
    asset_name::check(&name).map_err(|error| fail(&error))?;
    Ok(name)
}

struct ExtraMaker {
    from: String,
    name: String,
}

#[async_trait::async_trait]
impl Maker for ExtraMaker {
    async fn make(&self, site: &Site) -> Result<Vec<Artifact>, Problem> {
        let mut found =
            Gatherer::new(&*site.ports.files, &site.facts, &site.dist)?.find(&self.from, false)?;
        if found.len() != 1 {
            return Err(Problem::new(format!(
                "`package.files` names `{}`, which finds {} files",
                self.from,
                found.len()
            ))
            .fix(
                "correct the path (it is relative to the project's folder); each entry publishes one file",
            ));
        }
        let source = found.remove(0);
        let (files, path) = (Arc::clone(&site.ports.files), site.dist.join(&self.name));
        let copied = tokio::task::spawn_blocking(move || copy(&*files, &source, &path));
        let (size, digest) = copied
            .await
            .map_err(|error| Problem::new(format!("{}: copying broke off", self.name)).caused_by(&error))??;
        Ok(vec![Artifact {
            name: self.name.clone(),
            kind: ArtifactKind::File,
            path: Utf8PathBuf::from(&self.name),
            platform: None,
            size,
            digest,
            extra: BTreeMap::from([("Checksum".into(), json!(digest.to_string()))]),
        }])
    }
}

/// Copies a file and compares the copy with what was read.
fn copy(files: &dyn Files, from: &Found, path: &camino::Utf8Path) -> Result<(u64, Digest), Problem> {
    let (pending, size, digest) = files.copy(&from.path, path, from.executable)?;
    pending.place()?;
    if files.digest(path)? != (size, digest) {
        files.remove(path)?;
        return Err(Problem::new(format!("cannot copy {} to {path}", from.path))
            .because("the copy was not on the disk as it was written; it is removed"));
    }
    Ok((size, digest))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_comes_from_the_path_or_the_template() {
        let names = Names { version: "1.2.3".into(), ..Names::default() };
        let name = |text: &str| super::name(&serde_json::from_str(text).unwrap(), &names);
        assert_eq!(name(r#"{"from": "a/install.sh"}"#).unwrap(), "install.sh");
        assert_eq!(name(r#"{"from": "a/*.sh", "name": "i_{{ version }}.sh"}"#).unwrap(), "i_1.2.3.sh");
        assert!(name(r#"{"from": "a/*.sh"}"#).unwrap_err().fix.unwrap().contains("name:"));
    }
}
