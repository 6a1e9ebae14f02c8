//! Whether a report that is given is of this project: it must have looked at what the project's lock files name, as
//! they are now. One of another project, or of an older state of this one, is valid all the same, and finds nothing.

use std::sync::Arc;

use camino::{Utf8Path, Utf8PathBuf};
use rustsec::Lockfile;

use super::settings::ScannerName;
use super::there::There;
use crate::ecosystem::dependencies::npm;
use crate::ecosystem::go::requires;
use crate::formats;
use crate::formats::findings::{ALL_PACKAGES, CRATES, Finding, Findings, NPM_PACKAGES};
use crate::model::{Facts, Problem};
use crate::ports::Files;
use crate::steps::gates::given;
use crate::steps::room::{Outlook, Seen};

/// What a note begins with that tells for which scanner a report stands in.
const TIED: &str = "tied ";

/// The longest lock file that is read, in bytes.
const LONGEST: u64 = 64 * 1024 * 1024;

/// How many missing packages are told one by one.
const SHOWN: usize = 3;

/// A lock file whose packages we can tell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lock {
    /// Which scanner looks at it.
    pub scanner: ScannerName,
    /// Where it lies, from the repository's root.
    pub path: Utf8PathBuf,
    /// The ecosystem in OSV's names.
    ecosystem: &'static str,
    /// The packages of others: name and version.
    packages: Vec<(String, String)>,
    /// All entries, the project's own too.
    entries: u64,
}

/// How a report and a lock file fit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Tie {
    /// The report looked at all that the lock file names.
    Whole,
    /// It says nothing of the lock file.
    Untold,
    /// It is of another lock file of that name, for this reason.
    Other(String),
}

impl Lock {
    fn name(&self) -> &str {
        self.path.file_name().unwrap_or_default()
    }

    /// Whether it names no package of others.
    pub fn is_empty(&self) -> bool {
        self.packages.is_empty()
    }

    /// Whether a report that lists packages looked at this one's.
    pub fn tie(&self, report: &Findings) -> Tie {
        let listed = &report.listed;
        // One that names no package fits the report of any project.
        if self.is_empty() || listed.is_empty() || !listed.names(self.name()) {
            return Tie::Untold;
        }
        let missing: Vec<String> = self
            .packages
            .iter()
            .filter(|(name, version)| !listed.holds(self.ecosystem, name, version))
            .map(|(name, version)| format!("{name} {version}"))
            .collect();
        if missing.is_empty() {
            return Tie::Whole;
        }
        let shown = missing.iter().take(SHOWN).cloned().collect::<Vec<_>>().join(", ");
        let more = missing.len().saturating_sub(SHOWN);
        let more = if more > 0 { format!(" and {more} more") } else { String::new() };
        Tie::Other(format!("{} names {shown}{more}, and {} looked at none such", self.path, report.tool))
    }

    /// Whether a report that only counts packages is of this one.
    fn counts(&self, report: &Findings) -> Tie {
        let count = report.looked_at.as_ref().map_or(0, |(count, _)| *count);
        let foreign = self.packages.len() as u64;
        // npm leaves nothing out, and counts links to the project's own packages where it sees them.
        let least = if self.scanner == ScannerName::NpmAudit { foreign } else { self.entries };
        if !(least..=self.entries).contains(&count) {
            let entries = self.entries;
            return Tie::Other(format!(
                "{} has {entries} entries, and {} counted {count}",
                self.path, report.tool
            ));
        }
        match report.findings.iter().find(|finding| !self.has(finding)) {
            Some(Finding { id, package: Some(package), .. }) => Tie::Other(format!(
                "it finds {id} in {} {}, which {} does not name",
                package.name, package.version, self.path
            )),
            _ => Tie::Whole,
        }
    }

    /// Whether it names what something was found in; a version that is not told may be any.
    fn has(&self, finding: &Finding) -> bool {
        let Some(package) = &finding.package else { return true };
        let is = |(name, version): &(String, String)| {
            *name == package.name && (package.version.is_empty() || *version == package.version)
        };
        self.packages.iter().any(is)
    }
}

/// The lock files of the project that can be told; one that cannot be read is its scanner's to complain of.
pub fn locks(files: &dyn Files, facts: &Facts, there: &There) -> Vec<Lock> {
    let go = facts.ecosystems.go.as_ref().map(|_| facts.dir.join("go.mod"));
    let read = [
        go.and_then(|path| go_mod(files, &facts.root, path)),
        there.cargo.clone().and_then(|path| cargo_lock(files, &facts.root, path)),
        there.npm.clone().and_then(|path| npm_lock(files, &facts.root, path)),
    ];
    read.into_iter().flatten().collect()
}

fn text(files: &dyn Files, path: &Utf8Path) -> Option<String> {
    String::from_utf8(files.read(path, LONGEST).ok()?).ok()
}

fn go_mod(files: &dyn Files, root: &Utf8Path, path: Utf8PathBuf) -> Option<Lock> {
    let packages = requires(&text(files, &root.join(&path))?);
    let entries = packages.len() as u64;
    Some(Lock { scanner: ScannerName::Govulncheck, path, ecosystem: "Go", packages, entries })
}

fn cargo_lock(files: &dyn Files, root: &Utf8Path, path: Utf8PathBuf) -> Option<Lock> {
    let lock: Lockfile = text(files, &root.join(&path))?.parse().ok()?;
    let entries = lock.packages.len() as u64;
    let foreign = lock.packages.iter().filter(|package| package.source.is_some());
    let packages = foreign.map(|package| (package.name.to_string(), package.version.to_string())).collect();
    Some(Lock { scanner: ScannerName::Rustsec, path, ecosystem: "crates.io", packages, entries })
}

fn npm_lock(files: &dyn Files, root: &Utf8Path, path: Utf8PathBuf) -> Option<Lock> {
    let packages = npm::packages(files, &root.join(&path)).ok()?;
    let entries = npm::entries(files, &root.join(&path)).ok()?;
    let packages = packages.into_iter().map(|package| (package.name, package.version)).collect();
    Some(Lock { scanner: ScannerName::NpmAudit, path, ecosystem: "npm", packages, entries })
}

/// Notes for which scanners the reports that are given stand in: those that list the packages of the lock files.
///
/// # Errors
///
/// If the notes of the reports cannot be read.
pub async fn look(seen: &Seen, there: There, outlook: &Outlook) -> Result<Seen, Problem> {
    let reports: Vec<_> =
        given::noted(seen)?.into_iter().filter(|report| is_of(ALL_PACKAGES, &report.format)).collect();
    if reports.is_empty() {
        return Ok(Seen::new());
    }
    let (files, facts) = (Arc::clone(&outlook.ports.files), Arc::clone(&outlook.facts));
    let looking = tokio::task::spawn_blocking(move || {
        let locks = locks(files.as_ref(), &facts, &there);
        let mut tied: Vec<&Lock> = Vec::new();
        for report in &reports {
            let Some((path, _)) = given::find(files.as_ref(), &facts.root, &report.named)? else { continue };
            // What is broken stands in for nothing; the check that reads it says what is wrong with it.
            let Ok((_, content)) = formats::read(ALL_PACKAGES, "report", files.open(&path)?) else {
                continue;
            };
            tied.extend(locks.iter().filter(|lock| lock.tie(&content) == Tie::Whole));
        }
        let mut scanners: Vec<ScannerName> = tied.iter().map(|lock| lock.scanner).collect();
        let all = there.locks.iter().all(|path| tied.iter().any(|lock| lock.path == *path));
        if all && !there.locks.is_empty() {
            scanners.extend([ScannerName::OsvScanner, ScannerName::Trivy]);
        }
        Ok(scanners.into_iter().map(|name| (format!("{TIED}{}", name.word()), String::new())).collect())
    });
    looking.await.map_err(|error| Problem::new("the reports could not be looked at").caused_by(&error))?
}

/// Whether a report that lists packages stands in for a scanner, by the notes of [`look`].
pub fn is_tied(seen: &Seen, name: ScannerName) -> bool {
    seen.contains_key(&format!("{TIED}{}", name.word()))
}

fn is_of<T>(formats: &[formats::Format<T>], name: &str) -> bool {
    formats.iter().any(|format| format.name == name)
}

/// What is wrong with a report that looked at the packages of something else.
pub fn foreign(file: &str, format: &str, report: &Findings, locks: &[Lock]) -> Option<Problem> {
    let of = |scanner: ScannerName| locks.iter().find(|lock| lock.scanner == scanner);
    let counted = |scanner: ScannerName, wanted: &str| match of(scanner) {
        Some(lock) => lock.counts(report),
        None => Tie::Other(format!("this project has no {wanted} that can be read")),
    };
    let tie = if is_of(CRATES, format) {
        counted(ScannerName::Rustsec, "Cargo.lock")
    } else if is_of(NPM_PACKAGES, format) {
        counted(ScannerName::NpmAudit, "package-lock.json")
    } else if is_of(ALL_PACKAGES, format) {
        // A report of a whole repository speaks of other projects too; it must speak of this one as it is.
        let ties: Vec<Tie> = locks.iter().map(|lock| lock.tie(report)).collect();
        let whole = ties.contains(&Tie::Whole);
        ties.into_iter().find(|tie| !whole && matches!(tie, Tie::Other(_))).unwrap_or(Tie::Untold)
    } else {
        Tie::Untold
    };
    let Tie::Other(why) = tie else { return None };
    Some(
        Problem::new(format!("{file} is of another project, or of another state of this one"))
            .because(why)
            .fix("make the report from this commit, in this project's folder"),
    )
}
