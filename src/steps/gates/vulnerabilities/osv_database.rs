//! OSV's databases in a folder: one `all.zip` for each ecosystem. OSV-Scanner does not say of which day one is, nor,
//! where it has another one, that one is missing.

use std::collections::BTreeSet;
use std::io::{BufReader, Read};

use camino::{Utf8Path, Utf8PathBuf};
use chrono::{DateTime, Utc};
use serde::Deserialize;

use super::plan::SETTING;
use crate::formats::findings::Database;
use crate::model::{Problem, Row};
use crate::ports::Files;
use crate::steps::age::Ages;
use crate::steps::room::Site;

/// The folder in which OSV-Scanner looks for the ecosystems.
const INNER: &str = "osv-scalibr";

/// The most advisories of an ecosystem, and the longest of them in bytes.
const MOST: (usize, u64) = (1_000_000, 16 * 1024 * 1024);

#[derive(Deserialize)]
struct Advisory {
    modified: DateTime<Utc>,
}

/// The folder that OSV-Scanner is told.
///
/// # Errors
///
/// If there is none.
pub fn folder(named: &str, site: &Site) -> Result<Utf8PathBuf, Problem> {
    let files = site.ports.files.as_ref();
    let given = site.facts.root.join(named);
    for dir in [given.clone(), given.join("osv")] {
        if files.meta(&dir.join(INNER))?.is_some_and(|meta| meta.is_dir) {
            return Ok(files.real_path(&dir)?);
        }
    }
    Err(missing(format!("there is no database of OSV in {named}"))
        .because(format!("neither `{INNER}` nor `osv/{INNER}` lies in it")))
}

fn missing(what: String) -> Problem {
    Problem::new(what)
        .fix(format!("let `osv-scanner scan --offline-vulnerabilities --download-offline-databases` fill it, with OSV_SCANNER_LOCAL_DB_CACHE_DIRECTORY set to it, and name it in `{SETTING}.osv_database`"))
        .of_setting(format!("{SETTING}.osv_database"))
}

/// How old the databases of these ecosystems are.
///
/// # Errors
///
/// If one is missing, empty or too old.
pub async fn ages(
    folder: Utf8PathBuf,
    ecosystems: BTreeSet<String>,
    ages: Ages,
    site: &Site,
) -> Result<Vec<Row>, Problem> {
    let files = site.ports.files.clone();
    let looking = tokio::task::spawn_blocking(move || {
        let (mut rows, mut problems) = (Vec::new(), Vec::new());
        for ecosystem in ecosystems {
            // `Debian:12` lies with `Debian`.
            let name = ecosystem.split(':').next().unwrap_or_default();
            let row = newest(files.as_ref(), &folder, name, ages.now)
                .and_then(|database| ages.row(&format!("OSV for {name}"), &database));
            match row {
                Ok(row) => rows.push(row),
                Err(problem) => problems.push(problem),
            }
        }
        Problem::none_of(problems)?;
        Ok(rows)
    });
    looking.await.map_err(|error| Problem::new("OSV's databases could not be read").caused_by(&error))?
}

/// The database of an ecosystem; it is at least as new as its newest advisory.
fn newest(files: &dyn Files, folder: &Utf8Path, name: &str, now: DateTime<Utc>) -> Result<Database, Problem> {
    let plain = !name.is_empty() && !name.contains(['/', '\\']) && !name.starts_with('.');
    let path = folder.join(INNER).join(name).join("all.zip");
    if !plain || files.meta(&path)?.is_none() {
        return Err(missing(format!("there is no database of OSV for {name}"))
            .because(format!("{INNER}/{name}/all.zip is not there")));
    }
    let bad = |error: &(dyn std::error::Error + 'static)| {
        missing(format!("the database of OSV for {name} cannot be read")).caused_by(error)
    };
    let mut archive =
        zip::ZipArchive::new(BufReader::new(files.open(&path)?)).map_err(|error| bad(&error))?;
    let mut newest: Option<DateTime<Utc>> = None;
    if archive.len() > MOST.0 {
        return Err(missing(format!("the database of OSV for {name} has more than {} advisories", MOST.0)));
    }
    for index in 0..archive.len() {
        let entry = archive.by_index(index).map_err(|error| bad(&error))?;
        let advisory: Advisory =
            serde_json::from_reader(BufReader::new(entry.take(MOST.1))).map_err(|error| bad(&error))?;
        newest = newest.max(Some(advisory.modified).filter(|modified| *modified <= now));
    }
    let newest = newest.ok_or_else(|| missing(format!("the database of OSV for {name} is empty")))?;
    Ok(Database { name: format!("{INNER}/{name}/all.zip"), modified: newest.to_rfc3339() })
}
