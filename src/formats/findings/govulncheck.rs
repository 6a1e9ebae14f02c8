//! govulncheck's JSON (`govulncheck -format json`, protocol 1): objects that follow one another.
//!
//! The stream has no mark at its end. Whether it is whole shows the exit code to who ran the tool ([`read`]); of a
//! report that is given to us it has to show from what stands in it (`FORMAT`).

use std::collections::{BTreeMap, HashMap};
use std::io::Read;

use serde::Deserialize;
use serde::de::MapAccess;

use super::finding::{Database, Finding, Findings, Package, Place, Reach, Subject};
use super::kept::Kept;
use super::osv::Affected;
use super::values::{Number, Text, list, list_or_null, or_default};
use crate::formats::json::{Fields, objects, skip};
use crate::formats::{BadReport, Format};

/// The tool's name in its reports.
pub const TOOL: &str = "govulncheck";

/// govulncheck's JSON.
pub const FORMAT: Format<Findings> = Format {
    name: "JSON of govulncheck",
    is: |head| head.holds("config.protocol_version") || head.holds("finding.osv"),
    read: |source| given(source),
};

/// The most advisories and findings that are held.
const MOST: usize = 50_000;

/// A report, and what only govulncheck says.
#[derive(Debug)]
pub struct Scan {
    /// What it found.
    pub findings: Findings,
    /// How deep it looked: `symbol`, `package` or `module`.
    pub level: String,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Config {
    protocol_version: Text,
    scanner_version: Text,
    db: Text,
    db_last_modified: Text,
    scan_level: Text,
    scan_mode: Text,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Sbom {
    #[serde(deserialize_with = "list_or_null")]
    modules: Vec<Module>,
    #[serde(deserialize_with = "list_or_null")]
    roots: Vec<Text>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Module {
    path: Text,
    version: Text,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Osv {
    id: Text,
    #[serde(deserialize_with = "list_or_null")]
    aliases: Vec<Text>,
    summary: Text,
    withdrawn: Text,
    #[serde(deserialize_with = "list_or_null")]
    affected: Vec<Affected>,
    #[serde(deserialize_with = "or_default")]
    database_specific: Specific,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Specific {
    url: Text,
}

#[derive(Deserialize)]
struct Found {
    osv: Text,
    #[serde(default)]
    fixed_version: Text,
    #[serde(deserialize_with = "list")]
    trace: Vec<Frame>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Frame {
    module: Text,
    version: Text,
    package: Text,
    function: Text,
    position: Position,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Position {
    filename: Text,
    line: Number,
    column: Number,
}

struct Deepest {
    reach: Reach,
    fixed: String,
    version: String,
    place: Option<Place>,
}

#[derive(Default)]
struct Report {
    config: Option<Config>,
    modules: Vec<Module>,
    /// The packages that it began with, or the main module of a binary.
    roots: Vec<Text>,
    advisories: BTreeMap<String, Osv>,
    /// By advisory and module.
    found: BTreeMap<(String, String), Deepest>,
    late: bool,
    /// Whether something else than an advisory came after the last one.
    checked: bool,
}

impl Fields for Report {
    fn field<'de, A: MapAccess<'de>>(&mut self, name: &str, map: &mut A) -> Result<(), A::Error> {
        self.late |= self.config.is_none() && name != "config";
        match name {
            "config" => {
                let config = map.next_value()?;
                if self.config.replace(config).is_some() {
                    return Err(serde::de::Error::custom("a second `config`: these are two reports"));
                }
            }
            "SBOM" => {
                let sbom: Sbom = map.next_value()?;
                self.modules.extend(sbom.modules);
                self.roots.extend(sbom.roots);
            }
            "osv" => {
                self.checked = false;
                let osv: Osv = map.next_value()?;
                self.advisories.insert(osv.id.0.clone(), osv);
            }
            "progress" => {
                self.checked |= !self.advisories.is_empty();
                skip(map)?;
            }
            "finding" => self.take(map.next_value()?).map_err(serde::de::Error::custom)?,
            _ => skip(map)?,
        }
        Ok(())
    }

    fn end(&mut self) -> Result<(), String> {
        let held = [self.advisories.len(), self.found.len(), self.modules.len(), self.roots.len()];
        if held.into_iter().any(|count| count > MOST) {
            Err(format!("more than {MOST} advisories, modules or roots"))
        } else {
            Ok(())
        }
    }
}

impl Report {
    fn take(&mut self, found: Found) -> Result<(), String> {
        let first = found.trace.first().ok_or("a finding without a trace")?;
        if found.osv.0.is_empty() {
            return Err("a finding without the name of its advisory".into());
        }
        let reach = match first {
            frame if !frame.function.0.is_empty() => Reach::Called,
            frame if !frame.package.0.is_empty() => Reach::Imported,
            _ => Reach::Required,
        };
        // The last frame is the project's own.
        let own = found.trace.last().filter(|_| found.trace.len() > 1).map(|frame| &frame.position);
        let place = own.filter(|position| !position.filename.0.is_empty()).map(|position| Place {
            file: position.filename.0.clone(),
            line: position.line.0,
            column: position.column.0,
        });
        let key = (found.osv.0, first.module.0.clone());
        let version = first.version.0.trim_start_matches('v').to_owned();
        let fixed = found.fixed_version.0.trim_start_matches('v').to_owned();
        let deepest = Deepest { reach, fixed, version, place };
        match self.found.get_mut(&key) {
            Some(known) if known.reach >= reach => {}
            Some(known) => *known = deepest,
            None => {
                self.found.insert(key, deepest);
            }
        }
        Ok(())
    }

    /// What a stream must hold that came to its end: the word that follows the advisories, and a finding for each
    /// module that an advisory affects.
    fn whole(&self) -> Result<(), String> {
        if !self.checked {
            return Err("it does not say that the code was checked".into());
        }
        let versions: HashMap<&str, &str> =
            self.modules.iter().map(|module| (module.path.0.as_str(), module.version.0.as_str())).collect();
        for osv in self.advisories.values().filter(|osv| osv.withdrawn.0.is_empty()) {
            for affected in &osv.affected {
                let Some(version) = versions.get(affected.package.name.0.as_str()) else { continue };
                let key = (osv.id.0.clone(), affected.package.name.0.clone());
                if !version.is_empty() && affected.holds(version) && !self.found.contains_key(&key) {
                    return Err(format!("{} is about {} {version}, and no finding says so", key.0, key.1));
                }
            }
        }
        Ok(())
    }

    /// The modules that it is of: those of the source have no version, that of a binary is its root.
    fn projects(&self) -> impl Iterator<Item = &str> {
        let own = |module: &&Module| module.version.0.is_empty() || self.roots.contains(&module.path);
        self.modules.iter().filter(own).map(|module| module.path.0.as_str())
    }

    fn findings(self, config: &Config) -> Findings {
        let modules = self.modules.len();
        let projects = self.projects().map(str::to_owned).collect();
        let database = Some(Database { name: config.db.line(), modified: config.db_last_modified.line() });
        let mut kept = Kept::default();
        for ((id, module), deepest) in self.found {
            let osv = self.advisories.get(&id);
            if osv.is_some_and(|osv| !osv.withdrawn.0.is_empty()) {
                continue;
            }
            let summary = osv.map(|osv| osv.summary.line()).unwrap_or_default();
            kept.add(Finding {
                message: if summary.is_empty() { format!("{id} in {module}") } else { summary },
                aliases: osv.iter().flat_map(|osv| osv.aliases.iter().map(|alias| alias.0.clone())).collect(),
                url: osv.map(|osv| osv.database_specific.url.0.clone()).unwrap_or_default(),
                id,
                place: deepest.place,
                package: Some(Package { ecosystem: "Go".into(), name: module, version: deepest.version }),
                fixed: Some(deepest.fixed).filter(|fixed| !fixed.is_empty()).into_iter().collect(),
                reach: Some(deepest.reach),
                ..Finding::default()
            });
        }
        let version = &config.scanner_version.0;
        let report = kept.finish(Subject::Security, TOOL, version, Some((modules as u64, "modules")));
        Findings { database, projects, ..report }
    }
}

fn stream(source: impl Read) -> Result<(Config, Report), BadReport> {
    let mut report = Report::default();
    objects(source, &mut report)?;
    let config = report.config.take().filter(|_| !report.late);
    let config = config.ok_or_else(|| BadReport::at(0, "it does not begin with govulncheck's `config`"))?;
    if !config.protocol_version.0.starts_with("v1.") {
        let protocol = config.protocol_version.0;
        return Err(BadReport::at(0, format!("it speaks protocol `{protocol}`; v1 is known")));
    }
    if report.modules.is_empty() {
        return Err(BadReport::at(0, "it names no module that was looked at"));
    }
    if report.projects().next().is_none() {
        return Err(BadReport::at(0, "it does not say of which module it is"));
    }
    Ok((config, report))
}

/// Reads the report of a run of our own with what govulncheck says of its database. That the run came to its end is
/// for the caller to know.
///
/// # Errors
///
/// If it is none, or proves nothing.
pub fn read(source: impl Read) -> Result<Scan, BadReport> {
    let (config, report) = stream(source)?;
    Ok(Scan { findings: report.findings(&config), level: config.scan_level.0 })
}

/// Reads a report that somebody else made. That the program does not come near is left out: what says that it does
/// stands at the end, and may be missing.
fn given(source: impl Read) -> Result<Findings, BadReport> {
    let (config, report) = stream(source)?;
    // Older versions did not say.
    if !matches!(config.scan_mode.0.as_str(), "" | "source") {
        let mode = config.scan_mode.line();
        let why = format!("it is no look at the source: its `scan_mode` is `{mode}`");
        return Err(BadReport::at(0, why));
    }
    if !config.scan_mode.0.is_empty() && report.roots.is_empty() {
        return Err(BadReport::at(0, "it looked at no package: its `roots` are empty"));
    }
    report.whole().map_err(|why| BadReport::at(0, format!("it was cut: {why}")))?;
    let mut findings = report.findings(&config);
    for finding in &mut findings.findings {
        finding.reach = finding.reach.filter(|reach| *reach == Reach::Called);
    }
    Ok(findings)
}
