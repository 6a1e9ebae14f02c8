//! Crates, as `cargo metadata` tells them.

use camino::Utf8Path;
use serde::Deserialize;
use tokio_util::sync::CancellationToken;

use super::Dependency;
use crate::model::Problem;
use crate::ports::process::Command;
use crate::ports::{Files, Process};

/// The fields that are asked for (https://doc.rust-lang.org/cargo/commands/cargo-metadata.html).
#[derive(Debug, Deserialize)]
struct Metadata {
    packages: Vec<Package>,
}

#[derive(Debug, Deserialize)]
struct Package {
    name: String,
    version: String,
    /// None for a crate of this workspace or of a folder beside it.
    source: Option<String>,
    license: Option<String>,
}

/// The crates in `Cargo.lock`, those for tests and builds too.
pub async fn find(
    files: &dyn Files,
    process: &dyn Process,
    dir: &Utf8Path,
) -> Result<Option<(String, Vec<Dependency>)>, Problem> {
    if files.meta(&dir.join("Cargo.toml"))?.is_none() {
        return Ok(None);
    }
    let command = Command::new("cargo", dir).args(["metadata", "--format-version", "1", "--locked"]);
    let ended = process.run(command, &CancellationToken::new(), &|_, _| ()).await?;
    if !ended.ok() {
        return Err(Problem::new("`cargo metadata --locked` failed")
            .because(ended.errors().trim())
            .fix("run it in the project's folder; `cargo update --workspace` brings Cargo.lock in step"));
    }
    let metadata: Metadata = serde_json::from_slice(&ended.stdout)
        .map_err(|error| Problem::new("`cargo metadata` answered what is none").caused_by(&error))?;
    let foreign = metadata.packages.into_iter().filter(|package| package.source.is_some());
    let found = foreign.map(|package| Dependency {
        ecosystem: "crates.io",
        name: package.name,
        version: package.version,
        licence: package.license.unwrap_or_default(),
    });
    Ok(Some(("cargo metadata".into(), found.collect())))
}
