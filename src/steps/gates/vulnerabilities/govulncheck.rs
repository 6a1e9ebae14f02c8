//! Runs of govulncheck, which looks at what Go code calls.

use camino::Utf8PathBuf;

use super::plan::SETTING;
use super::scan::{Looked, Outcome};
use super::settings::VulnerabilitiesSettings;
use crate::ecosystem::go::{Scope, flags_in_env};
use crate::formats::findings::govulncheck::TOOL;
use crate::model::Problem;
use crate::model::facts::GoVariant;
use crate::steps::age::Ages;
use crate::steps::gates::everywhere::{Heard, Look, everywhere};
use crate::steps::govulncheck::Govulncheck;
use crate::steps::room::Site;
use crate::steps::scanner::{Scanner, keep};

/// Runs govulncheck on every code that a release compiles.
///
/// # Errors
///
/// If it says nothing that proves something.
pub async fn run(settings: &VulnerabilitiesSettings, ages: Ages, site: &Site) -> Result<Outcome, Problem> {
    let govulncheck = Govulncheck {
        setting: SETTING,
        program: &settings.govulncheck,
        version: &settings.govulncheck_version,
        database: settings.database.as_deref(),
    };
    let scanner = govulncheck.scanner();
    let Some(program) = scanner.find(site) else { return Ok(Outcome::Missing(scanner)) };
    let identity = scanner.identity(site, &program).await?;
    let runs = Runs { govulncheck, scanner, program, identity, ages };
    let all = everywhere(TOOL, Scope::Needed, &runs, site).await?;
    let mut looked = Vec::new();
    for Heard { said, names } in all.heard {
        looked.push(Looked { findings: said.findings.of(&names), ..said });
    }
    if let Some(first) = looked.first_mut() {
        first.rows.extend(all.row);
    }
    Ok(Outcome::Looked(looked))
}

/// Runs of it.
struct Runs<'a> {
    govulncheck: Govulncheck<'a>,
    scanner: Scanner,
    program: Utf8PathBuf,
    identity: String,
    ages: Ages,
}

#[async_trait::async_trait]
impl Look for Runs<'_> {
    type Said = Looked;

    async fn look(
        &self,
        variant: &GoVariant,
        packages: &[String],
        at: usize,
        site: &Site,
    ) -> Result<Looked, Problem> {
        let mut command = self.govulncheck.command(&self.program, site)?;
        command.env.clone_from(&variant.env);
        let command = command.args(variant.tag_flag()).args(packages);
        let command = command.env("GOFLAGS", flags_in_env(&site.facts.env));
        let ended = self.scanner.run(site, command).await?;
        let findings = self.govulncheck.read(&ended, "the code builds")?;
        let database = findings.database.clone().unwrap_or_default();
        let age = self.ages.row(TOOL, &database)?;
        let (identity, exit) = (&self.identity, ended.code.unwrap_or_default());
        let tool = format!(
            "{TOOL} {}, {identity}, database of {}, {variant}, exit code {exit}",
            findings.version, database.modified
        );
        let name =
            if at == 0 { "govulncheck.json".to_owned() } else { format!("govulncheck-{}.json", at + 1) };
        let proof = keep(site, &name, ended.stdout, "what govulncheck said", tool).await?;
        Ok(Looked { findings, proof, rows: if at == 0 { vec![age] } else { Vec::new() } })
    }
}
