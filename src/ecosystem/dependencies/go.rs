//! Go's modules. They say nothing of their licences, so the texts that lie in them are read.

use std::collections::BTreeMap;

use camino::{Utf8Path, Utf8PathBuf};
use serde::Deserialize;
use tokio_util::sync::CancellationToken;

use super::Dependency;
use crate::ecosystem::go::run;
use crate::kit::licence;
use crate::model::Problem;
use crate::ports::process::Command;
use crate::ports::{Files, Process};

/// Which packages are needed differs from system to system; these are what most projects are built for.
const SYSTEMS: [&str; 3] = ["linux", "darwin", "windows"];

/// The longest licence, in bytes.
const LONGEST: u64 = 1024 * 1024;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Package {
    module: Option<Module>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Module {
    path: String,
    #[serde(default)]
    version: String,
    #[serde(default)]
    dir: Utf8PathBuf,
    #[serde(default)]
    main: bool,
    replace: Option<Box<Module>>,
}

/// The modules whose packages this one's commands and packages need.
pub async fn find(
    files: &dyn Files,
    process: &dyn Process,
    dir: &Utf8Path,
) -> Result<Option<(String, Vec<Dependency>)>, Problem> {
    if files.meta(&dir.join("go.mod"))?.is_none() {
        return Ok(None);
    }
    let mut modules = BTreeMap::new();
    for system in SYSTEMS {
        let command = Command::new("go", dir)
            .args(["list", "-deps", "-json=Module", "./..."])
            .env("GOOS", system)
            .env("CGO_ENABLED", "0");
        let ended = run(process, command, &CancellationToken::new()).await?;
        for package in serde_json::Deserializer::from_slice(&ended.stdout).into_iter::<Package>() {
            let package = package.map_err(|error| {
                Problem::new("`go list -json` answered what is no JSON").caused_by(&error)
            })?;
            if let Some(module) = package.module.filter(|module| !module.main) {
                modules.insert((module.path.clone(), module.version.clone()), module);
            }
        }
    }
    let mut found = Vec::new();
    for module in modules.into_values() {
        // A module that is replaced by a folder of the repository is the project's own.
        let used = module.replace.as_deref().unwrap_or(&module);
        if module.replace.is_some() && used.version.is_empty() {
            continue;
        }
        let dir = if used.dir.as_str().is_empty() { &module.dir } else { &used.dir };
        let licence = of_folder(files, dir)?;
        found.push(Dependency {
            ecosystem: "Go",
            name: used.path.clone(),
            version: used.version.clone(),
            licence,
        });
    }
    Ok(Some(("go list -deps".into(), found)))
}

/// The licences of the texts at the top of a folder. With several, all of them count: which one may be chosen is
/// written in prose that no program should trust.
fn of_folder(files: &dyn Files, dir: &Utf8Path) -> Result<String, Problem> {
    if dir.as_str().is_empty() {
        return Ok(String::new());
    }
    let mut licences = Vec::new();
    for name in files.list(dir)?.into_iter().filter(|name| is_licence(name)) {
        let path = dir.join(&name);
        if files.meta(&path)?.is_some_and(|meta| meta.is_dir) {
            continue;
        }
        let text = String::from_utf8_lossy(&files.read(&path, LONGEST)?).into_owned();
        // A text that is no known licence makes the whole unknown.
        licences.push(licence::of_text(&text).unwrap_or_else(|| format!("({name} is no known licence)")));
    }
    licences.sort();
    licences.dedup();
    Ok(licences.join(" AND "))
}

/// Whether a file of this name holds a licence.
fn is_licence(name: &str) -> bool {
    let upper = name.to_ascii_uppercase();
    let stem = upper.split(['.', '-', '_']).next().unwrap_or_default();
    let text = !upper.ends_with(".GO");
    text && ["LICENSE", "LICENCE", "COPYING", "UNLICENSE"].contains(&stem)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn licences_are_known_by_their_name() {
        for name in
            ["LICENSE", "license.md", "LICENSE-MIT", "Licence.txt", "COPYING", "UNLICENSE", "LICENSE_APACHE"]
        {
            assert!(is_licence(name), "{name}");
        }
        for name in ["license.go", "README", "LICENSES", "NOTICE"] {
            assert!(!is_licence(name), "{name}");
        }
    }
}
