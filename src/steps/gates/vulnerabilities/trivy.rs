//! Runs of Trivy, on the project's lock files and on images.

use camino::{Utf8Path, Utf8PathBuf};
use serde::Deserialize;

use super::plan::SETTING;
use super::scan::{Looked, Outcome};
use super::settings::{ScannerName, VulnerabilitiesSettings};
use super::there::There;
use super::tied::{Tie, locks};
use crate::formats::findings::{Database, Findings, TRIVY};
use crate::model::{Problem, Row};
use crate::ports::process::{Command, Ended};
use crate::steps::age::Ages;
use crate::steps::room::Site;
use crate::steps::scanner::{Scanner, failed, keep, last_lines};

/// The tool's name.
const TOOL: &str = "trivy";

/// What both kinds of run are told: all packages are listed, so that the report says what was looked at, and nothing
/// of the repository's own lets anything pass.
const ARGUMENTS: [&str; 8] = [
    "--quiet",
    "--format=json",
    "--exit-code=0",
    "--scanners=vuln",
    "--list-all-pkgs",
    "--skip-version-check",
    "--disable-telemetry",
    "--no-progress",
];

/// Variables that would make it tell less.
const SILENCERS: [&str; 9] = [
    "TRIVY_SEVERITY",
    "TRIVY_IGNORE_UNFIXED",
    "TRIVY_IGNORE_STATUS",
    "TRIVY_IGNORE_POLICY",
    "TRIVY_SKIP_FILES",
    "TRIVY_SKIP_DIRS",
    "TRIVY_VEX",
    "TRIVY_PKG_TYPES",
    "TRIVY_PKG_RELATIONSHIPS",
];

/// Where its settings lie, below the dist folder.
const BENCH: &str = ".trivy";

/// What `trivy version --format json` says.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct About {
    version: String,
    #[serde(rename = "VulnerabilityDB")]
    database: Option<Known>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Known {
    #[serde(default)]
    updated_at: String,
}

/// What Trivy is to look at.
pub struct What {
    /// The subcommand with its own flags.
    pub kind: &'static [&'static str],
    /// The argument that names it.
    pub argument: String,
    /// What people call it.
    pub shown: String,
    /// What the evidence is called.
    pub evidence: String,
}

/// Trivy as it is on this machine.
pub struct Trivy {
    scanner: Scanner,
    program: Utf8PathBuf,
    identity: String,
    version: String,
    cache: Option<Utf8PathBuf>,
}

/// Runs Trivy on the project's folder.
///
/// # Errors
///
/// If it says nothing that proves something.
pub async fn run(
    settings: &VulnerabilitiesSettings,
    there: &There,
    ages: Ages,
    site: &Site,
) -> Result<Outcome, Problem> {
    let trivy = match Trivy::find(settings, site).await? {
        Ok(trivy) => trivy,
        Err(missing) => return Ok(Outcome::Missing(missing)),
    };
    let what = What {
        kind: &["fs", "--include-dev-deps"],
        argument: ".".into(),
        shown: "the project's folder".into(),
        evidence: "trivy.json".into(),
    };
    let looked = trivy.look(&what, ages, site).await?;
    let every = there.locks.clone();
    let (files, facts, there) = (site.ports.files.clone(), site.facts.clone(), there.clone());
    let reading = tokio::task::spawn_blocking(move || locks(files.as_ref(), &facts, &there));
    let locks =
        reading.await.map_err(|error| Problem::new("the lock files could not be read").caused_by(&error))?;
    // Those that we cannot read ourselves: OSV-Scanner looks at them, where it is asked too.
    let others = every.iter().filter(|path| !locks.iter().any(|lock| lock.path == **path));
    for path in others.filter(|_| !settings.scanners.contains(&ScannerName::OsvScanner)) {
        if !looked.findings.listed.names(path.file_name().unwrap_or_default()) {
            return Err(Problem::new(format!("trivy did not look at {path}"))
                .because("its report does not name it")
                .fix("see what Trivy says of it without `--quiet`"));
        }
    }
    for lock in locks.iter().filter(|lock| !lock.is_empty()) {
        let why = match lock.tie(&looked.findings) {
            Tie::Whole => continue,
            Tie::Untold => "its report does not name it".to_owned(),
            Tie::Other(why) => why,
        };
        return Err(Problem::new(format!("trivy did not look at all of {}", lock.path))
            .because(why)
            .fix("see what Trivy says of it without `--quiet`"));
    }
    Ok(Outcome::Looked(vec![looked]))
}

impl Trivy {
    /// Where it is, in the version that is asked for; else what is missing.
    ///
    /// # Errors
    ///
    /// If it is another version.
    pub async fn find(
        settings: &VulnerabilitiesSettings,
        site: &Site,
    ) -> Result<Result<Self, Scanner>, Problem> {
        let version = settings.trivy_version.trim_start_matches('v').to_owned();
        let install = format!("see https://trivy.dev for version {version}, and compare its digest");
        let scanner = Scanner { program: settings.trivy.clone(), install };
        let Some(program) = scanner.find(site) else { return Ok(Err(scanner)) };
        let identity = scanner.identity(site, &program).await?;
        let cache = match &settings.trivy_cache {
            Some(folder) => Some(cache(folder, site)?),
            None => None,
        };
        let trivy = Self { scanner, program, identity, version, cache };
        let there = trivy.about(site).await?.version;
        if there.trim_start_matches('v') != trivy.version {
            return Err(Problem::new(format!(
                "`trivy` is of version {there}, and {} is asked for",
                trivy.version
            ))
            .fix(format!("{}; or set `{SETTING}.trivy_version`", trivy.scanner.install)));
        }
        Ok(Ok(trivy))
    }

    async fn about(&self, site: &Site) -> Result<About, Problem> {
        let command = Command::new(self.program.clone(), site.facts.project_dir())
            .args(["version", "--format", "json"])
            .args(self.cache_flag());
        let ended = self.scanner.run(site, command).await?;
        if !ended.ok() {
            return Err(failed("trivy version", &ended));
        }
        serde_json::from_slice(&ended.stdout).map_err(|error| {
            Problem::new("`trivy version` answered what is none")
                .caused_by(&error)
                .because(last_lines(&ended.text()))
        })
    }

    fn cache_flag(&self) -> Option<String> {
        self.cache.as_ref().map(|folder| format!("--cache-dir={folder}"))
    }

    /// Looks.
    ///
    /// # Errors
    ///
    /// If it says nothing that proves something.
    pub async fn look(&self, what: &What, ages: Ages, site: &Site) -> Result<Looked, Problem> {
        // A `trivy.yaml` or a `.trivyignore` in the repository lets pass what somebody wrote into it; ours let nothing.
        let bench = site.dist.join(format!("{BENCH}-{}", what.evidence));
        let empty = |name: &str| {
            let path = bench.join(name);
            site.ports.files.write(&path, b"")?;
            Ok::<_, Problem>(site.ports.files.real_path(&path)?)
        };
        let (config, ignore) = (empty("trivy.yaml")?, empty("ignore")?);
        let mut command = Command::new(self.program.clone(), site.facts.project_dir())
            .args(what.kind.iter().copied())
            .args(ARGUMENTS)
            .args([format!("--config={config}"), format!("--ignorefile={ignore}")])
            .args(self.cache_flag());
        for name in SILENCERS {
            command = command.env(name, "");
        }
        if self.cache.is_some() {
            command = command.args(["--skip-db-update", "--skip-java-db-update", "--offline-scan"]);
        }
        let ended = self.scanner.run(site, command.args([what.argument.clone()])).await?;
        site.ports.files.remove(&bench)?;
        let findings = self.read(&ended)?;
        // Asked afterwards: the run may have fetched it.
        let known = self.about(site).await?.database;
        let modified = known.map(|known| known.updated_at).unwrap_or_default();
        let database = Database { name: "Trivy's database".into(), modified };
        let age = ages.row(TOOL, &database)?;
        let exit = ended.code.unwrap_or_default();
        let tool = format!(
            "{TOOL} {}, {}, database of {}, exit code {exit}",
            self.version, self.identity, database.modified
        );
        let packages = Row {
            metric: format!("targets of {} that trivy looked at", what.shown),
            comparator: ">=".into(),
            threshold: "1".into(),
            actual: findings.looked_at.as_ref().map_or(0, |(count, _)| *count).to_string(),
            ok: true,
        };
        let proof = keep(site, &what.evidence, ended.stdout, "what Trivy said", tool).await?;
        Ok(Looked { findings, proof, rows: vec![age, packages] })
    }

    /// What a run says that came to its end.
    fn read(&self, ended: &Ended) -> Result<Findings, Problem> {
        // With `--exit-code=0` it is 0 also where something was found.
        if !ended.ok() {
            return Err(failed(TOOL, ended).fix(if self.cache.is_some() {
                format!("see that `{SETTING}.trivy_cache` holds Trivy's database")
            } else {
                format!(
                    "see that Trivy's database can be fetched; without a network name a folder in \
                     `{SETTING}.trivy_cache`"
                )
            }));
        }
        let read = crate::formats::read(TRIVY, "report of Trivy", ended.stdout.as_slice());
        let (_, findings) = read.map_err(|bad| {
            bad.problem("what Trivy said").because(last_lines(&ended.errors())).fix("let Trivy run by hand")
        })?;
        Ok(findings)
    }
}

/// The folder that Trivy is told.
fn cache(named: &str, site: &Site) -> Result<Utf8PathBuf, Problem> {
    let folder: &Utf8Path = &site.facts.root.join(named);
    if site.ports.files.meta(&folder.join("db/trivy.db"))?.is_some() {
        return Ok(site.ports.files.real_path(folder)?);
    }
    Err(Problem::new(format!("there is no database of Trivy in {named}"))
        .because("`db/trivy.db` does not lie in it")
        .fix("fill it on a machine with a network: `trivy image --download-db-only --cache-dir DIR`")
        .of_setting(format!("{SETTING}.trivy_cache")))
}
