//! OSV-Scanner's JSON (`osv-scanner scan --format json --all-packages`), as of version 2.

use std::collections::BTreeSet;
use std::io::Read;

use serde::Deserialize;
use serde::de::{DeserializeSeed as _, MapAccess};

use super::finding::{Finding, Findings, Package, Place, Reach, Subject};
use super::kept::Kept;
use super::listed::Listed;
use super::osv::{Affected, Named};
use super::severity::Severity;
use super::values::{Score, Text, list, list_or_null, or_default};
use crate::formats::json::{Fields, Objects, each_or_null, entries, object, skip};
use crate::formats::{BadReport, Format};

/// The tool's name.
pub const TOOL: &str = "osv-scanner";

/// OSV-Scanner's JSON.
pub const FORMAT: Format<Findings> = Format {
    name: "JSON of OSV-Scanner",
    is: |head| {
        head.holds("results[].packages") || (head.holds("results") && head.holds("experimental_config"))
    },
    read: |source| read(source).map(|(findings, _)| findings),
};

/// The most vulnerabilities that the groups of one package name together.
const MOST_GROUPED: usize = 200_000;

#[derive(Deserialize)]
struct Entry {
    package: Named,
    #[serde(default, deserialize_with = "list_or_null")]
    vulnerabilities: Vec<Osv>,
    #[serde(default, deserialize_with = "list_or_null")]
    groups: Vec<Group>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Osv {
    id: Text,
    #[serde(deserialize_with = "list_or_null")]
    aliases: Vec<Text>,
    summary: Text,
    details: Text,
    withdrawn: Text,
    #[serde(deserialize_with = "list_or_null")]
    severity: Vec<Rated>,
    #[serde(deserialize_with = "list_or_null")]
    affected: Vec<Affected>,
    #[serde(deserialize_with = "or_default")]
    database_specific: Specific,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Rated {
    score: Text,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Specific {
    #[serde(deserialize_with = "lenient")]
    severity: Score,
}

/// What databases put there is their own affair.
fn lenient<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Score, D::Error> {
    let value = serde_json::Value::deserialize(deserializer)?;
    Ok(serde_json::from_value(value).unwrap_or_default())
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Group {
    #[serde(deserialize_with = "list")]
    ids: Vec<Text>,
    #[serde(deserialize_with = "list_or_null")]
    aliases: Vec<Text>,
    max_severity: Score,
    #[serde(alias = "experimentalAnalysis", deserialize_with = "or_default")]
    experimental_analysis: Analyses,
}

/// What was seen called, of however many.
#[derive(Default)]
struct Analyses(Option<bool>);

impl<'de> Deserialize<'de> for Analyses {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let mut called = None;
        let take = entries(|_, analysis: Analysis| {
            called = called.max(analysis.called);
            Ok(())
        });
        take.deserialize(deserializer)?;
        Ok(Self(called))
    }
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Analysis {
    called: Option<bool>,
}

#[derive(Default)]
struct Report {
    kept: Kept,
    packages: u64,
    results: bool,
    looked: Looked,
    listed: Listed,
}

/// What OSV-Scanner looked at.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Looked {
    /// The files, as it names them.
    pub sources: BTreeSet<String>,
    /// The ecosystems of the packages in them, in OSV's names.
    pub ecosystems: BTreeSet<String>,
}

#[derive(Default)]
struct Source<'a> {
    report: Option<&'a mut Report>,
    path: String,
    /// Findings of this source, until its path is known.
    findings: Vec<Finding>,
    /// How many it has, also those for which there was no room.
    told: usize,
    ecosystems: BTreeSet<String>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Path {
    path: Text,
}

impl Fields for Report {
    fn field<'de, A: MapAccess<'de>>(&mut self, name: &str, map: &mut A) -> Result<(), A::Error> {
        if name != "results" {
            return skip(map);
        }
        self.results = true;
        let mut source = Source { report: Some(self), ..Source::default() };
        map.next_value_seed(Objects(&mut source)).map(|_| ())
    }
}

impl Fields for Source<'_> {
    fn begin(&mut self) {
        self.path.clear();
        self.told = 0;
    }

    fn field<'de, A: MapAccess<'de>>(&mut self, name: &str, map: &mut A) -> Result<(), A::Error> {
        match name {
            "source" => self.path = map.next_value::<Path>()?.path.0,
            "packages" => {
                let Source { report, findings, ecosystems, told, .. } = self;
                let Some(Report { packages, listed, kept, .. }) = report else { return skip(map) };
                *packages += map.next_value_seed(each_or_null(|looked: Entry| {
                    if !ecosystems.contains(&looked.package.ecosystem.0) {
                        ecosystems.insert(looked.package.ecosystem.0.clone());
                    }
                    // There are a few dozen; a report that goes on making them up is none.
                    if ecosystems.len() > 1_000 {
                        return Err("more than 1000 ecosystems".into());
                    }
                    let Named { name, version, ecosystem } = &looked.package;
                    listed.package(&ecosystem.0, &name.0, &version.0)?;
                    findings_of(looked, kept, findings, told)
                }))?;
            }
            _ => skip(map)?,
        }
        Ok(())
    }

    fn end(&mut self) -> Result<(), String> {
        let Some(report) = &mut self.report else { return Ok(()) };
        report.looked.ecosystems.append(&mut self.ecosystems);
        if !report.looked.sources.contains(&self.path) {
            report.looked.sources.insert(self.path.clone());
        }
        report.listed.source(&self.path)?;
        for finding in self.findings.drain(..) {
            let place = Some(Place { file: self.path.clone(), line: 0, column: 0 });
            report.kept.add(Finding { place: place.filter(|place| !place.file.is_empty()), ..finding });
        }
        Ok(())
    }
}

/// In order, each once: lists of a few are faster than sets.
fn sorted<T: Ord>(values: impl Iterator<Item = T>) -> Vec<T> {
    let mut values: Vec<T> = values.collect();
    values.sort_unstable();
    values.dedup();
    values
}

fn findings_of(
    looked: Entry,
    kept: &mut Kept,
    into: &mut Vec<Finding>,
    told: &mut usize,
) -> Result<(), String> {
    let Entry { package, vulnerabilities, groups } = looked;
    let grouped = sorted(groups.iter().flat_map(|group| &group.ids).map(|id| id.0.as_str()));
    if let Some(lone) = vulnerabilities.iter().find(|osv| grouped.binary_search(&osv.id.0.as_str()).is_err())
    {
        return Err(format!("{} of {} is in no group", lone.id.0, package.name.0));
    }
    let by_id = sorted(vulnerabilities.iter().enumerate().map(|(at, osv)| (osv.id.0.as_str(), at)));
    let mut grouped = 0;
    for group in &groups {
        let names = sorted(group.ids.iter().map(|id| id.0.as_str()));
        let places = names.into_iter().flat_map(|name| {
            let first = by_id.partition_point(|(id, _)| *id < name);
            by_id[first..].iter().take_while(move |(id, _)| *id == name).map(|(_, at)| *at)
        });
        // In the order of the report, and no more in all than a report has that repeats nothing without end.
        let places = sorted(places.take(MOST_GROUPED));
        grouped += places.len();
        if grouped >= MOST_GROUPED {
            return Err(format!("the groups of {} name its vulnerabilities too often", package.name.0));
        }
        let members: Vec<&Osv> = places.into_iter().map(|at| &vulnerabilities[at]).collect();
        let first =
            group.ids.first().ok_or_else(|| format!("a group of {} names nothing", package.name.0))?;
        if !members.is_empty() && members.iter().all(|osv| !osv.withdrawn.0.is_empty()) {
            continue;
        }
        let rated =
            Finding { severity: severity(group, &members), reach: reach(group), ..Finding::default() };
        if kept.has_room_for(&rated) {
            into.push(of_group(rated, group, first, &members, &package));
        } else {
            kept.leave_out();
        }
        *told += 1;
        // Far more than any list of packages holds; what would not fit is refused rather than lost.
        if *told > 200_000 {
            return Err("more than 200000 vulnerabilities in one source".into());
        }
    }
    Ok(())
}

/// The worst that anyone says of it.
fn severity(group: &Group, members: &[&Osv]) -> Option<Severity> {
    let stated = members.iter().filter_map(|osv| osv.database_specific.severity.severity()).max();
    let vectors = members.iter().flat_map(|osv| &osv.severity);
    let rated = vectors.filter_map(|rated| Severity::of_vector(&rated.score.0)).max();
    group.max_severity.severity().max(stated).max(rated)
}

fn reach(group: &Group) -> Option<Reach> {
    group.experimental_analysis.0.map(|called| if called { Reach::Called } else { Reach::Required })
}

/// All of a finding of which it is known how bad it is.
fn of_group(rated: Finding, group: &Group, first: &Text, members: &[&Osv], package: &Named) -> Finding {
    let names = group.ids.iter().chain(&group.aliases);
    let aliases = names.chain(members.iter().flat_map(|osv| &osv.aliases)).filter(|name| *name != first);
    let summary = members.iter().map(|osv| osv.summary.line()).find(|line| !line.is_empty());
    let details = || members.iter().map(|osv| osv.details.line()).find(|line| !line.is_empty());
    let affected = members.iter().flat_map(|osv| &osv.affected).filter(|it| it.package.name == package.name);
    let fixed: BTreeSet<String> = affected.flat_map(Affected::fixed).map(str::to_owned).collect();
    Finding {
        id: first.0.clone(),
        aliases: aliases.map(|name| name.0.clone()).collect(),
        message: summary.or_else(details).unwrap_or_else(|| format!("{} in {}", first.0, package.name.0)),
        package: Some(Package {
            ecosystem: package.ecosystem.0.clone(),
            name: package.name.0.clone(),
            version: package.version.0.trim_start_matches('v').to_owned(),
        }),
        fixed: fixed.into_iter().collect(),
        url: format!("https://osv.dev/{}", first.0),
        ..rated
    }
}

/// Reads a report, with what was looked at.
///
/// # Errors
///
/// If it is none, or proves nothing.
pub fn read(source: impl Read) -> Result<(Findings, Looked), BadReport> {
    let mut report = Report::default();
    object(source, &mut report)?;
    if !report.results {
        return Err(BadReport::at(0, "it has no `results`"));
    }
    if report.packages == 0 {
        return Err(BadReport::at(
            0,
            "it lists no package: what OSV-Scanner writes where it finds nothing is the same as what it writes \
             without its database; run it with `--all-packages`",
        ));
    }
    let findings = report.kept.finish(Subject::Security, TOOL, "", Some((report.packages, "packages")));
    Ok((Findings { listed: report.listed, ..findings }, report.looked))
}
