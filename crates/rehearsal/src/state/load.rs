//! Reads back what an earlier forge left in a state folder.

use super::records::{Asset, CheckRun, Comment, Issue, Label, Release, RepoMeta, Scan, Status};
use super::repo::Repo;
use super::store::read_json;
use crate::error::ForgeError;
use camino::{Utf8Path, Utf8PathBuf};
use serde::de::DeserializeOwned;
use std::io;

/// Every repository folder below `DIR/repos` that has a `repo.json`.
pub(crate) fn repositories(repos: &Utf8Path) -> Result<Vec<Repo>, ForgeError> {
    let mut found = Vec::new();
    for owner in folders(repos)? {
        for dir in folders(&owner)? {
            let file = dir.join("repo.json");
            let meta = read_json::<RepoMeta>(&file).map_err(|source| ForgeError::state(&file, source))?;
            if let Some(meta) = meta {
                found.push(repository(dir, meta)?);
            }
        }
    }
    Ok(found)
}

fn repository(dir: Utf8PathBuf, meta: RepoMeta) -> Result<Repo, ForgeError> {
    let mut repo = Repo::new(dir.clone(), meta);
    for file in files(&dir)? {
        let name = file.file_name().unwrap_or_default().to_owned();
        let Some(stem) = name.strip_suffix(".json") else { continue };
        match stem.rsplit_once('-').map(|(kind, _)| kind) {
            Some("release") => take(&file, |record: Release| repo.releases.insert(record.id, record))?,
            Some("issue") => take(&file, |record: Issue| repo.issues.insert(record.number, record))?,
            Some("comment") => take(&file, |record: Comment| repo.comments.insert(record.id, record))?,
            Some("label") => take(&file, |record: Label| repo.labels.insert(record.id, record))?,
            Some("check-run") => take(&file, |record: CheckRun| repo.checks.insert(record.id, record))?,
            Some("status") => take(&file, |record: Status| repo.statuses.insert(record.id, record))?,
            Some("sarif") => take(&file, |record: Scan| repo.scans.insert(record.id, record))?,
            _ => {}
        }
    }
    for file in files(&dir.join("assets"))? {
        if file.extension() == Some("json") {
            take(&file, |record: Asset| repo.assets.insert(record.id, record))?;
        }
    }
    Ok(repo)
}

fn take<T: DeserializeOwned, R>(file: &Utf8Path, put: impl FnOnce(T) -> R) -> Result<(), ForgeError> {
    if let Some(record) = read_json(file).map_err(|source| ForgeError::state(file, source))? {
        put(record);
    }
    Ok(())
}

fn folders(dir: &Utf8Path) -> Result<Vec<Utf8PathBuf>, ForgeError> {
    entries(dir, std::fs::FileType::is_dir)
}

fn files(dir: &Utf8Path) -> Result<Vec<Utf8PathBuf>, ForgeError> {
    entries(dir, std::fs::FileType::is_file)
}

fn entries(dir: &Utf8Path, wanted: fn(&std::fs::FileType) -> bool) -> Result<Vec<Utf8PathBuf>, ForgeError> {
    let list = || -> io::Result<Vec<Utf8PathBuf>> {
        let mut found = Vec::new();
        for entry in dir.read_dir_utf8()? {
            let entry = entry?;
            if wanted(&entry.file_type()?) {
                found.push(entry.into_path());
            }
        }
        found.sort();
        Ok(found)
    };
    match list() {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Vec::new()),
        other => other.map_err(|source| ForgeError::state(dir, source)),
    }
}
