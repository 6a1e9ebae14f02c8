//! RustSec's database: where it comes from, of which day it is, and what it says of a crate.

use std::collections::{BTreeMap, BTreeSet};

use camino::{Utf8Path, Utf8PathBuf};
use chrono::NaiveDate;
use rustsec::Advisory;

use super::plan::SETTING;
use super::settings::VulnerabilitiesSettings;
use crate::formats::findings::Database;
use crate::model::{Digest, Hasher, Problem};
use crate::ports::Files;
use crate::steps::room::Site;

/// Where a fetched one lies, below the dist folder.
const FETCHED: &str = ".rustsec";

/// The database has had more advisories than this for years: fewer are a part of it.
const FEWEST: usize = 500;

/// The longest advisory that is read, in bytes.
const LONGEST: u64 = 1024 * 1024;

/// The most advisories.
const MOST: usize = 100_000;

/// A database on this machine.
pub struct Advisories {
    dir: Utf8PathBuf,
    /// The files about each crate.
    of: BTreeMap<String, Vec<String>>,
    /// How many there are.
    pub count: usize,
    /// Of everything in them.
    pub digest: Digest,
    /// Its name and day.
    pub database: Database,
}

/// Lets `look` work on the database: in the folder that is named, else fetched for the moment.
///
/// # Errors
///
/// If there is none, it is not whole, or `look` fails.
pub async fn with<T: Send + 'static>(
    settings: &VulnerabilitiesSettings,
    site: &Site,
    look: impl FnOnce(&dyn Files, Advisories) -> Result<T, Problem> + Send + 'static,
) -> Result<T, Problem> {
    let fetched = site.dist.join(FETCHED);
    let dir = match &settings.rust_database {
        Some(folder) => named(folder, site)?,
        None => {
            remove(&fetched, site).await?;
            fetch(&settings.rust_source, &fetched, site).await?;
            fetched.clone()
        }
    };
    let commit = commit(&dir, site).await?;
    let (files, today) = (site.ports.files.clone(), site.ports.clock.now().date_naive());
    let looking = tokio::task::spawn_blocking(move || {
        let advisories = open(files.as_ref(), dir, commit, today)?;
        look(files.as_ref(), advisories)
    });
    let looked = looking
        .await
        .map_err(|error| Problem::new("RustSec's database could not be read").caused_by(&error))?;
    if settings.rust_database.is_none() {
        remove(&fetched, site).await?;
    }
    looked
}

/// A checkout is thousands of files, which takes a moment.
async fn remove(dir: &Utf8Path, site: &Site) -> Result<(), Problem> {
    let (files, dir) = (site.ports.files.clone(), dir.to_owned());
    let removing = tokio::task::spawn_blocking(move || files.remove(&dir));
    removing
        .await
        .map_err(|error| Problem::new("RustSec's database could not be removed").caused_by(&error))?
        .map_err(Into::into)
}

fn named(folder: &str, site: &Site) -> Result<Utf8PathBuf, Problem> {
    let dir = site.facts.root.join(folder);
    if site.ports.files.meta(&dir.join("crates"))?.is_some_and(|meta| meta.is_dir) {
        return Ok(site.ports.files.real_path(&dir)?);
    }
    Err(Problem::new(format!("there is no database of RustSec in {folder}"))
        .because("it has no folder `crates`")
        .fix("name a checkout of https://github.com/RustSec/advisory-db, or a folder with its files")
        .of_setting(format!("{SETTING}.rust_database")))
}

async fn fetch(source: &str, dir: &Utf8Path, site: &Site) -> Result<(), Problem> {
    site.ports.files.make_dir(&site.dist)?;
    let ask = ["clone", "--quiet", "--depth=1", "--single-branch", "--no-tags", "--", source, dir.as_str()];
    site.ports.git.run(&ask).await.map(drop).map_err(|error| {
        Problem::new("RustSec's database could not be fetched")
            .caused_by(&error)
            .fix(format!(
                "see that {source} can be reached; without a network name a folder with it in \
                 `{SETTING}.rust_database`"
            ))
            .of_setting(format!("{SETTING}.rust_source"))
    })
}

/// The commit of a checkout, and its time; none where the folder is none.
async fn commit(dir: &Utf8Path, site: &Site) -> Result<Option<Database>, Problem> {
    if site.ports.files.meta(&dir.join(".git"))?.is_none() {
        return Ok(None);
    }
    let trust = format!("safe.directory={dir}");
    let git = |args: &'static [&'static str]| {
        let args: Vec<&str> =
            ["-C", dir.as_str(), "-c", trust.as_str()].iter().chain(args).copied().collect();
        async move { site.ports.git.run(&args).await }
    };
    let changed = git(&["status", "--porcelain", "--untracked-files=all", "--", "crates"]).await?;
    if !changed.is_empty() {
        let first = String::from_utf8_lossy(&changed).lines().next().unwrap_or_default().to_owned();
        return Err(Problem::new("RustSec's database is not as its commit has it")
            .because(first)
            .fix("check it out anew"));
    }
    let said = git(&["log", "-1", "--format=%H %cI"]).await?;
    let said = String::from_utf8_lossy(&said).trim().to_owned();
    let (id, modified) = said
        .split_once(' ')
        .ok_or_else(|| Problem::new("RustSec's database does not tell its commit").because(&said))?;
    Ok(Some(Database { name: format!("commit {id}"), modified: modified.to_owned() }))
}

/// Opens a database. One that is no checkout is at least as new as its newest advisory.
fn open(
    files: &dyn Files,
    dir: Utf8PathBuf,
    commit: Option<Database>,
    today: NaiveDate,
) -> Result<Advisories, Problem> {
    let mut of: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let (mut count, mut hasher, mut newest) = (0, Hasher::default(), None);
    for name in files.list(&dir.join("crates"))? {
        let folder = dir.join("crates").join(&name);
        if !files.meta(&folder)?.is_some_and(|meta| meta.is_dir) {
            continue;
        }
        for file in files.list(&folder)?.into_iter().filter(|file| is_advisory(file)) {
            count += 1;
            if count > MOST {
                return Err(Problem::new(format!("RustSec's database has more than {MOST} advisories")));
            }
            let bytes = files.read(&folder.join(&file), LONGEST)?;
            hasher.update(format!("{name}/{file} {}\n", Digest::of(&bytes)).as_bytes());
            newest = newest.max(day(&bytes).filter(|day| *day <= today));
            of.entry(name.clone()).or_default().push(file);
        }
    }
    if count <= FEWEST {
        return Err(Problem::new(format!("RustSec's database has only {count} advisories: it is not whole"))
            .because(format!("it lies in {dir}"))
            .fix("fetch it anew"));
    }
    let database = commit.unwrap_or_else(|| Database {
        name: "its newest advisory".into(),
        modified: newest.map(|day: NaiveDate| format!("{day}T00:00:00Z")).unwrap_or_default(),
    });
    Ok(Advisories { dir, of, count, digest: hasher.finish(), database })
}

/// Drafts have no number yet.
fn is_advisory(file: &str) -> bool {
    file.starts_with("RUSTSEC-") && file.ends_with(".md") && !file.starts_with("RUSTSEC-0000-")
}

/// The day of an advisory, from the line that says it.
fn day(bytes: &[u8]) -> Option<NaiveDate> {
    let text = String::from_utf8_lossy(bytes);
    let line = text.lines().find_map(|line| line.strip_prefix("date"))?;
    line.trim_start().strip_prefix('=')?.trim().trim_matches('"').parse().ok()
}

impl Advisories {
    /// What it says of these crates, withdrawn ones left out.
    ///
    /// # Errors
    ///
    /// If an advisory about one of them cannot be read.
    pub fn about(&self, files: &dyn Files, crates: &BTreeSet<&str>) -> Result<Vec<Advisory>, Problem> {
        let mut all = Vec::new();
        for name in crates {
            for file in self.of.get(*name).into_iter().flatten() {
                let path = self.dir.join("crates").join(name).join(file);
                let bad = |why: String| {
                    Problem::new(format!("the advisory {file} about {name} cannot be read"))
                        .because(why)
                        .fix("fetch RustSec's database anew; if that does not help, a newer release-action")
                };
                let text =
                    String::from_utf8(files.read(&path, LONGEST)?).map_err(|error| bad(error.to_string()))?;
                let advisory: Advisory =
                    text.parse().map_err(|error: rustsec::Error| bad(error.to_string()))?;
                let id = advisory.id().as_str();
                if advisory.metadata.package.as_str() != *name || file.strip_suffix(".md") != Some(id) {
                    return Err(bad(format!("it calls itself {id} about {}", advisory.metadata.package)));
                }
                if !advisory.withdrawn() {
                    all.push(advisory);
                }
            }
        }
        Ok(all)
    }
}
