//! Runs govulncheck on each program: what Go wrote into it says what it was built from.

use futures::future::try_join_all;

use super::judge::judge;
use super::plan::SETTING;
use super::settings::VulnerabilitiesSettings;
use crate::formats::findings::Findings;
use crate::formats::findings::govulncheck::TOOL;
use crate::model::{Artifact, ArtifactKind, Problem, Proof, Row, Verdict};
use crate::steps::age::Ages;
use crate::steps::govulncheck::Govulncheck;
use crate::steps::room::{Check, Site};
use crate::steps::scanner::{Scanner, keep};

/// The check.
pub struct Scan {
    /// What is asked for.
    pub settings: VulnerabilitiesSettings,
}

/// What is known of a program.
struct Looked {
    findings: Findings,
    proof: Proof,
    age: Row,
}

#[async_trait::async_trait]
impl Check for Scan {
    async fn check(&self, site: &Site) -> Result<Verdict, Problem> {
        let settings = &self.settings;
        let programs: Vec<Artifact> =
            site.inputs().into_iter().filter(|artifact| artifact.kind == ArtifactKind::Binary).collect();
        if programs.is_empty() {
            return Ok(Verdict::error("nothing is known of the programs that were built"));
        }
        let govulncheck = Govulncheck {
            setting: SETTING,
            program: &settings.govulncheck,
            version: &settings.govulncheck_version,
            database: settings.database.as_deref(),
        };
        let scanner = govulncheck.scanner();
        let Some(program) = scanner.find(site) else { return scanner.missing(true, SETTING) };
        let tool = Tool {
            identity: scanner.identity(site, &program).await?,
            ages: Ages { setting: SETTING, max: settings.max_age, now: site.ports.clock.now() },
            govulncheck,
            scanner,
            program,
        };
        let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
        let mut looked: Vec<Looked> = Vec::new();
        for some in programs.chunks(cores) {
            let first = looked.len();
            let looking = some.iter().enumerate().map(|(at, artifact)| tool.look(first + at, artifact, site));
            looked.extend(try_join_all(looking).await?);
        }
        let count = looked.len();
        let (mut reports, mut proofs, mut rows) = (Vec::new(), Vec::new(), Vec::new());
        for one in looked {
            reports.push(one.findings);
            proofs.push(one.proof);
            // All of them ask the same database.
            if rows.is_empty() {
                rows.push(one.age);
            }
        }
        rows.push(Row {
            metric: "programs looked at".into(),
            comparator: "=".into(),
            threshold: programs.len().to_string(),
            actual: count.to_string(),
            ok: count == programs.len(),
        });
        Ok(judge(reports, settings, tool.ages.now.date_naive(), &site.facts, proofs, rows))
    }
}

struct Tool<'a> {
    govulncheck: Govulncheck<'a>,
    scanner: Scanner,
    program: camino::Utf8PathBuf,
    identity: String,
    ages: Ages,
}

impl Tool<'_> {
    async fn look(&self, at: usize, artifact: &Artifact, site: &Site) -> Result<Looked, Problem> {
        // What it is called in the verdict: all platforms have a program of the same name.
        let of = artifact.platform.as_ref().map(|platform| format!(" for {platform}")).unwrap_or_default();
        let name = format!("{}{of}", artifact.name);
        let path = site.ports.files.real_path(&site.path_of(artifact))?;
        let command = self.govulncheck.command(&self.program, site)?;
        let command = command.args(["-mode", "binary", path.as_str()]);
        let ended = self.scanner.run(site, command).await?;
        let read = self.govulncheck.read(&ended, "the program was built by Go");
        let mut findings = read.map_err(|problem| problem.because(format!("it looked at {name}")))?;
        let database = findings.database.clone().unwrap_or_default();
        let age = self.ages.row(TOOL, &database)?;
        let tool = format!(
            "{TOOL} {}, {}, database of {}, exit code {}",
            findings.version,
            self.identity,
            database.modified,
            ended.code.unwrap_or_default()
        );
        let what = format!("what govulncheck said of {name} ({})", artifact.digest);
        let file = format!("govulncheck-binary-{}.json", at + 1);
        let proof = keep(site, &file, ended.stdout, &what, tool).await?;
        findings.tool = name;
        Ok(Looked { findings, proof, age })
    }
}
