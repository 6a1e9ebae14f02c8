//! Is there a Go module, and which commands does it have?

use std::collections::{BTreeMap, BTreeSet};

use camino::{Utf8Path, Utf8PathBuf};
use serde::Deserialize;
use tokio_util::sync::CancellationToken;

use super::commands::{is_product, named};
use super::gomod::module_path;
use super::stamps::stamps;
use super::tool::run;
use crate::model::facts::GoModule;
use crate::model::{Platform, Problem};
use crate::ports::process::{Command, Ended};
use crate::ports::{Files, Process};

/// The longest `go.mod`, and the longest source of a command, that is read, in bytes.
const LONGEST: u64 = 4 * 1024 * 1024;

/// What `go list -json` says of a package; only the fields that are asked for.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
struct Package {
    dir: Utf8PathBuf,
    name: String,
    go_files: Vec<String>,
    cgo_files: Vec<String>,
}

/// The Go module in this folder with its commands; `None` where there is no `go.mod`.
///
/// Commands are those that `platform` has, wherever this runs: every machine of a matrix draws the same plan.
///
/// Commands under `examples`, `internal`, `scripts`, `tools`, `hack`, `test` and `testdata`, those in
/// `vendor` or in a module of their own, and files that `//go:build ignore` leaves out are not released
/// unless the settings name them.
///
/// # Errors
///
/// If `go.mod` is not readable or has no module path, or `go list` cannot be run.
pub async fn detect(
    files: &dyn Files,
    process: &dyn Process,
    dir: &Utf8Path,
    platform: &Platform,
) -> Result<Option<GoModule>, Problem> {
    let file = dir.join("go.mod");
    match files.meta(&file)? {
        Some(meta) if !meta.is_dir => {}
        _ => return Ok(None),
    }
    let bytes = files.read(&file, LONGEST)?;
    let broken = |why: &str, line: u32| {
        Problem::new("go.mod has no usable module path")
            .because(why)
            .at("go.mod", (line > 0).then_some(line), None)
            .fix("begin go.mod with `module PATH`, for example by `go mod init github.com/you/project`")
    };
    let text = std::str::from_utf8(&bytes).map_err(|_| broken("it is not UTF-8", 0))?;
    let path = module_path(text).map_err(|error| broken(&error.why, error.line))?;
    let packages = mains(files, process, dir, platform).await?;
    let commands = named(&path, packages);
    Ok(Some(GoModule { path, commands }))
}

/// The folders of the `main` packages, relative to the module, each with the variables that the linker can set.
async fn mains(
    files: &dyn Files,
    process: &dyn Process,
    dir: &Utf8Path,
    platform: &Platform,
) -> Result<BTreeMap<Utf8PathBuf, BTreeSet<String>>, Problem> {
    let ended = list(process, dir, platform).await?;
    let root = files.real_path(dir)?;
    let mut packages = BTreeMap::new();
    for package in serde_json::Deserializer::from_slice(&ended.stdout).into_iter::<Package>() {
        let package =
            package.map_err(|error| Problem::new("`go list` answered what is no JSON").caused_by(&error))?;
        let files_there = !package.go_files.is_empty() || !package.cgo_files.is_empty();
        if package.name != "main" || !files_there {
            continue;
        }
        // Go may name the folder by another way to it (a link); both ways are tried.
        let inside = package.dir.strip_prefix(&root).or_else(|_| package.dir.strip_prefix(dir));
        if let Ok(inside) = inside
            && is_product(inside)
            && !is_nested(files, dir, inside)?
        {
            let mut sources = Vec::new();
            for name in package.go_files.iter().chain(&package.cgo_files) {
                let source = package.dir.join(name);
                // A longer one holds data.
                if files.meta(&source)?.is_some_and(|meta| meta.len <= LONGEST) {
                    sources.push(files.read(&source, LONGEST)?);
                }
            }
            // What is no UTF-8 is told by the compiler.
            let texts = sources.iter().filter_map(|source| std::str::from_utf8(source).ok());
            packages.insert(inside.as_str().replace('\\', "/").into(), stamps(texts));
        }
    }
    Ok(packages)
}

/// What `go list` says of the packages.
async fn list(process: &dyn Process, dir: &Utf8Path, platform: &Platform) -> Result<Ended, Problem> {
    // `-find` leaves dependencies alone, so that a missing one is told by the build and nothing is
    // downloaded for a plan; with cgo on, packages whose files all import "C" are seen too. A vendor
    // folder plays no part in it, so that a stale one is told by the build as well.
    let command = |modules: Option<&str>| {
        Command::new("go", dir)
            .args(["list", "-find", "-e"])
            .args(modules)
            .args(["-json=Dir,Name,GoFiles,CgoFiles", "./..."])
            .env("CGO_ENABLED", "1")
            .env("GOOS", &platform.os)
            .env("GOARCH", &platform.arch)
    };
    let stop = CancellationToken::new();
    match run(process, command(Some("-mod=readonly")), &stop).await {
        // Go would rather say nothing with a wrong go.sum. What is in these folders has nothing to do with it, and the
        // gates and the build tell of it with its line.
        Err(problem) if is_of_sums(&problem) => {
            run(process, command(None).env("GO111MODULE", "off"), &stop).await
        }
        ended => ended,
    }
}

/// Whether Go said no because of what stands in `go.sum`.
fn is_of_sums(problem: &Problem) -> bool {
    let words = ["checksum mismatch", "malformed go.sum"];
    problem.causes.iter().any(|cause| words.iter().any(|word| cause.contains(word)))
}

/// Whether a folder is of another module: without modules, Go goes down into them.
fn is_nested(files: &dyn Files, dir: &Utf8Path, inside: &Utf8Path) -> Result<bool, Problem> {
    for folder in inside.ancestors().filter(|folder| !folder.as_str().is_empty()) {
        if files.meta(&dir.join(folder).join("go.mod"))?.is_some() {
            return Ok(true);
        }
    }
    Ok(false)
}
