//! Whether lock files are in step with what they lock, where one of the two is staged.

use std::collections::BTreeSet;

use camino::{Utf8Path, Utf8PathBuf};

use super::manifest::CARGO;
use super::npm;
use super::{Found, Staged};
use crate::model::Problem;
use crate::ports::process::Command;

/// A package manager: what is written by hand, what it makes of that, and its program; npm's files are compared here.
const KINDS: [(&str, &str, &str); 3] =
    [("go.mod", "go.sum", "go"), (CARGO, "Cargo.lock", "cargo"), ("package.json", npm::LOCK, "")];

/// What forbids cargo to write a lock file, and what it names where it would have to.
const LOCKED: &str = "--locked";

/// Looks.
pub async fn check(staged: &Staged) -> Result<Found, Problem> {
    let (mut bad, mut left_out, mut count) = (Vec::new(), Vec::new(), 0);
    for (manifest, lock, program) in KINDS {
        for folder in folders(staged, manifest, lock)? {
            if !program.is_empty() && staged.ports.process.find(program).is_none() {
                left_out.push(format!("{}: `{program}` is not on the PATH", folder.join(lock)));
                continue;
            }
            let found = match program {
                "go" => go(staged, &folder).await?,
                "cargo" => cargo(staged, &folder).await?,
                _ => npm::check(staged, &folder)?,
            };
            match found {
                Found::Good(_) => count += 1,
                Found::Skipped(why) => left_out.push(why),
                Found::Bad(problems) => bad.extend(problems),
            }
        }
    }
    Ok(match (bad.is_empty(), left_out.is_empty(), count) {
        (false, ..) => Found::Bad(bad),
        (_, false, _) => Found::Skipped(left_out.join(", ")),
        (_, _, 0) => Found::Skipped("none is staged, and nothing that one locks".into()),
        (.., count) => Found::Good(format!("{count} in step")),
    })
}

/// The folders of lock files that a staged file concerns. One that is nowhere is no lock that could be out of step.
fn folders(staged: &Staged, manifest: &str, lock: &str) -> Result<BTreeSet<Utf8PathBuf>, Problem> {
    let mut folders = BTreeSet::new();
    for path in &staged.changed {
        if !matches!(path.file_name(), Some(name) if name == manifest || name == lock) {
            continue;
        }
        // A workspace has one lock for many manifests; of Go each module has its own.
        let above = match manifest {
            "go.mod" => Some(path.parent().unwrap_or(Utf8Path::new("")).to_owned()),
            _ => staged.nearest(path, lock)?,
        };
        if let Some(folder) = above
            && staged.ports.files.meta(&staged.tree.join(&folder).join(manifest))?.is_some()
        {
            folders.insert(folder);
        }
    }
    Ok(folders)
}

fn out_of_step(path: Utf8PathBuf, words: String, fix: String) -> Found {
    Found::Bad(vec![
        Problem::new("not in step with what it locks, as both are staged")
            .at(path, None, None)
            .because(words)
            .fix(fix),
    ])
}

async fn go(staged: &Staged, folder: &Utf8Path) -> Result<Found, Problem> {
    let dir = staged.tree.join(folder);
    let mut command = Command::new("go", dir.clone()).args(["list", "-deps", "-test", "./..."]);
    if staged.ports.files.meta(&dir.join("vendor"))?.is_none() {
        // A person's own `-mod=mod` would write the copy anew and find nothing.
        command = command.env("GOFLAGS", "-mod=readonly");
    }
    let ended = staged.run(command).await?;
    if ended.ok() {
        return Ok(Found::Good(String::new()));
    }
    let words = staged.plain(ended.errors().trim());
    let in_step =
        ["updates to go.mod needed", "missing go.sum entry", "no required module", "inconsistent vendoring"];
    if in_step.iter().any(|sign| words.contains(sign)) {
        return Ok(out_of_step(
            folder.join("go.mod"),
            words,
            "`go mod tidy`, then `git add` go.mod and go.sum".into(),
        ));
    }
    Ok(Found::Skipped(format!("go cannot list the packages in {}", shown(folder))))
}

async fn cargo(staged: &Staged, folder: &Utf8Path) -> Result<Found, Problem> {
    // What is in step needs no network. What asks for it may be out of step, or not be on this machine yet.
    let mut words = ask_cargo(staged, folder, &["--offline"]).await?;
    if words.as_ref().is_some_and(|words| !words.contains(LOCKED) && words.contains("offline")) {
        words = ask_cargo(staged, folder, &[]).await?;
    }
    let Some(words) = words else { return Ok(Found::Good(String::new())) };
    if words.contains(LOCKED) {
        let fix = "`cargo update --workspace`, then `git add` Cargo.lock".into();
        return Ok(out_of_step(folder.join("Cargo.lock"), words, fix));
    }
    if ["download", "network", "registry", "spurious"].iter().any(|sign| words.contains(sign)) {
        let lock = folder.join("Cargo.lock");
        return Ok(Found::Skipped(format!(
            "{lock}: its crates are not all on this machine, and cannot be had"
        )));
    }
    Ok(Found::Bad(vec![
        Problem::new("cargo cannot read what is staged")
            .at(folder.join(CARGO), None, None)
            .because(words)
            .fix("mend it, and stage it"),
    ]))
}

fn shown(folder: &Utf8Path) -> &str {
    if folder.as_str().is_empty() { "the repository's root" } else { folder.as_str() }
}

/// What cargo says against it; none where all is well.
async fn ask_cargo(staged: &Staged, folder: &Utf8Path, more: &[&str]) -> Result<Option<String>, Problem> {
    let command = Command::new("cargo", staged.tree.join(folder))
        .args(["metadata", "--format-version=1", "--quiet", LOCKED])
        .args(more.iter().copied());
    let ended = staged.run(command).await?;
    Ok((!ended.ok()).then(|| staged.plain(ended.errors().trim())))
}
