//! A run of govulncheck, which looks at what Go code calls.

use super::plan::SETTING;
use super::scan::{Looked, Outcome};
use super::settings::VulnerabilitiesSettings;
use crate::ecosystem::go::{flags_in_env, on_host};
use crate::formats::findings::govulncheck::TOOL;
use crate::model::Problem;
use crate::steps::age::Ages;
use crate::steps::govulncheck::Govulncheck;
use crate::steps::room::Site;
use crate::steps::scanner::keep;

/// Runs govulncheck, once for each set of tags that a release is built with, with its cgo.
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
    let mut looked = Vec::new();
    for (at, variant) in on_host(&site.facts.variants, &site.facts.host).iter().enumerate() {
        let mut command = govulncheck.command(&program, site)?;
        command.env.clone_from(&variant.env);
        let command = command.args(variant.tag_flag()).args(["./..."]);
        let command = command.env("GOFLAGS", flags_in_env(&site.facts.env));
        let ended = scanner.run(site, command).await?;
        let findings = govulncheck.read(&ended, "the code builds")?;
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
