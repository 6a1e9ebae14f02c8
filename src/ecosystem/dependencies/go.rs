//! Go's modules. They say nothing of their licences, so the texts that lie in them are read.

use std::collections::BTreeMap;

use camino::{Utf8Path, Utf8PathBuf};
use serde::Deserialize;
use tokio_util::sync::CancellationToken;

use super::{Dependency, Project};
use crate::ecosystem::go::{flags_in_env, run};
use crate::kit::licence;
use crate::model::Problem;
use crate::model::facts::GoVariant;
use crate::ports::process::Command;
use crate::ports::{Files, Process};

/// The longest licence, in bytes.
const LONGEST: u64 = 1024 * 1024;

/// The fields of a package that are asked for, [`Package`]'s.
const FIELDS: &str = "-json=ImportPath,Dir,Module,Error,GoFiles,CgoFiles,IgnoredGoFiles,InvalidGoFiles";

/// What `go list` says of a package.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
struct Package {
    import_path: String,
    dir: Utf8PathBuf,
    module: Option<Module>,
    error: Option<Broken>,
    go_files: Vec<String>,
    cgo_files: Vec<String>,
    ignored_go_files: Vec<String>,
    invalid_go_files: Vec<String>,
}

/// Why a package cannot be loaded.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
struct Broken {
    err: String,
    import_stack: Vec<String>,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
struct Module {
    path: String,
    version: String,
    dir: Utf8PathBuf,
    main: bool,
    replace: Option<Box<Module>>,
}

impl Package {
    /// Whether build constraints leave nothing of it here: it is no part of what is compiled.
    fn is_left_out(&self) -> bool {
        let takes_none = self.go_files.is_empty() && self.cgo_files.is_empty();
        takes_none && self.invalid_go_files.is_empty() && !self.ignored_go_files.is_empty()
    }

    /// The folder of its module. Go names none where the module lies in a `vendor` folder: there it is where the
    /// package's own folder leads, without what the package's name has beyond the module's.
    fn home(&self, module: &Module) -> Utf8PathBuf {
        let replaced = module.replace.as_ref().map(|used| &used.dir);
        if let Some(named) = replaced.into_iter().chain([&module.dir]).find(|dir| !dir.as_str().is_empty()) {
            return named.clone();
        }
        let below = self.import_path.strip_prefix(&module.path).unwrap_or_default().trim_start_matches('/');
        let depth = Utf8Path::new(below).components().count();
        let fits = self.dir.ends_with(below) || below.is_empty();
        let home = self.dir.ancestors().nth(depth).filter(|_| fits);
        home.map(Utf8Path::to_owned).unwrap_or_default()
    }
}

/// The modules whose packages this one's commands and packages need, in any of its variants.
pub async fn find(
    files: &dyn Files,
    process: &dyn Process,
    project: Project<'_>,
) -> Result<Option<(String, Vec<Dependency>)>, Problem> {
    if files.meta(&project.dir.join("go.mod"))?.is_none() {
        return Ok(None);
    }
    let usual = [GoVariant::default()];
    let variants = if project.variants.is_empty() { &usual } else { project.variants };
    let mut modules = BTreeMap::new();
    for variant in variants {
        for package in list(process, project, variant).await? {
            if let Some(module) = package.module.as_ref().filter(|module| !module.main) {
                let key = (module.path.clone(), module.version.clone());
                modules.entry(key).or_insert_with(|| (module.clone(), package.home(module)));
            }
        }
    }
    let mut found = Vec::new();
    for (module, dir) in modules.into_values() {
        // A module that is replaced by a folder of the repository is the project's own.
        let used = module.replace.as_deref().unwrap_or(&module);
        if module.replace.is_some() && used.version.is_empty() {
            continue;
        }
        found.push(Dependency {
            ecosystem: "Go",
            name: used.path.clone(),
            version: used.version.clone(),
            licence: of_folder(files, &dir)?,
        });
    }
    Ok(Some(("go list -deps".into(), found)))
}

/// The packages that a variant compiles.
async fn list(
    process: &dyn Process,
    project: Project<'_>,
    variant: &GoVariant,
) -> Result<Vec<Package>, Problem> {
    // With `-e` a package that build constraints leave out here stops nothing; every other error does, below.
    let mut command = Command::new("go", project.dir)
        .args(["list", "-e", "-deps", FIELDS])
        .args(Some(flags_in_env(project.env)).filter(|flag| flag.starts_with("-mod=")))
        .args(variant.tag_flag())
        .args(["./..."]);
    command.env = variant.env.clone();
    let ended = run(process, command, &CancellationToken::new()).await?;
    let mut packages = Vec::new();
    for package in serde_json::Deserializer::from_slice(&ended.stdout).into_iter::<Package>() {
        let package = package
            .map_err(|error| Problem::new("`go list -json` answered what is no JSON").caused_by(&error))?;
        if package.is_left_out() {
            continue;
        }
        if let Some(broken) = &package.error {
            let needed_by = broken.import_stack.join(" imports ");
            return Err(Problem::new(format!("`go list -deps` cannot load {}", package.import_path))
                .because(format!("{} ({needed_by}; for {variant})", broken.err))
                .fix("run `go list -deps ./...` in the project's folder to see it again"));
        }
        packages.push(package);
    }
    Ok(packages)
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
