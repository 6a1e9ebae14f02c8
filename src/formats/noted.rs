//! The file in which a gate lays down all that it found.

use camino::{Utf8Path, Utf8PathBuf};
use serde::{Deserialize, Serialize};

use crate::kit::path::RepoPath;
use crate::model::found::NOTED_FORMAT;
use crate::model::{Digest, Noted, TaskId, Verdict};
use crate::ports::Files;
use crate::ports::files::FileError;

/// The folder below the dist folder.
pub const FOLDER: &str = "report/gates";

/// The longest such file that is read, in bytes.
const LONGEST: u64 = 256 * 1024 * 1024;

/// The file's content.
#[derive(Serialize, Deserialize)]
struct Form {
    format: u32,
    gate: String,
    #[serde(flatten)]
    noted: Noted,
}

/// The file of a task, below the dist folder.
#[must_use]
pub fn file_of(task: &TaskId) -> Utf8PathBuf {
    let name = task.0.strip_prefix("gates/").unwrap_or(&task.0).replace('/', "-");
    Utf8PathBuf::from(FOLDER).join(format!("{name}.json"))
}

/// The file's bytes.
///
/// # Errors
///
/// If it cannot be written as JSON.
pub fn bytes_of(task: &TaskId, noted: &Noted) -> Result<Vec<u8>, serde_json::Error> {
    let form = Form { format: NOTED_FORMAT, gate: task.0.clone(), noted: noted.clone() };
    serde_json::to_vec_pretty(&form)
}

/// What a verdict's gate found, where the file is there that the verdict speaks of and is still what it was.
///
/// # Errors
///
/// If it is there and cannot be read.
pub fn read(files: &dyn Files, dist: &Utf8Path, verdict: &Verdict) -> Result<Option<Noted>, FileError> {
    let ours = verdict.evidence.iter().find_map(|proof| {
        let file = RepoPath::new(proof.file.as_ref()?.as_str()).ok()?;
        file.as_path().starts_with(FOLDER).then_some((file, proof.digest?))
    });
    let Some((file, digest)) = ours else { return Ok(None) };
    let path = dist.join(file.as_path());
    if files.meta(&path)?.is_none() {
        return Ok(None);
    }
    let bytes = files.read(&path, LONGEST)?;
    // Of another run, or of another form: then the verdict's own words are all that is known.
    if Digest::of(&bytes) != digest {
        return Ok(None);
    }
    let form: Option<Form> = serde_json::from_slice(&bytes).ok();
    Ok(form.filter(|form| form.format == NOTED_FORMAT).map(|form| form.noted))
}

/// Whether a verdict speaks of such a file.
#[must_use]
pub fn is_promised(verdict: &Verdict) -> bool {
    verdict.evidence.iter().filter_map(|proof| proof.file.as_ref()).any(|file| file.starts_with(FOLDER))
}
