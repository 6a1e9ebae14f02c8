//! The reports of a run as files in the dist folder.

use std::collections::BTreeSet;

use camino::{Utf8Path, Utf8PathBuf};

use crate::formats::noted;
use crate::kit::path::RepoPath;
use crate::kit::sarif::Origin;
use crate::kit::secret::Redactor;
use crate::model::{Problem, Proof};
use crate::ports::Files;

use super::sarif::Known;
use super::summary::Summary;
use super::text::{clean, clean_value};
use super::{html, junit, sarif};

/// The page for people, relative to the dist folder.
pub const PAGE: &str = "report/index.html";
/// The summary as data.
pub const DATA: &str = "report/report.json";
/// The problems with places.
pub const SARIF: &str = "report/results.sarif";
/// The tasks as test cases.
pub const JUNIT: &str = "report/junit.xml";

/// Writes all four reports. `notes` are this release's notes, if there are any: an excerpt for the page.
///
/// # Errors
///
/// If one of them cannot be made or written; the others are written all the same, and the first error is told.
pub fn write_all(
    files: &dyn Files,
    dist: &Utf8Path,
    summary: &Summary,
    notes: Option<&str>,
    origin: &Origin,
    redactor: &Redactor,
) -> Result<(), Problem> {
    let made = |what: &str, error: &(dyn std::error::Error + 'static)| {
        Problem::new(format!("{what} cannot be made")).caused_by(error)
    };
    let summary = clean_value(summary, redactor).ok_or_else(|| {
        Problem::new("the reports cannot be made without a secret in them")
            .fix("look at the journal in the dist folder")
    })?;
    let notes = notes.map(|notes| clean(notes, redactor));
    let pages = [
        (
            PAGE,
            html::render(&summary, notes.as_deref(), &proven(files, dist, &summary))
                .map_err(|error| made(PAGE, &error)),
        ),
        (
            DATA,
            serde_json::to_string_pretty(&summary)
                .map(|text| text + "\n")
                .map_err(|error| made(DATA, &error)),
        ),
        (
            SARIF,
            known(files, dist, &summary).and_then(|known| {
                sarif::render(&summary, &known, origin).map_err(|error| made(SARIF, &error))
            }),
        ),
        (JUNIT, Ok(junit::render(&summary))),
    ];
    let write = |(name, page): (&str, Result<String, Problem>)| {
        files.write(&dist.join(name), page?.as_bytes()).map_err(Problem::from)
    };
    let results: Vec<Result<(), Problem>> = pages.into_iter().map(write).collect();
    results.into_iter().collect()
}

/// All that the gates found, as far as their files are there.
fn known(files: &dyn Files, dist: &Utf8Path, summary: &Summary) -> Result<Known, Problem> {
    let mut known = Known::new();
    for task in &summary.tasks {
        let Some(verdict) = &task.verdict else { continue };
        if let Some(noted) = noted::read(files, dist, verdict)? {
            known.insert(task.task.clone(), noted);
        }
    }
    Ok(known)
}

/// The files of the report that are still what the verdicts rest on: a verdict may be of another machine, or its
/// files may have been written again since.
fn proven(files: &dyn Files, dist: &Utf8Path, summary: &Summary) -> BTreeSet<Utf8PathBuf> {
    let proofs =
        summary.tasks.iter().filter_map(|task| task.verdict.as_ref()).flat_map(|verdict| &verdict.evidence);
    let file = |proof: &Proof| {
        let file = RepoPath::new(proof.file.as_ref()?.as_str()).ok()?.as_path().to_owned();
        if !file.starts_with("report") {
            return None;
        }
        // What cannot be read is only not linked to.
        let (_, digest) = files.digest(&dist.join(&file)).ok()?;
        (Some(digest) == proof.digest).then_some(file)
    };
    proofs.filter_map(file).collect()
}
