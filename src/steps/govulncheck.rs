//! govulncheck as checks call it: in one version, with one database, and believed only where it came to its end.

use camino::{Utf8Path, Utf8PathBuf};

use crate::formats::findings::Findings;
use crate::formats::findings::govulncheck::{TOOL, read};
use crate::model::Problem;
use crate::ports::process::{Command, Ended};
use crate::steps::room::Site;
use crate::steps::scanner::{Scanner, failed};

/// What is asked for.
#[derive(Debug, Clone)]
pub struct Govulncheck<'a> {
    /// The section that asks.
    pub setting: &'static str,
    /// The program, by name or path.
    pub program: &'a str,
    /// The version.
    pub version: &'a str,
    /// A folder with the database.
    pub database: Option<&'a str>,
}

impl Govulncheck<'_> {
    /// The program, and how one gets it.
    #[must_use]
    pub fn scanner(&self) -> Scanner {
        Scanner { program: self.program.to_owned(), install: self.install() }
    }

    fn install(&self) -> String {
        format!("go install golang.org/x/vuln/cmd/govulncheck@{}", self.version)
    }

    /// The command, up to what is to be looked at.
    ///
    /// # Errors
    ///
    /// If the database is not where it should be.
    pub fn command(&self, program: &Utf8Path, site: &Site) -> Result<Command, Problem> {
        let command = Command::new(program.as_str(), site.facts.project_dir()).args(["-format", "json"]);
        Ok(match self.database {
            Some(folder) => command.args(["-db".to_owned(), address(&self.folder(site, folder)?)]),
            None => command,
        })
    }

    /// The report, only of a run that came to its end in the version and depth that are asked for.
    ///
    /// # Errors
    ///
    /// If it proves nothing; `sound` is what has to be in order beside the database.
    pub fn read(&self, ended: &Ended, sound: &str) -> Result<Findings, Problem> {
        let setting = self.setting;
        // With `-format json` it is 0 also where something was found.
        if !ended.ok() {
            let fix = match &self.database {
                Some(folder) => {
                    format!("see that `{setting}.database` ({folder}) is whole, and that {sound}")
                }
                None => format!(
                    "see that {sound} and that https://vuln.go.dev can be reached; without a network name a folder in \
                     `{setting}.database`"
                ),
            };
            return Err(failed(TOOL, ended).fix(fix));
        }
        let report = read(ended.stdout.as_slice()).map_err(|bad| bad.problem("what govulncheck said"))?;
        let (wanted, there) = (self.version.trim_start_matches('v'), &report.findings.version);
        if wanted != there {
            return Err(Problem::new(format!(
                "`govulncheck` is of version {there}, and {wanted} is asked for"
            ))
            .fix(format!("install it: `{}`, or set `{setting}.govulncheck_version`", self.install())));
        }
        if report.level != "symbol" {
            return Err(Problem::new("govulncheck did not look at what the code calls")
                .because(format!("it looked at each {}", report.level)));
        }
        Ok(report.findings)
    }

    /// The folder that holds the database.
    fn folder(&self, site: &Site, folder: &str) -> Result<Utf8PathBuf, Problem> {
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
            .of_setting(format!("{}.database", self.setting)))
    }
}

fn address(dir: &Utf8Path) -> String {
    const PATH: &percent_encoding::AsciiSet =
        &percent_encoding::NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~').remove(b'/');
    format!("file://{}", percent_encoding::utf8_percent_encode(dir.as_str(), PATH))
}
