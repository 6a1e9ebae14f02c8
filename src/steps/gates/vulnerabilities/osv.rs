//! Runs of OSV-Scanner: on lock files of any ecosystem, and on images.

use camino::Utf8PathBuf;

use super::osv_database;
use super::plan::SETTING;
use super::scan::{Looked, Outcome};
use super::settings::VulnerabilitiesSettings;
use super::there::There;
use crate::formats::findings::Findings;
use crate::formats::findings::osv_scanner::{Looked as LookedAt, TOOL, read};
use crate::model::{Problem, Row};
use crate::ports::process::{Command, Ended};
use crate::steps::age::Ages;
use crate::steps::room::Site;
use crate::steps::scanner::{Scanner, failed, keep, last_lines};

/// Where its settings lie, below the dist folder.
const BENCH: &str = ".osv-scanner";

/// Runs OSV-Scanner on the project's lock files.
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
    let osv = match Osv::find(settings, site).await? {
        Ok(osv) => osv,
        Err(missing) => return Ok(Outcome::Missing(missing)),
    };
    let locks = there.locks.iter();
    let locks = locks.flat_map(|lock| ["--lockfile".to_owned(), site.facts.root.join(lock).into_string()]);
    let arguments = ["source", "--no-call-analysis=go", "--no-call-analysis=rust"].map(str::to_owned);
    let (mut looked, full) =
        osv.look(arguments.into_iter().chain(locks).collect(), "osv-scanner.json", ages, site).await?;
    looked.rows.push(Row {
        metric: "lock files with packages in them".into(),
        comparator: ">=".into(),
        threshold: "1".into(),
        actual: format!("{} of {}", full.sources.len(), there.locks.len()),
        ok: true,
    });
    Ok(Outcome::Looked(vec![looked]))
}

/// OSV-Scanner as it is on this machine.
pub struct Osv<'a> {
    scan: Scan<'a>,
    scanner: Scanner,
    program: Utf8PathBuf,
    identity: String,
    databases: Option<Utf8PathBuf>,
}

impl<'a> Osv<'a> {
    /// Where it is, in the version that is asked for; else what is missing.
    ///
    /// # Errors
    ///
    /// If it is another version, or its databases are not where they should be.
    pub async fn find(
        settings: &'a VulnerabilitiesSettings,
        site: &Site,
    ) -> Result<Result<Self, Scanner>, Problem> {
        let scan = Scan { settings };
        let scanner = Scanner { program: settings.osv_scanner.clone(), install: scan.install() };
        let Some(program) = scanner.find(site) else { return Ok(Err(scanner)) };
        scan.refuse_other(&scanner, program.clone(), site).await?;
        let identity = scanner.identity(site, &program).await?;
        let folder = settings.osv_database.as_ref();
        let databases = folder.map(|folder| osv_database::folder(folder, site)).transpose()?;
        Ok(Ok(Self { scan, scanner, program, identity, databases }))
    }

    /// Runs it; `name` is what the evidence is called.
    ///
    /// # Errors
    ///
    /// If it says nothing that proves something.
    pub async fn look(
        &self,
        arguments: Vec<String>,
        name: &str,
        ages: Ages,
        site: &Site,
    ) -> Result<(Looked, LookedAt), Problem> {
        // An `osv-scanner.toml` beside a lock file lets pass what somebody wrote into it; ours lets nothing pass.
        let bench = site.dist.join(format!("{BENCH}-{name}"));
        site.ports.files.write(&bench.join("settings.toml"), b"")?;
        let bench = site.ports.files.real_path(&bench)?;
        let (kind, rest) =
            arguments.split_first().ok_or_else(|| Problem::new("nothing is to be looked at"))?;
        let mut command = Command::new(self.program.clone(), site.facts.project_dir())
            .args(["scan", kind, "--format", "json", "--all-packages", "--all-vulns"])
            .args(["--config".to_owned(), bench.join("settings.toml").into_string()]);
        if let Some(folder) = &self.databases {
            command = command
                .args(["--offline-vulnerabilities"])
                .env("OSV_SCANNER_LOCAL_DB_CACHE_DIRECTORY", folder.as_str());
        }
        let ended = self.scanner.run(site, command.args(rest.iter().cloned())).await?;
        site.ports.files.remove(&bench)?;
        let (findings, looked) = self.scan.read(&ended)?;
        let rows = match &self.databases {
            Some(folder) => osv_database::ages(folder.clone(), looked.ecosystems.clone(), ages, site).await?,
            None => Vec::new(),
        };
        let database = if rows.is_empty() { "https://api.osv.dev" } else { "databases of a folder" };
        let (version, exit) = (&self.scan.settings.osv_scanner_version, ended.code.unwrap_or_default());
        let tool = format!("{TOOL} {version}, {}, {database}, exit code {exit}", self.identity);
        let proof = keep(site, name, ended.stdout, "what OSV-Scanner said", tool).await?;
        Ok((Looked { findings, proof, rows }, looked))
    }
}

struct Scan<'a> {
    settings: &'a VulnerabilitiesSettings,
}

impl Scan<'_> {
    fn install(&self) -> String {
        let version = &self.settings.osv_scanner_version;
        format!("go install github.com/google/osv-scanner/v2/cmd/osv-scanner@{version}")
    }

    /// It must be of the version that is asked for.
    async fn refuse_other(
        &self,
        scanner: &Scanner,
        program: Utf8PathBuf,
        site: &Site,
    ) -> Result<(), Problem> {
        let ended =
            scanner.run(site, Command::new(program, site.facts.project_dir()).args(["--version"])).await?;
        let said = ended.text();
        let there = said.lines().find_map(|line| line.strip_prefix("osv-scanner version: ")).map(str::trim);
        let wanted = self.settings.osv_scanner_version.trim_start_matches('v');
        if ended.ok() && there == Some(wanted) {
            return Ok(());
        }
        let there = there.unwrap_or("one that it does not say");
        Err(Problem::new(format!("`osv-scanner` is of version {there}, and {wanted} is asked for"))
            .fix(format!("install it: `{}`, or set `{SETTING}.osv_scanner_version`", self.install())))
    }

    /// What a run says that came to its end with all of its databases.
    fn read(&self, ended: &Ended) -> Result<(Findings, LookedAt), Problem> {
        // 0: nothing was found; 1: something was; 127 and above: it could not look, or found no package.
        if !matches!(ended.code, Some(0 | 1)) {
            return Err(failed(TOOL, ended).fix(match &self.settings.osv_database {
                Some(folder) => format!(
                    "see that `{SETTING}.osv_database` ({folder}) holds the databases of all ecosystems"
                ),
                None => format!(
                    "see that https://api.osv.dev can be reached; without a network name a folder in \
                     `{SETTING}.osv_database`"
                ),
            }));
        }
        // Where one of several databases is missing it says so here alone, and ends as if all had been there.
        let said = ended.errors();
        let trouble: Vec<&str> = said
            .lines()
            .filter(|line| {
                // Of an image it leaves out what is too large for it, and says no more than this.
                let skipped = line.contains("skipping file") && line.contains("max size");
                skipped || line.contains("could not load") || line.starts_with("Error during")
            })
            .collect();
        if !trouble.is_empty() {
            return Err(Problem::new(format!("`{TOOL}` did not look everything up"))
                .because(last_lines(&trouble.join("\n")))
                .fix(format!("see that `{SETTING}.osv_database` holds the databases of all ecosystems")));
        }
        let (findings, looked) =
            read(ended.stdout.as_slice()).map_err(|bad| bad.problem("what OSV-Scanner said"))?;
        if ended.ok() != findings.findings.is_empty() {
            return Err(failed(TOOL, ended).because("its exit code and its report do not agree"));
        }
        Ok((findings, looked))
    }
}
