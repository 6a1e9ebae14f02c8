//! npm's JSON (`npm audit --json`), as of npm 7.

use std::collections::BTreeMap;
use std::fmt;
use std::io::Read;

use serde::Deserialize;
use serde::de::value::MapAccessDeserializer;
use serde::de::{Deserializer, Error, MapAccess, Visitor};

use super::finding::{Finding, Findings, Package, Subject};
use super::kept::Kept;
use super::severity::Severity;
use super::values::{Score, Text, list};
use crate::formats::json::{Fields, entries, object, skip};
use crate::formats::{BadReport, Format};

/// The tool's name.
pub const TOOL: &str = "npm audit";

/// npm's JSON.
pub const FORMAT: Format<Findings> = Format {
    name: "JSON of npm audit",
    is: |head| head.holds("auditReportVersion") || (head.holds("advisories") && head.holds("metadata")),
    read: |source| read(source),
};

/// The most advisories that are held.
const MOST: usize = 50_000;

#[derive(Deserialize)]
struct Vulnerable {
    #[serde(default)]
    severity: Text,
    #[serde(deserialize_with = "list")]
    via: Vec<Via>,
}

enum Via {
    /// Another package in the report, whose name nobody needs.
    Through,
    /// One of its own.
    Itself(Advisory),
}

impl<'de> Deserialize<'de> for Via {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Of;
        impl<'de> Visitor<'de> for Of {
            type Value = Via;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("the name of a package, or an advisory")
            }
            fn visit_str<E: Error>(self, _: &str) -> Result<Via, E> {
                Ok(Via::Through)
            }
            fn visit_unit<E: Error>(self) -> Result<Via, E> {
                Ok(Via::Through)
            }
            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Via, A::Error> {
                Advisory::deserialize(MapAccessDeserializer::new(map)).map(Via::Itself)
            }
        }
        deserializer.deserialize_any(Of)
    }
}

#[derive(Deserialize, Default, Clone)]
#[serde(default)]
struct Advisory {
    name: Text,
    title: Text,
    url: Text,
    severity: Text,
    range: Text,
    cvss: Cvss,
}

#[derive(Deserialize, Default, Clone)]
#[serde(default)]
struct Cvss {
    score: Score,
}

/// Why npm could not audit.
#[derive(Deserialize, Default)]
#[serde(default)]
struct Failed {
    code: Text,
    summary: Text,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Metadata {
    vulnerabilities: Totals,
    dependencies: Totals,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Totals {
    total: u64,
    high: Option<u64>,
    critical: Option<u64>,
}

#[derive(Default)]
struct Report {
    version: Option<u64>,
    packages: Option<u64>,
    metadata: Option<Metadata>,
    /// How many packages are as bad as that.
    high: u64,
    critical: u64,
    /// By page and package; npm tells an advisory again for each package that it comes through.
    found: BTreeMap<(String, String), Advisory>,
}

impl Fields for Report {
    fn field<'de, A: MapAccess<'de>>(&mut self, name: &str, map: &mut A) -> Result<(), A::Error> {
        match name {
            "auditReportVersion" => self.version = Some(map.next_value()?),
            "metadata" => self.metadata = Some(map.next_value()?),
            "error" => {
                let error = map.next_value::<Option<Failed>>()?;
                if let Some(Failed { code, summary }) = error {
                    let why = format!("npm could not look them up: {} {}", code.line(), summary.line());
                    return Err(A::Error::custom(why.trim_end()));
                }
            }
            "vulnerabilities" => {
                let Self { found, high, critical, .. } = self;
                let count = map.next_value_seed(entries(|package, vulnerable: Vulnerable| {
                    if vulnerable.via.is_empty() {
                        return Err(format!("it does not say by what {package} is vulnerable"));
                    }
                    let severity = Severity::of_word(&vulnerable.severity.0);
                    *high += u64::from(severity == Some(Severity::High));
                    *critical += u64::from(severity == Some(Severity::Critical));
                    // npm takes the worst of them, and what comes through others is told there.
                    let worst = vulnerable.via.iter().map(|via| match via {
                        Via::Through => Some(Severity::Critical),
                        Via::Itself(advisory) => Severity::of_word(&advisory.severity.0),
                    });
                    if severity > worst.max().flatten() {
                        let said = vulnerable.severity.line();
                        return Err(format!(
                            "it says that {package} is {said}, and nothing by which it is so"
                        ));
                    }
                    for via in vulnerable.via {
                        if let Via::Itself(advisory) = via {
                            found.insert((advisory.url.0.clone(), advisory.name.0.clone()), advisory);
                        }
                    }
                    if found.len() > MOST { Err(format!("more than {MOST} advisories")) } else { Ok(()) }
                }))?;
                self.packages = Some(self.packages.unwrap_or(0) + count);
            }
            _ => skip(map)?,
        }
        Ok(())
    }
}

fn finding(advisory: Advisory) -> Finding {
    let id = advisory.url.0.rsplit('/').next().unwrap_or_default().to_owned();
    Finding {
        id: if id.is_empty() { advisory.title.line() } else { id },
        severity: Severity::of_word(&advisory.severity.0).or_else(|| advisory.cvss.score.severity()),
        message: format!("{} ({} {})", advisory.title.line(), advisory.name.0, advisory.range.line()),
        // npm says which versions are vulnerable, not which one is installed.
        package: Some(Package { ecosystem: "npm".into(), name: advisory.name.0, version: String::new() }),
        url: advisory.url.0,
        ..Finding::default()
    }
}

/// Reads a report.
///
/// # Errors
///
/// If it is none, or proves nothing.
pub fn read(source: impl Read) -> Result<Findings, BadReport> {
    let mut report = Report::default();
    object(source, &mut report)?;
    match report.version {
        Some(2) => {}
        Some(other) => return Err(BadReport::at(0, format!("its version is {other}; 2 is known"))),
        None => return Err(BadReport::at(0, "it is of npm 6 or of another tool: use npm 7 or later")),
    }
    let (Some(packages), Some(metadata)) = (report.packages, report.metadata) else {
        return Err(BadReport::at(0, "it lacks `vulnerabilities` or `metadata`"));
    };
    if metadata.dependencies.total == 0 {
        return Err(BadReport::at(0, "no dependency was looked at"));
    }
    if metadata.vulnerabilities.total != packages {
        let total = metadata.vulnerabilities.total;
        return Err(BadReport::at(
            0,
            format!("npm counted {total} vulnerable packages, and {packages} are in it"),
        ));
    }
    for (level, counted, there) in [
        ("high", metadata.vulnerabilities.high, report.high),
        ("critical", metadata.vulnerabilities.critical, report.critical),
    ] {
        if let Some(counted) = counted.filter(|counted| *counted != there) {
            let why = format!("npm counted {counted} packages that are {level}, and {there} are in it");
            return Err(BadReport::at(0, why));
        }
    }
    if packages > 0 && report.found.is_empty() {
        return Err(BadReport::at(0, "it names vulnerable packages and no advisory"));
    }
    let mut kept = Kept::default();
    report.found.into_values().for_each(|advisory| kept.add(finding(advisory)));
    Ok(kept.finish(Subject::Security, TOOL, "", Some((metadata.dependencies.total, "packages"))))
}
