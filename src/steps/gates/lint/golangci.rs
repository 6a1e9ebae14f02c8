//! golangci-lint, where the project has a configuration for it.

use camino::{Utf8Path, Utf8PathBuf};

use super::go::said;
use super::judge::{Left, Said};
use super::work::{Configured, nearest};
use crate::formats::findings::{Finding, GO_LINT};
use crate::model::{Facts, Problem};
use crate::ports::Files;
use crate::ports::process::Command;
use crate::steps::room::Site;
use crate::steps::scanner::{Scanner, failed};

/// The names under which it looks for its configuration, in its own order.
const CONFIGURED: [&str; 4] = [".golangci.yml", ".golangci.yaml", ".golangci.toml", ".golangci.json"];

/// How one gets it.
const INSTALL: &str = "go install github.com/golangci/golangci-lint/v2/cmd/golangci-lint@v2.6.2";

/// The configuration that it would take, from the repository's root: in the project's folder or the nearest one above.
/// It would go on above the repository and in the user's home, but what lies there is not the project's.
///
/// # Errors
///
/// If a folder cannot be looked at.
pub fn configuration(files: &dyn Files, facts: &Facts) -> Result<Option<Utf8PathBuf>, Problem> {
    nearest(files, facts, &CONFIGURED)
}

/// Runs it; where it is not installed, that is told.
///
/// # Errors
///
/// If it does not come to its end.
pub async fn run(site: &Site, program: &str, configured: &Configured) -> Result<Result<Said, Left>, Problem> {
    let scanner = Scanner { program: program.to_owned(), install: INSTALL.into() };
    let Some(path) = scanner.find(site) else {
        return Ok(Err(Left {
            what: "golangci-lint".into(),
            why: format!("there is a {}, and `{program}` is not on the PATH", configured.file),
            install: INSTALL.into(),
        }));
    };
    let identity = scanner.identity(site, &path).await?;
    let config = site.facts.root.join(&configured.file);
    let command = Command::new(path, site.facts.project_dir())
        .args(["run", "--output.json.path=stdout", "--show-stats=false"])
        .args([format!("--config={config}"), "./...".to_owned()]);
    let ended = scanner.run(site, command).await?;
    // 1 means that something was found; from 2 on it could not look.
    if !matches!(ended.code, Some(0 | 1)) {
        return Err(failed("golangci-lint", &ended));
    }
    let read = crate::formats::read(GO_LINT, "report of golangci-lint", ended.stdout.as_slice());
    let (_, mut findings) = read.map_err(|bad| bad.problem("what golangci-lint said"))?;
    if findings.findings.is_empty() != ended.ok() {
        return Err(failed("golangci-lint", &ended).because("its exit code and its report do not agree"));
    }
    let above = config.parent().unwrap_or(&site.facts.root);
    for finding in &mut findings.findings {
        settle(finding, above, site)?;
    }
    said(site, "golangci-lint", "golangci-lint.json", findings.findings, &ended, &identity).await.map(Ok)
}

/// By default paths are told from the configuration's folder (`run.relative-path-mode`), not from the one it runs in.
fn settle(finding: &mut Finding, above: &Utf8Path, site: &Site) -> Result<(), Problem> {
    if let Some(place) = &mut finding.place
        && !Utf8Path::new(&place.file).is_absolute()
    {
        let file = above.join(&place.file);
        if site.ports.files.meta(&file)?.is_some() {
            place.file = file.into_string();
        }
    }
    Ok(())
}
