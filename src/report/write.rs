//! The reports of a run as files in the dist folder.

use camino::Utf8Path;

use crate::kit::secret::Redactor;
use crate::model::Problem;
use crate::ports::Files;

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
        (PAGE, html::render(&summary, notes.as_deref()).map_err(|error| made(PAGE, &error))),
        (
            DATA,
            serde_json::to_string_pretty(&summary)
                .map(|text| text + "\n")
                .map_err(|error| made(DATA, &error)),
        ),
        (SARIF, sarif::render(&summary).map_err(|error| made(SARIF, &error))),
        (JUNIT, Ok(junit::render(&summary))),
    ];
    let write = |(name, page): (&str, Result<String, Problem>)| {
        files.write(&dist.join(name), page?.as_bytes()).map_err(Problem::from)
    };
    let results: Vec<Result<(), Problem>> = pages.into_iter().map(write).collect();
    results.into_iter().collect()
}
