//! Rust's own linters.

use super::go::said;
use super::judge::{Left, Said};
use super::work::Work;
use crate::formats::findings::{Finding, Place, RUST_LINT};
use crate::model::Problem;
use crate::ports::process::Command;
use crate::steps::room::Site;
use crate::steps::scanner::{Scanner, failed};

/// The folder below dist that clippy compiles into: the project's own may be in use, by another toolchain or user.
const TARGET: &str = ".clippy";

/// How one gets both.
const INSTALL: &str = "rustup component add clippy rustfmt";

fn cargo() -> Scanner {
    Scanner { program: "cargo".into(), install: INSTALL.into() }
}

/// What is not looked at without cargo.
pub fn missing(work: &Work) -> Left {
    let names = [(work.clippy, "clippy"), (work.rustfmt, "rustfmt")];
    let names: Vec<&str> = names.into_iter().filter(|(asked, _)| *asked).map(|(_, name)| name).collect();
    Left {
        what: names.join(" and "),
        why: "there is a Cargo.toml, and `cargo` is not on the PATH".into(),
        install: INSTALL.into(),
    }
}

/// `cargo clippy` on everything in the workspace, in a folder of its own below dist.
pub async fn clippy(site: &Site) -> Result<Said, Problem> {
    let target = site.dist.join(TARGET);
    site.ports.files.make_dir(&target)?;
    // cargo runs in the project's folder, so the place must not depend on where we run.
    let target = site.ports.files.real_path(&target)?;
    let command = Command::new("cargo", site.facts.project_dir())
        .args(["clippy", "--workspace", "--all-targets", "--locked", "--quiet", "--message-format=json"])
        .args([format!("--target-dir={target}")]);
    let scanner = cargo();
    let version = version(site, "clippy").await?;
    let ended = scanner.run(site, command).await?;
    // Messages are read whatever the exit code: an error of the compiler is a finding too.
    let read = crate::formats::read(RUST_LINT, "list of cargo's messages", ended.stdout.as_slice());
    let (_, findings) = read.map_err(|bad| {
        failed("cargo clippy", &ended)
            .because(bad.why)
            .fix(format!("see that it is installed: `{}`", scanner.install))
    })?;
    if !ended.ok() && findings.findings.is_empty() {
        return Err(failed("cargo clippy", &ended));
    }
    said(site, "clippy", "clippy.json", findings.findings, &ended, &version).await
}

/// `cargo fmt --check`, which lists files on standard output and ends with 1.
pub async fn format(site: &Site) -> Result<Said, Problem> {
    let command =
        Command::new("cargo", site.facts.project_dir()).args(["fmt", "--all", "--", "--check", "-l"]);
    let scanner = cargo();
    let version = version(site, "fmt").await?;
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
    said(site, "rustfmt", "rustfmt.json", findings, &ended, &version).await
}

/// What the component says of itself, which the project's `rust-toolchain.toml` may choose.
async fn version(site: &Site, component: &str) -> Result<String, Problem> {
    let scanner = cargo();
    let command = Command::new("cargo", site.facts.project_dir()).args([component, "--version"]);
    let ended = scanner.run(site, command).await?;
    if !ended.ok() {
        return Err(failed(&format!("cargo {component} --version"), &ended)
            .fix(format!("install it: `{}`", scanner.install)));
    }
    Ok(ended.text().lines().next().unwrap_or_default().to_owned())
}
