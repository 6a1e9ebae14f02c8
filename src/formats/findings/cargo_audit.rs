//! cargo-audit's JSON (`cargo audit --json`).

use std::io::Read;

use serde::Deserialize;
use serde::de::MapAccess;

use super::finding::{self, Finding, Findings, Package, Subject};
use super::kept::Kept;
use super::severity::Severity;
use super::values::{Held, Text, list_or_null};
use crate::formats::json::{Fields, Object, each, entries, object, skip};
use crate::formats::{BadReport, Format};

/// cargo-audit's JSON.
pub const FORMAT: Format<Findings> = Format {
    name: "JSON of cargo-audit",
    is: |head| head.holds("lockfile.dependency-count") || head.holds("database.advisory-count"),
    read: |source| read(source),
};

/// RustSec's database has had more advisories than this for years: fewer are a part of it.
const FEWEST: u64 = 500;

#[derive(Deserialize)]
struct Database {
    #[serde(rename = "advisory-count")]
    advisories: u64,
    /// Both are `null` where it was told to fetch nothing.
    #[serde(rename = "last-commit", default)]
    commit: Text,
    #[serde(rename = "last-updated", default)]
    updated: Text,
}

#[derive(Deserialize)]
struct Lockfile {
    #[serde(rename = "dependency-count")]
    dependencies: u64,
}

#[derive(Deserialize)]
struct Found {
    advisory: Option<Advisory>,
    #[serde(default)]
    versions: Option<Versions>,
    package: Crate,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Advisory {
    id: Text,
    title: Text,
    #[serde(deserialize_with = "list_or_null")]
    aliases: Vec<Text>,
    cvss: Text,
    url: Text,
    withdrawn: Text,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Versions {
    #[serde(deserialize_with = "list_or_null")]
    patched: Vec<Text>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Crate {
    name: Text,
    version: Text,
}

/// What it was told to let pass, by an `audit.toml` say.
#[derive(Deserialize, Default)]
#[serde(default)]
struct Settings {
    #[serde(deserialize_with = "list_or_null")]
    ignore: Vec<Text>,
    severity: Text,
}

#[derive(Default)]
struct Report {
    settings: Settings,
    database: Option<Database>,
    lockfile: Option<Lockfile>,
    found: Option<Vulnerabilities>,
    kept: Kept,
}

#[derive(Default)]
struct Vulnerabilities {
    count: Option<u64>,
    there: Option<u64>,
    kept: Kept,
}

impl Fields for Vulnerabilities {
    fn field<'de, A: MapAccess<'de>>(&mut self, name: &str, map: &mut A) -> Result<(), A::Error> {
        match name {
            "count" => self.count = Some(map.next_value()?),
            "list" => {
                let kept = &mut self.kept;
                let there = map.next_value_seed(each(|found| {
                    finding(found, None).into_iter().for_each(|it| kept.add(it));
                    Ok(())
                }))?;
                self.there = Some(self.there.unwrap_or(0) + there);
            }
            _ => skip(map)?,
        }
        Ok(())
    }
}

impl Fields for Report {
    fn field<'de, A: MapAccess<'de>>(&mut self, name: &str, map: &mut A) -> Result<(), A::Error> {
        match name {
            "database" => self.database = Some(map.next_value()?),
            "lockfile" => self.lockfile = Some(map.next_value()?),
            "settings" => self.settings = map.next_value()?,
            "vulnerabilities" => {
                let kept = std::mem::take(&mut self.kept);
                let mut found = Vulnerabilities { kept, ..Vulnerabilities::default() };
                map.next_value_seed(Object(&mut found))?;
                self.kept = std::mem::take(&mut found.kept);
                self.found = Some(found);
            }
            "warnings" => {
                let kept = &mut self.kept;
                map.next_value_seed(entries(|kind, warnings: Held<Found>| {
                    warnings
                        .0
                        .into_iter()
                        .filter_map(|found| finding(found, Some(&kind)))
                        .for_each(|it| kept.add(it));
                    Ok(())
                }))?;
            }
            _ => skip(map)?,
        }
        Ok(())
    }
}

/// None for an advisory that was withdrawn. A warning has no score: it is what its kind says.
fn finding(found: Found, warning: Option<&str>) -> Option<Finding> {
    let advisory = found.advisory.unwrap_or_default();
    if !advisory.withdrawn.0.is_empty() {
        return None;
    }
    let severity = match warning {
        None => Severity::of_vector(&advisory.cvss.0),
        Some("unsound") => Some(Severity::of_vector(&advisory.cvss.0).unwrap_or(Severity::Medium)),
        Some(_) => Some(Severity::Low),
    };
    let name = found.package.name.0;
    let what = match (warning, advisory.title.line()) {
        (Some(kind), title) if title.is_empty() => format!("{name} is {kind}"),
        (Some(kind), title) => format!("{kind}: {title}"),
        (None, title) => title,
    };
    let id = if advisory.id.0.is_empty() { warning.unwrap_or("unnamed").to_owned() } else { advisory.id.0 };
    Some(Finding {
        url: if advisory.url.0.is_empty() && id.starts_with("RUSTSEC-") {
            format!("https://rustsec.org/advisories/{id}")
        } else {
            advisory.url.0
        },
        id,
        aliases: advisory.aliases.into_iter().map(|alias| alias.0).collect(),
        severity,
        message: what,
        package: Some(Package { ecosystem: "crates.io".into(), name, version: found.package.version.0 }),
        fixed: found.versions.unwrap_or_default().patched.into_iter().map(|version| version.0).collect(),
        ..Finding::default()
    })
}

fn read(source: impl Read) -> Result<Findings, BadReport> {
    let mut report = Report::default();
    object(source, &mut report)?;
    let (Some(database), Some(lockfile), Some(found)) = (report.database, report.lockfile, report.found)
    else {
        return Err(BadReport::at(0, "it lacks `database`, `lockfile` or `vulnerabilities`"));
    };
    if database.advisories <= FEWEST {
        let count = database.advisories;
        return Err(BadReport::at(0, format!("its database has only {count} advisories: it is not whole")));
    }
    let Settings { ignore, severity } = &report.settings;
    if !ignore.is_empty() || !severity.0.is_empty() {
        let why = format!(
            "it was told what to let pass (ignore: {}, severity: {}): make it without that, and say in \
             `gates.vulnerabilities.ignore` what passes, why and until when",
            ignore.iter().map(|id| id.line()).collect::<Vec<_>>().join(", "),
            severity.line()
        );
        return Err(BadReport::at(0, why));
    }
    if lockfile.dependencies == 0 {
        return Err(BadReport::at(0, "no dependency was looked at"));
    }
    if found.count.is_none() || found.count != found.there {
        return Err(BadReport::at(0, "the vulnerabilities that it lists are not as many as it says"));
    }
    let looked_at = Some((lockfile.dependencies, "packages"));
    let kept = report.kept.finish(Subject::Security, "cargo-audit", "", looked_at);
    let database = finding::Database { name: database.commit.line(), modified: database.updated.line() };
    Ok(Findings { database: Some(database), ..kept })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_it_was_told_to_let_pass_is_not_taken_over() {
        let report = |settings: &str| {
            format!(
                r#"{{"settings": {settings}, "database": {{"advisory-count": 900}}, "lockfile": {{"dependency-count": 3}}, "vulnerabilities": {{"found": false, "count": 0, "list": []}}}}"#
            )
        };
        for settings in [r#"{"ignore": ["RUSTSEC-2020-0071"]}"#, r#"{"ignore": [], "severity": "high"}"#] {
            let bad = read(report(settings).as_bytes()).unwrap_err();
            assert!(bad.why.contains("told what to let pass"), "{bad:?}");
        }
        for settings in ["{}", r#"{"ignore": [], "severity": null, "informational_warnings": ["notice"]}"#] {
            assert!(read(report(settings).as_bytes()).is_ok(), "{settings}");
        }
    }
}
