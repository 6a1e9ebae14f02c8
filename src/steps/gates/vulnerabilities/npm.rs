//! `npm audit`: what the registry knows of the packages in npm's lock file. Nothing is installed.

use std::collections::{BTreeMap, BTreeSet};

use super::scan::{Looked, Outcome};
use super::settings::VulnerabilitiesSettings;
use super::there::There;
use crate::ecosystem::dependencies::{Dependency, npm};
use crate::formats::findings::npm_audit::{TOOL, read};
use crate::formats::findings::{Findings, Subject};
use crate::model::{Problem, Proof, Row};
use crate::ports::process::{Command, Ended};
use crate::steps::room::Site;
use crate::steps::scanner::{Scanner, failed, keep};

/// What npm is told beside the project's `.npmrc`, which could leave dependencies out, or answer from nowhere: with
/// `offline` npm says that nothing is vulnerable, and ends with 0.
const ARGUMENTS: [&str; 10] = [
    "audit",
    "--json",
    "--package-lock-only",
    "--audit-level=none",
    "--no-offline",
    "--include=prod",
    "--include=dev",
    "--include=optional",
    "--include=peer",
    "--logs-max=0",
];

/// The longest `.npmrc` that is read, in bytes.
const LONGEST: u64 = 1024 * 1024;

/// Asks npm.
///
/// # Errors
///
/// If it says nothing that proves something.
pub async fn run(settings: &VulnerabilitiesSettings, there: &There, site: &Site) -> Result<Outcome, Problem> {
    let lock = there.npm.clone().unwrap_or_else(|| site.facts.dir.join("package-lock.json"));
    let packages = npm::packages(site.ports.files.as_ref(), &site.facts.root.join(&lock))?;
    if packages.is_empty() {
        let findings = Findings {
            tool: TOOL.into(),
            looked_at: Some((0, "packages".into())),
            subject: Subject::Security,
            ..Findings::default()
        };
        let proof = Proof::seen(format!("{lock} names no package of another project"));
        return Ok(Outcome::Looked(vec![Looked { findings, proof, rows: Vec::new() }]));
    }
    let install = "install Node.js 20 or later, which brings npm".to_owned();
    let scanner = Scanner { program: settings.npm.clone(), install };
    let Some(program) = scanner.find(site) else { return Ok(Outcome::Missing(scanner)) };
    refuse_part(site)?;
    let command = Command::new(program, site.facts.project_dir())
        .args(ARGUMENTS)
        .env("NO_UPDATE_NOTIFIER", "1")
        .env("npm_config_update_notifier", "false");
    let ended = scanner.run(site, command).await?;
    let mut findings = judge(&ended, &packages)?;
    fill(&mut findings, &packages);
    let row = Row {
        metric: format!("packages of {lock} looked at"),
        comparator: ">=".into(),
        threshold: packages.len().to_string(),
        actual: findings.looked_at.as_ref().map_or(0, |(count, _)| *count).to_string(),
        ok: true,
    };
    let proof =
        keep(site, "npm-audit.json", ended.stdout, "what npm audit said", "npm, exit code 0".into()).await?;
    Ok(Outcome::Looked(vec![Looked { findings, proof, rows: vec![row] }]))
}

/// A `.npmrc` can make npm look at one workspace of several, and no argument takes that back.
fn refuse_part(site: &Site) -> Result<(), Problem> {
    let name = site.facts.dir.join(".npmrc");
    let path = site.facts.root.join(&name);
    if site.ports.files.meta(&path)?.is_none() {
        return Ok(());
    }
    let text = site.ports.files.read(&path, LONGEST)?;
    let text = String::from_utf8_lossy(&text);
    let key =
        |line: &str| line.split(['=', '[']).next().unwrap_or_default().trim().trim_matches('"').to_owned();
    match text.lines().position(|line| matches!(key(line).as_str(), "workspace" | "workspaces")) {
        None => Ok(()),
        Some(at) => Err(Problem::new("`npm audit` would look at a part of the project only")
            .because("`.npmrc` names workspaces")
            .at(name, u32::try_from(at + 1).ok(), None)
            .fix("take the line out")),
    }
}

/// What a run says that asked the registry and looked at all that the lock file holds.
fn judge(ended: &Ended, packages: &[Dependency]) -> Result<Findings, Problem> {
    // With `--audit-level=none` it is 0 also where something was found.
    if !ended.ok() {
        return Err(failed(TOOL, ended).fix(
            "see that the registry of `.npmrc` can be reached and answers `npm audit`; where it does not, use \
             `gates.vulnerabilities.scanners: [osv_scanner]`",
        ));
    }
    let findings = read(ended.stdout.as_slice()).map_err(|bad| bad.problem("what npm audit said"))?;
    let looked = findings.looked_at.as_ref().map_or(0, |(count, _)| *count);
    if looked < packages.len() as u64 {
        return Err(Problem::new(format!("npm audit looked at {looked} packages of {}", packages.len()))
            .because("the lock file names more")
            .fix("see what `.npmrc` and the npm_config_* variables leave out"));
    }
    Ok(findings)
}

/// npm does not say which version is vulnerable; where the lock file has one only, it is that.
fn fill(findings: &mut Findings, packages: &[Dependency]) {
    let mut versions: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for package in packages {
        versions.entry(&package.name).or_default().insert(&package.version);
    }
    for package in findings.findings.iter_mut().filter_map(|finding| finding.package.as_mut()) {
        let there = versions.get(package.name.as_str()).filter(|there| there.len() == 1);
        if let Some(version) = there.and_then(|there| there.first()) {
            (*version).clone_into(&mut package.version);
        }
    }
}
