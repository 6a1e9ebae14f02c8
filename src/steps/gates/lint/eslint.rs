//! ESLint, where the project has a configuration for it.

use camino::{Utf8Path, Utf8PathBuf};

use super::go::said;
use super::judge::{Left, Said};
use super::looked::looked;
use super::work::nearest;
use crate::formats::findings::ESLINT;
use crate::model::{Facts, Problem};
use crate::ports::Files;
use crate::ports::process::Command;
use crate::steps::room::Site;
use crate::steps::scanner::{Scanner, failed};

/// The names of its configuration.
const CONFIGURED: [&str; 6] = [
    "eslint.config.js",
    "eslint.config.mjs",
    "eslint.config.cjs",
    "eslint.config.ts",
    "eslint.config.mts",
    "eslint.config.cts",
];

/// Where npm lays the program that the project's lock file names.
const PROGRAM: &str = "node_modules/.bin/eslint";

/// How one gets it, with its plugins.
const INSTALL: &str = "npm ci";

/// The configuration, in the project's folder or above it in the repository, as ESLint looks for it.
///
/// # Errors
///
/// If a folder cannot be looked at.
pub fn configuration(files: &dyn Files, facts: &Facts) -> Result<Option<Utf8PathBuf>, Problem> {
    nearest(files, facts, &CONFIGURED)
}

/// Runs the project's own ESLint; where it is not installed, that is told: one from elsewhere lacks its plugins.
/// `typed` says that Deno's linter has looked at the same sources.
///
/// # Errors
///
/// If it does not come to its end, or looked at nothing of a kind of source that is there.
pub async fn run(site: &Site, configuration: &Utf8Path, typed: bool) -> Result<Result<Said, Left>, Problem> {
    let Some(program) = nearest(site.ports.files.as_ref(), &site.facts, &[PROGRAM])? else {
        return Ok(Err(Left {
            what: "eslint".into(),
            why: format!("there is a {configuration}, and no {PROGRAM}"),
            install: INSTALL.into(),
        }));
    };
    let scanner = Scanner { program: site.facts.root.join(program).into_string(), install: INSTALL.into() };
    let dir = site.facts.project_dir();
    let version = scanner.run(site, Command::new(&scanner.program, dir.clone()).args(["--version"])).await?;
    if !version.ok() {
        return Err(failed("eslint --version", &version).fix(format!("install it anew: `{INSTALL}`")));
    }
    let mut command = Command::new(&scanner.program, dir.clone()).args(["--format", "json"]);
    // What we write ourselves is nobody's to lint.
    if let Ok(ours) = site.dist.strip_prefix(&dir) {
        command = command.args(["--ignore-pattern".to_owned(), format!("{ours}/**")]);
    }
    let ended = scanner.run(site, command.clone().args(["."])).await?;
    // 1 means that something was found; from 2 on it could not look.
    if !matches!(ended.code, Some(0 | 1)) {
        return Err(failed("eslint", &ended));
    }
    let read = crate::formats::read(ESLINT, "report of ESLint", ended.stdout.as_slice());
    let (_, findings) = read.map_err(|bad| bad.problem("what ESLint said"))?;
    if ended.code == Some(1) && findings.findings.is_empty() {
        return Err(failed("eslint", &ended).because("its exit code and its report do not agree"));
    }
    let row = match typed {
        // Deno looks at what it takes for its own.
        true => None,
        false => Some(looked(site, &scanner, command, &findings, configuration).await?),
    };
    let said = said(site, "eslint", "eslint.json", findings.findings, &ended, version.text().trim()).await?;
    Ok(Ok(Said { rows: row.into_iter().collect(), ..said }))
}
