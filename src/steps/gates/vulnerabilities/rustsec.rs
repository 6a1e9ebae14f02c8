//! The crates of a `Cargo.lock` against RustSec's advisories, by RustSec's own readers. Whether a version was yanked
//! stands in the registry's index and nowhere here.

use std::collections::{BTreeMap, BTreeSet};

use camino::{Utf8Path, Utf8PathBuf};
use rustsec::advisory::Informational;
use rustsec::{Advisory, Lockfile, Version};

use super::advisories::{Advisories, with};
use super::scan::{Looked, Outcome};
use super::settings::VulnerabilitiesSettings;
use super::there::There;
use crate::formats::findings::{Finding, Findings, Package, Place, Severity, Subject};
use crate::model::{Problem, Row};
use crate::ports::Files;
use crate::steps::age::Ages;
use crate::steps::room::Site;
use crate::steps::scanner::keep;

/// What the scanner is called.
const TOOL: &str = "RustSec";

/// The longest lock file that is read, in bytes.
const LONGEST: u64 = 64 * 1024 * 1024;

/// Looks the crates up.
///
/// # Errors
///
/// If the lock file or the database proves nothing.
pub async fn run(
    settings: &VulnerabilitiesSettings,
    there: &There,
    ages: Ages,
    site: &Site,
) -> Result<Outcome, Problem> {
    let lock = there.cargo.clone().unwrap_or_else(|| site.facts.dir.join("Cargo.lock"));
    let path = site.facts.root.join(&lock);
    let (findings, identity, age) = with(settings, site, move |files, advisories| {
        let age = ages.row(TOOL, &advisories.database)?;
        let findings = look(files, &path, &lock, &advisories)?;
        let Advisories { count, digest, database, .. } = &advisories;
        Ok((
            findings,
            format!("{count} advisories ({digest}), {} of {}", database.name, database.modified),
            age,
        ))
    })
    .await?;
    let bytes = serde_json::to_vec_pretty(&findings)
        .map_err(|error| Problem::new("the findings cannot be written").caused_by(&error))?;
    let proof = keep(site, "rustsec.json", bytes, "what RustSec says of Cargo.lock", identity).await?;
    let count = findings.looked_at.as_ref().map_or(0, |(count, _)| *count);
    let row = Row {
        metric: "crates looked up".into(),
        comparator: ">=".into(),
        threshold: "0".into(),
        actual: count.to_string(),
        ok: true,
    };
    Ok(Outcome::Looked(vec![Looked { findings, proof, rows: vec![age, row] }]))
}

fn look(
    files: &dyn Files,
    path: &Utf8PathBuf,
    lock: &Utf8PathBuf,
    advisories: &Advisories,
) -> Result<Findings, Problem> {
    let bad = |why: String| {
        Problem::new(format!("{lock} cannot be read"))
            .because(why)
            .at(lock.clone(), None, None)
            .fix("write it anew: `cargo generate-lockfile`")
    };
    let text = String::from_utf8(files.read(path, LONGEST)?).map_err(|error| bad(error.to_string()))?;
    let lockfile: Lockfile =
        text.parse().map_err(|error: rustsec::cargo_lock::Error| bad(error.to_string()))?;
    if lockfile.packages.is_empty() {
        return Err(bad("it names no package, not even the project's own".into()));
    }
    let packages = foreign(&lockfile);
    let names: BTreeSet<&str> = packages.keys().map(String::as_str).collect();
    let mut findings = Vec::new();
    for advisory in advisories.about(files, &names)? {
        let versions = packages.get(advisory.metadata.package.as_str()).into_iter().flatten();
        let hit = versions.filter(|version| advisory.versions.is_vulnerable(version));
        findings.extend(hit.filter_map(|version| finding(&advisory, version, path)));
    }
    let count = packages.values().map(|versions| versions.len() as u64).sum();
    Ok(Findings {
        tool: TOOL.into(),
        looked_at: Some((count, "crates".into())),
        subject: Subject::Security,
        findings,
        database: Some(advisories.database.clone()),
        ..Findings::default()
    })
}

/// The versions of each crate that is not the project's own: those of the registry that the advisories are about, and
/// copies of such in Git repositories. Another registry's crate of the same name is another crate.
fn foreign(lockfile: &Lockfile) -> BTreeMap<String, BTreeSet<Version>> {
    let mut all: BTreeMap<String, BTreeSet<Version>> = BTreeMap::new();
    for package in &lockfile.packages {
        let theirs =
            package.source.as_ref().is_some_and(|source| source.is_default_registry() || source.is_git());
        if theirs {
            all.entry(package.name.to_string()).or_default().insert(package.version.clone());
        }
    }
    all
}

/// None for what informs of nothing that could harm.
fn finding(advisory: &Advisory, version: &Version, lock: &Utf8Path) -> Option<Finding> {
    let metadata = &advisory.metadata;
    let rated = metadata.cvss.as_ref().and_then(|cvss| Severity::of_vector(&cvss.to_string()));
    let (severity, kind) = match &metadata.informational {
        None => (rated, None),
        Some(Informational::Unsound) => (Some(rated.unwrap_or(Severity::Medium)), Some("unsound")),
        Some(Informational::Unmaintained) => (Some(Severity::Low), Some("unmaintained")),
        Some(Informational::Notice) => return None,
        // A kind that is not known yet may be as bad as anything.
        Some(_) => (rated, None),
    };
    let title = advisory.title();
    let id = advisory.id().to_string();
    Some(Finding {
        url: format!("https://rustsec.org/advisories/{id}"),
        id,
        aliases: metadata.aliases.iter().map(ToString::to_string).collect(),
        severity,
        message: kind.map_or_else(|| title.to_owned(), |kind| format!("{kind}: {title}")),
        place: Some(Place { file: lock.to_string(), line: 0, column: 0 }),
        package: Some(Package {
            ecosystem: "crates.io".into(),
            name: metadata.package.to_string(),
            version: version.to_string(),
        }),
        fixed: advisory.versions.patched().iter().map(ToString::to_string).collect(),
        ..Finding::default()
    })
}
