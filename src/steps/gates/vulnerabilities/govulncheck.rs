//! A run of govulncheck, which looks at what Go code calls.

use camino::{Utf8Path, Utf8PathBuf};

use super::age::Ages;
use super::plan::SETTING;
use super::scan::{Looked, Outcome};
use super::settings::VulnerabilitiesSettings;
use crate::ecosystem::go::{flags_in_env, on_host};
use crate::formats::findings::govulncheck::{Scan as Report, TOOL, read};
use crate::model::Problem;
use crate::ports::process::{Command, Ended};
use crate::steps::gates::scanner::{Scanner, failed, keep};
use crate::steps::room::Site;

/// Runs govulncheck, once for each set of tags that a release is built with, with its cgo.
///
/// # Errors
///
/// If it says nothing that proves something.
pub async fn run(settings: &VulnerabilitiesSettings, ages: Ages, site: &Site) -> Result<Outcome, Problem> {
    let scan = Scan { settings };
    let scanner = Scanner { program: settings.govulncheck.clone(), install: scan.install() };
    let Some(program) = scanner.find(site) else { return Ok(Outcome::Missing(scanner)) };
    let identity = scanner.identity(site, &program).await?;
    let mut looked = Vec::new();
    for (at, variant) in on_host(&site.facts.variants, &site.facts.host).iter().enumerate() {
        let mut command = Command::new(program.clone(), site.facts.project_dir()).args(["-format", "json"]);
        command.env.clone_from(&variant.env);
        if let Some(folder) = &settings.database {
            command = command.args(["-db".to_owned(), address(&database(site, folder)?)]);
        }
        let command = command.args(variant.tag_flag()).args(["./..."]);
        let command = command.env("GOFLAGS", flags_in_env(&site.facts.env));
        let ended = scanner.run(site, command).await?;
        let findings = scan.read(&ended)?.findings;
        let database = findings.database.clone().unwrap_or_default();
        let age = ages.row(TOOL, &database)?;
        let exit = ended.code.unwrap_or_default();
        let tool = format!(
            "{TOOL} {}, {identity}, database of {}, {variant}, exit code {exit}",
            findings.version, database.modified
        );
        let name =
            if at == 0 { "govulncheck.json".to_owned() } else { format!("govulncheck-{}.json", at + 1) };
        let proof = keep(site, &name, ended.stdout, "what govulncheck said", tool).await?;
        looked.push(Looked { findings, proof, rows: if at == 0 { vec![age] } else { Vec::new() } });
    }
    Ok(Outcome::Looked(looked))
}

struct Scan<'a> {
    settings: &'a VulnerabilitiesSettings,
}

impl Scan<'_> {
    fn install(&self) -> String {
        format!("go install golang.org/x/vuln/cmd/govulncheck@{}", self.settings.govulncheck_version)
    }

    /// The report, only of a run that came to its end in the version and depth that are asked for.
    fn read(&self, ended: &Ended) -> Result<Report, Problem> {
        // With `-format json` it is 0 also where something was found.
        if !ended.ok() {
            let fix = match &self.settings.database {
                Some(folder) => {
                    format!("see that `{SETTING}.database` ({folder}) is whole, and that the code builds")
                }
                None => format!(
                    "see that the code builds and that https://vuln.go.dev can be reached; without a network name a \
                     folder in `{SETTING}.database`"
                ),
            };
            return Err(failed(TOOL, ended).fix(fix));
        }
        let report = read(ended.stdout.as_slice()).map_err(|bad| bad.problem("what govulncheck said"))?;
        let (wanted, there) =
            (self.settings.govulncheck_version.trim_start_matches('v'), &report.findings.version);
        if wanted != there {
            return Err(Problem::new(format!(
                "`govulncheck` is of version {there}, and {wanted} is asked for"
            ))
            .fix(format!("install it: `{}`, or set `{SETTING}.govulncheck_version`", self.install())));
        }
        if report.level != "symbol" {
            return Err(Problem::new("govulncheck did not look at what the code calls")
                .because(format!("it looked at each {}", report.level)));
        }
        Ok(report)
    }
}

/// The folder that holds the database.
fn database(site: &Site, folder: &str) -> Result<Utf8PathBuf, Problem> {
    let files = site.ports.files.as_ref();
    let given = site.facts.root.join(folder);
    for dir in [given.clone(), given.join("govulncheck")] {
        if files.meta(&dir.join("index/db.json"))?.is_some() {
            return Ok(files.real_path(&dir)?);
        }
    }
    Err(Problem::new(format!("there is no vulnerability database in {folder}"))
        .because("neither `index/db.json` nor `govulncheck/index/db.json` lies in it")
        .fix("name the folder that holds one, in the layout of https://go.dev/security/vuln/database")
        .of_setting(format!("{SETTING}.database")))
}

fn address(dir: &Utf8Path) -> String {
    const PATH: &percent_encoding::AsciiSet =
        &percent_encoding::NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~').remove(b'/');
    format!("file://{}", percent_encoding::utf8_percent_encode(dir.as_str(), PATH))
}
