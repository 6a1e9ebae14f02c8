//! Rust's own linters.

use super::go::said;
use super::plan::Said;
use crate::formats::findings::{Finding, LINT, Place};
use crate::model::Problem;
use crate::ports::process::Command;
use crate::steps::gates::scanner::{Scanner, failed};
use crate::steps::room::Site;

fn cargo() -> Scanner {
    Scanner { program: "cargo".into(), install: "rustup component add clippy rustfmt".into() }
}

/// `cargo clippy` on everything in the workspace, in a folder of its own below dist.
pub async fn clippy(site: &Site) -> Result<Said, Problem> {
    let command = Command::new("cargo", site.facts.project_dir()).args([
        "clippy",
        "--workspace",
        "--all-targets",
        "--locked",
        "--quiet",
        "--message-format=json",
    ]);
    let scanner = cargo();
    let ended = scanner.run(site, command).await?;
    // Messages are read whatever the exit code: an error of the compiler is a finding too.
    let read = crate::formats::read(LINT, "list of cargo's messages", ended.stdout.as_slice());
    let (_, findings) = read.map_err(|bad| {
        failed("cargo clippy", &ended)
            .because(bad.why)
            .fix(format!("see that it is installed: `{}`", scanner.install))
    })?;
    if !ended.ok() && findings.findings.is_empty() {
        return Err(failed("cargo clippy", &ended));
    }
    said(site, "clippy", "clippy.json", findings.findings, &ended).await
}

/// `cargo fmt --check`, which lists files on standard output and ends with 1.
pub async fn format(site: &Site) -> Result<Said, Problem> {
    let command =
        Command::new("cargo", site.facts.project_dir()).args(["fmt", "--all", "--", "--check", "-l"]);
    let scanner = cargo();
    let ended = scanner.run(site, command).await?;
    let text = ended.text();
    let findings: Vec<Finding> = text
        .lines()
        .filter(|line| !line.trim().is_empty())
        .map(|file| Finding {
            id: "rustfmt".into(),
            message: format!("{file} is not formatted: run `cargo fmt`"),
            place: Some(Place { file: file.to_owned(), line: 0, column: 0 }),
            ..Finding::default()
        })
        .collect();
    if ended.ok() != findings.is_empty() {
        return Err(
            failed("cargo fmt", &ended).fix(format!("see that it is installed: `{}`", scanner.install))
        );
    }
    said(site, "rustfmt", "rustfmt.json", findings, &ended).await
}
