//! A run of govulncheck, which looks at what Go code calls.

use camino::{Utf8Path, Utf8PathBuf};
use chrono::{DateTime, Utc};

use super::judge::judge;
use super::plan::SETTING;
use super::settings::VulnerabilitiesSettings;
use crate::ecosystem::go::flags_in_env;
use crate::formats::findings::govulncheck::{Scan as Report, TOOL, read};
use crate::model::{Problem, Row, Verdict};
use crate::ports::process::{Command, Ended};
use crate::steps::gates::scanner::{Scanner, failed, keep};
use crate::steps::room::{Check, Site};

/// Runs govulncheck and judges what it says.
pub struct Scan {
    /// What is asked for.
    pub settings: VulnerabilitiesSettings,
    /// Whether the room was asked for, and not only on by itself.
    pub demanded: bool,
}

#[async_trait::async_trait]
impl Check for Scan {
    async fn check(&self, site: &Site) -> Result<Verdict, Problem> {
        let scanner = Scanner { program: self.settings.govulncheck.clone(), install: self.install() };
        let Some(program) = scanner.find(site) else { return scanner.missing(self.demanded, SETTING) };
        let identity = scanner.identity(site, &program).await?;
        let mut command = Command::new(program, site.facts.project_dir()).args(["-format", "json"]);
        if let Some(folder) = &self.settings.database {
            command = command.args(["-db".to_owned(), address(&database(site, folder)?)]);
        }
        let command = command.args(["./..."]).env("GOFLAGS", flags_in_env(&site.facts.env));
        let ended = scanner.run(site, command).await?;
        let report = self.read(&ended)?;
        let age = self.age(&report, site.ports.clock.now())?;
        let exit = ended.code.unwrap_or_default();
        let tool = format!(
            "{TOOL} {}, {identity}, database of {}, exit code {exit}",
            report.findings.version, report.modified
        );
        let proof = keep(site, "govulncheck.json", ended.stdout, "what govulncheck said", tool).await?;
        let today = site.ports.clock.now().date_naive();
        let verdict = judge(vec![report.findings], &self.settings, today, &site.facts, vec![proof]);
        Ok(verdict.row(age))
    }
}

impl Scan {
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

    /// How old the database is; too old is no evidence.
    fn age(&self, report: &Report, now: DateTime<Utc>) -> Result<Row, Problem> {
        let max = self.settings.max_age;
        let modified = DateTime::parse_from_rfc3339(&report.modified).map_err(|error| {
            Problem::new("the database does not say of which day it is")
                .because(&report.modified)
                .caused_by(&error)
        })?;
        let age = now.signed_duration_since(modified);
        if age > chrono::Duration::days(i64::from(max.0)) {
            return Err(Problem::new(format!("the vulnerability database is {} days old", age.num_days()))
                .because(format!(
                    "{} is of {}, and `{SETTING}.max_age` is {max}",
                    report.database, report.modified
                ))
                .fix("fetch a newer one"));
        }
        Ok(Row {
            metric: "age of the database".into(),
            comparator: "<=".into(),
            threshold: max.to_string(),
            actual: format!("{}d", age.num_days().max(0)),
            ok: true,
        })
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
