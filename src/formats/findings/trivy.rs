//! Trivy's JSON (`trivy … --format json`), schema version 2.

use std::io::Read;

use serde::Deserialize;
use serde::de::{IgnoredAny, MapAccess};

use super::finding::{Finding, Findings, Package, Place, Subject};
use super::kept::Kept;
use super::listed::Listed;
use super::severity::Severity;
use super::values::{Number, Score, Text, list_or_null, or_default};
use crate::formats::json::{Fields, Objects, each_or_null, object, skip};
use crate::formats::{BadReport, Format, Made};

/// Trivy's JSON.
pub const FORMAT: Format<Findings> = Format {
    name: "JSON of Trivy",
    is: |head| head.holds("SchemaVersion") && (head.holds("ArtifactName") || head.holds("Results")),
    read: |source| read(source),
};

#[derive(Deserialize, Default)]
#[serde(default, rename_all = "PascalCase")]
struct Vulnerability {
    #[serde(rename = "VulnerabilityID")]
    id: Text,
    #[serde(rename = "VendorIDs", deserialize_with = "list_or_null")]
    vendors: Vec<Text>,
    pkg_name: Text,
    installed_version: Text,
    fixed_version: Text,
    severity: Text,
    title: Text,
    #[serde(rename = "PrimaryURL")]
    url: Text,
    #[serde(rename = "CVSS", deserialize_with = "or_default")]
    cvss: std::collections::BTreeMap<String, Cvss>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Cvss {
    #[serde(rename = "V3Score")]
    three: Score,
    #[serde(rename = "V40Score")]
    four: Score,
}

#[derive(Deserialize, Default)]
#[serde(default, rename_all = "PascalCase")]
struct Misconfiguration {
    #[serde(rename = "ID")]
    id: Text,
    title: Text,
    severity: Text,
    status: Text,
    #[serde(rename = "PrimaryURL")]
    url: Text,
    cause_metadata: Cause,
}

#[derive(Deserialize, Default)]
#[serde(default, rename_all = "PascalCase")]
struct Cause {
    start_line: Number,
}

/// A secret; `Match` and `Code`, which hold it, are never read.
#[derive(Deserialize, Default)]
#[serde(default, rename_all = "PascalCase")]
struct Secret {
    #[serde(rename = "RuleID")]
    rule: Text,
    severity: Text,
    title: Text,
    start_line: Number,
}

#[derive(Deserialize, Default)]
#[serde(default, rename_all = "PascalCase")]
struct Modified {
    #[serde(rename = "Type")]
    kind: Text,
    finding: Vulnerability,
}

#[derive(Default)]
struct Report {
    schema: Option<u64>,
    artifact: Text,
    made: Text,
    version: Text,
    targets: u64,
    /// Those of them that tell of licences alone.
    licences: u64,
    kept: Kept,
    listed: Listed,
    // Of the target that is read now; its name need not come first.
    target: String,
    kind: String,
    class: String,
    findings: Vec<Finding>,
    packages: Vec<Installed>,
}

/// A package that Trivy looked up (`--list-all-pkgs`).
#[derive(Deserialize, Default)]
#[serde(default, rename_all = "PascalCase")]
struct Installed {
    name: Text,
    version: Text,
}

#[derive(Deserialize, Default)]
#[serde(default, rename_all = "PascalCase")]
struct Scanner {
    version: Text,
}

impl Fields for Report {
    fn field<'de, A: MapAccess<'de>>(&mut self, name: &str, map: &mut A) -> Result<(), A::Error> {
        match name {
            "SchemaVersion" => self.schema = Some(map.next_value()?),
            "ArtifactName" => self.artifact = map.next_value()?,
            "CreatedAt" => self.made = map.next_value()?,
            "Trivy" => self.version = map.next_value::<Scanner>()?.version,
            "Results" => {
                self.targets += map.next_value_seed(Objects(&mut Target(self)))?;
            }
            _ => skip(map)?,
        }
        Ok(())
    }
}

struct Target<'a>(&'a mut Report);

impl Fields for Target<'_> {
    fn begin(&mut self) {
        self.0.target.clear();
        self.0.kind.clear();
        self.0.class.clear();
        self.0.packages.clear();
    }

    fn field<'de, A: MapAccess<'de>>(&mut self, name: &str, map: &mut A) -> Result<(), A::Error> {
        let findings = &mut self.0.findings;
        match name {
            "Target" => self.0.target = map.next_value::<Text>()?.0,
            "Type" => self.0.kind = map.next_value::<Text>()?.0,
            "Class" => self.0.class = map.next_value::<Text>()?.0,
            "Packages" => {
                let packages = &mut self.0.packages;
                map.next_value_seed(each_or_null(|package| {
                    packages.push(package);
                    if packages.len() > 200_000 {
                        return Err("more than 200000 packages in one target".into());
                    }
                    Ok(())
                }))?;
            }
            "Vulnerabilities" => {
                map.next_value_seed(each_or_null(|found| put(findings, vulnerability(found))))?;
            }
            "Misconfigurations" => {
                map.next_value_seed(each_or_null(|found: Misconfiguration| {
                    if found.status.0 == "PASS" { Ok(()) } else { put(findings, misconfiguration(found)) }
                }))?;
            }
            "Secrets" => {
                map.next_value_seed(each_or_null(|found| put(findings, secret(found))))?;
            }
            "ExperimentalModifiedFindings" => {
                map.next_value_seed(each_or_null(|found: Modified| match found.kind.0.as_str() {
                    "vulnerability" => {
                        put(findings, Finding { suppressed: true, ..vulnerability(found.finding) })
                    }
                    _ => Ok(()),
                }))?;
            }
            _ => {
                map.next_value::<IgnoredAny>()?;
            }
        }
        Ok(())
    }

    fn end(&mut self) -> Result<(), String> {
        let Report { target, kind, class, findings, packages, kept, listed, licences, .. } = &mut *self.0;
        if target.is_empty() {
            return Err("a result without its `Target`".into());
        }
        // Its packages were asked for their licences, and for nothing else (Trivy's `ResultClass`).
        if class.starts_with("license") && findings.is_empty() {
            *licences += 1;
            return Ok(());
        }
        listed.source(target)?;
        for Installed { name, version } in packages.drain(..) {
            listed.package(ecosystem(kind), &name.0, &version.0)?;
        }
        for mut finding in findings.drain(..) {
            let line = finding.place.as_ref().map_or(0, |place| place.line);
            finding.place = Some(Place { file: target.clone(), line, column: 0 });
            if let Some(package) = &mut finding.package {
                package.ecosystem = ecosystem(kind).to_owned();
            }
            kept.add(finding);
        }
        Ok(())
    }
}

fn put(findings: &mut Vec<Finding>, finding: Finding) -> Result<(), String> {
    findings.push(finding);
    if findings.len() > 200_000 { Err("more than 200000 findings in one target".into()) } else { Ok(()) }
}

/// OSV's name of the ecosystem, for Trivy's types of targets; others keep their own.
fn ecosystem(kind: &str) -> &str {
    match kind {
        "gobinary" | "gomod" => "Go",
        "cargo" | "rustbinary" => "crates.io",
        "npm" | "yarn" | "pnpm" | "node-pkg" | "bun" => "npm",
        "pip" | "pipenv" | "poetry" | "uv" | "python-pkg" => "PyPI",
        "jar" | "pom" | "gradle" => "Maven",
        other => other,
    }
}

fn vulnerability(found: Vulnerability) -> Finding {
    let scores = found.cvss.values().flat_map(|cvss| [cvss.three.severity(), cvss.four.severity()]);
    let fixed =
        found.fixed_version.0.split(',').map(|version| version.trim().trim_start_matches('v').to_owned());
    let title = found.title.line();
    Finding {
        severity: Severity::of_word(&found.severity.0).or_else(|| scores.flatten().max()),
        message: if title.is_empty() { format!("{} in {}", found.id.0, found.pkg_name.0) } else { title },
        aliases: found.vendors.into_iter().map(|id| id.0).filter(|id| *id != found.id.0).collect(),
        id: found.id.0,
        package: Some(Package {
            ecosystem: String::new(),
            name: found.pkg_name.0,
            version: found.installed_version.0.trim_start_matches('v').to_owned(),
        }),
        fixed: fixed.filter(|version| !version.is_empty()).collect(),
        url: found.url.0,
        ..Finding::default()
    }
}

fn misconfiguration(found: Misconfiguration) -> Finding {
    Finding {
        id: found.id.0,
        severity: Severity::of_word(&found.severity.0),
        message: found.title.line(),
        place: Some(Place { file: String::new(), line: found.cause_metadata.start_line.0, column: 0 }),
        url: found.url.0,
        ..Finding::default()
    }
}

fn secret(found: Secret) -> Finding {
    Finding {
        message: format!("a secret: {}", found.title.line()),
        id: found.rule.0,
        severity: Severity::of_word(&found.severity.0),
        place: Some(Place { file: String::new(), line: found.start_line.0, column: 0 }),
        ..Finding::default()
    }
}

fn read(source: impl Read) -> Result<Findings, BadReport> {
    let mut report = Report::default();
    object(source, &mut report)?;
    if report.schema != Some(2) {
        return Err(BadReport::at(0, "its `SchemaVersion` is not 2"));
    }
    if report.artifact.0.is_empty() {
        return Err(BadReport::at(0, "it does not name what was looked at (`ArtifactName`)"));
    }
    if report.targets > 0 && report.targets == report.licences {
        return Err(BadReport::at(0, "it tells of licences alone: nothing was looked up"));
    }
    if report.targets == 0 {
        return Err(BadReport::at(
            0,
            "it has no target: Trivy found nothing that it knows how to look at, such as a lock file",
        ));
    }
    let looked_at = Some((report.targets - report.licences, "targets"));
    let findings = report.kept.finish(Subject::Security, "trivy", &report.version.0, looked_at);
    let made = Made::told(&report.made.0).map_err(|why| BadReport::at(0, format!("`CreatedAt`: {why}")))?;
    Ok(Findings { listed: report.listed, made, ..findings })
}
