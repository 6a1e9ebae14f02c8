//! What a project depends on, and under which licences: one ecosystem a file.

mod cargo;
mod go;
pub mod npm;

use std::collections::BTreeMap;

use camino::Utf8Path;

use crate::model::Problem;
use crate::model::facts::GoVariant;
use crate::ports::{Files, Process};

/// A package that is not the project's own.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Dependency {
    /// The ecosystem in people's words: `Go`, `crates.io`, `npm`.
    pub ecosystem: &'static str,
    /// Its name.
    pub name: String,
    /// The version that is used.
    pub version: String,
    /// What it says, or what its texts are: an SPDX expression, as far as anybody can tell; empty where it says
    /// nothing.
    pub licence: String,
}

/// What was found, and by what.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Found {
    /// The dependencies, each once, in order.
    pub dependencies: Vec<Dependency>,
    /// What told: `go list -deps`, `package-lock.json`.
    pub sources: Vec<String>,
    /// Manifests whose dependencies nobody here can tell.
    pub unread: Vec<&'static str>,
}

/// Whose dependencies are asked for.
#[derive(Debug, Clone, Copy)]
pub struct Project<'a> {
    /// Its folder.
    pub dir: &'a Utf8Path,
    /// The ways in which its Go code is compiled; one that Go takes by itself where there are none.
    pub variants: &'a [GoVariant],
    /// The environment, of which `GOFLAGS` may say where Go takes dependencies from.
    pub env: &'a BTreeMap<String, String>,
}

/// Manifests, and the file beside them from which their dependencies are told, if we read one.
const MANIFESTS: [(&str, Option<&str>); 10] = [
    ("package.json", Some("package-lock.json")),
    ("deno.json", None),
    ("deno.jsonc", None),
    ("jsr.json", None),
    ("pyproject.toml", None),
    ("requirements.txt", None),
    ("pom.xml", None),
    ("build.gradle", None),
    ("build.gradle.kts", None),
    ("pubspec.yaml", None),
];

/// Everything that the project in this folder depends on, whatever it is made with.
///
/// # Errors
///
/// If a tool cannot be run, a lock file cannot be read, or one is out of step.
pub async fn find(files: &dyn Files, process: &dyn Process, project: Project<'_>) -> Result<Found, Problem> {
    let dir = project.dir;
    let (go, cargo, npm) =
        tokio::try_join!(go::find(files, process, project), cargo::find(files, process, dir), async {
            npm::find(files, dir)
        },)?;
    let mut found = Found::default();
    for (source, dependencies) in [go, cargo, npm].into_iter().flatten() {
        found.sources.push(source);
        found.dependencies.extend(dependencies);
    }
    for (manifest, lock) in MANIFESTS {
        let is_there = |name: &str| files.meta(&dir.join(name)).map(|meta| meta.is_some());
        if is_there(manifest)? && !lock.map(is_there).transpose()?.unwrap_or(false) {
            found.unread.push(manifest);
        }
    }
    found.dependencies.sort();
    found.dependencies.dedup();
    Ok(found)
}
