//! An artifact down: streamed to a file, compared, and unpacked as a stranger's.

use std::collections::BTreeSet;
use std::io::{self, Read as _};
use std::sync::Arc;

use camino::{Utf8Path, Utf8PathBuf};
use zip::ZipArchive;

use super::{RealRunArtifacts, TRIES};
use crate::kit::path::RepoPath;
use crate::ports::Files;
use crate::ports::run_artifacts::{RunArtifact, RunArtifactError};

/// The most that an artifact may unpack to, in bytes.
const MOST: u64 = 32 * 1024 * 1024 * 1024;

/// The most files that it may have.
const MOST_FILES: usize = 100_000;

impl RealRunArtifacts {
    pub(super) async fn download(
        &self,
        artifact: &RunArtifact,
        to: &Utf8Path,
    ) -> Result<(), RunArtifactError> {
        let file = Utf8PathBuf::from(format!("{to}.zip"));
        self.fetch(artifact, &file).await?;
        let broken = |why: String| RunArtifactError::Broken {
            what: format!("the run's artifact `{}`", artifact.name),
            why,
        };
        let (files, from, dir) = (Arc::clone(&self.files), file.clone(), to.to_owned());
        let unpacking = tokio::task::spawn_blocking(move || unpack(files.as_ref(), &from, &dir)).await;
        unpacking.map_err(|error| broken(error.to_string()))?.map_err(|error| broken(error.to_string()))?;
        Ok(self.files.remove(&file)?)
    }

    /// The bytes, with the digest that the service knows; others are asked for again.
    async fn fetch(&self, artifact: &RunArtifact, to: &Utf8Path) -> Result<(), RunArtifactError> {
        let mut tries = 1;
        loop {
            let address = self.address(artifact).await?;
            let came = self.http.download(&address, to, &|_| ()).await?;
            match artifact.digest {
                Some(digest) if digest != came.digest => {
                    self.files.remove(to)?;
                    if tries == TRIES {
                        let why = format!("{} came, {digest} was promised", came.digest);
                        let what = format!("the run's artifact `{}`", artifact.name);
                        return Err(RunArtifactError::Broken { what, why });
                    }
                    tries += 1;
                }
                _ => return Ok(()),
            }
        }
    }
}

/// Unpacks into a folder. Links, devices, paths that lead out and paths that are there twice are refused.
fn unpack(files: &dyn Files, from: &Utf8Path, dir: &Utf8Path) -> io::Result<()> {
    files.make_dir(dir).map_err(io::Error::other)?;
    let mut archive = ZipArchive::new(files.open(from).map_err(io::Error::other)?)?;
    if archive.len() > MOST_FILES {
        return Err(io::Error::other(format!("it has more than {MOST_FILES} files")));
    }
    let (mut seen, mut left) = (BTreeSet::new(), MOST);
    for index in 0..archive.len() {
        let entry = archive.by_index(index)?;
        if entry.is_dir() {
            continue;
        }
        let path = inside(&entry.name()?)?;
        if entry.is_symlink() || !entry.is_file() {
            return Err(io::Error::other(format!("`{path}` in it is no plain file")));
        }
        // Two names that differ in case only are one file on many disks.
        if !seen.insert(path.as_str().to_lowercase()) {
            return Err(io::Error::other(format!("`{path}` is in it twice")));
        }
        let executable = entry.unix_mode().is_some_and(|mode| mode & 0o100 != 0);
        let mut pending = files.create(&dir.join(&path), executable).map_err(io::Error::other)?;
        let written = io::copy(&mut entry.take(left.saturating_add(1)), &mut pending)?;
        left = left.checked_sub(written).ok_or_else(|| io::Error::other("it unpacks to more than 32 GiB"))?;
        pending.commit().map_err(io::Error::other)?;
    }
    Ok(())
}

/// A path that stays below the folder it is unpacked in, written as such a path is.
fn inside(name: &str) -> io::Result<Utf8PathBuf> {
    let plain = RepoPath::new(name).ok().filter(|path| path.as_path().as_str() == name && !name.is_empty());
    let plain = plain.filter(|_| !name.chars().any(|c| c.is_control() || matches!(c, '\\' | ':')));
    plain.map(|path| path.as_path().to_owned()).ok_or_else(|| {
        io::Error::other(format!("the path `{}` in it leads out or is no path", name.escape_debug()))
    })
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use zip::ZipWriter;
    use zip::write::SimpleFileOptions;

    use super::*;
    use crate::ports::real::RealFiles;

    #[test]
    fn paths_stay_inside() {
        for name in ["../a", "/a", "a/../../b", "a/../b", "./a", "a//b", "", "C:/a", "a\\b", "a\nb", "a/"] {
            assert!(inside(name).is_err(), "{name}");
        }
        assert_eq!(inside("a/b.c").unwrap(), "a/b.c");
    }

    #[test]
    fn what_is_no_plain_set_of_files_is_refused() {
        let dir = tempfile::tempdir().unwrap();
        let dir = Utf8PathBuf::try_from(dir.path().to_owned()).unwrap();
        let zip = |entries: &[(&str, bool)]| {
            let mut zip = ZipWriter::new(io::Cursor::new(Vec::new()));
            for (name, link) in entries {
                if *link {
                    zip.add_symlink(*name, "/etc/passwd", SimpleFileOptions::default()).unwrap();
                } else {
                    zip.start_file(*name, SimpleFileOptions::default()).unwrap();
                    zip.write_all(b"x").unwrap();
                }
            }
            RealFiles.write(&dir.join("a.zip"), &zip.finish().unwrap().into_inner()).unwrap();
            unpack(&RealFiles, &dir.join("a.zip"), &dir.join("out")).map_err(|error| error.to_string())
        };
        assert!(zip(&[("l", true)]).unwrap_err().contains("no plain file"));
        assert!(zip(&[("a", false), ("A", false)]).unwrap_err().contains("is in it twice"));
        assert!(zip(&[("../a", false)]).unwrap_err().contains("leads out"));
        assert!(RealFiles.meta(&dir.join("a")).unwrap().is_none());
        zip(&[("b/c", false)]).unwrap();
        assert_eq!(RealFiles.read(&dir.join("out/b/c"), 9).unwrap(), b"x");
    }
}
