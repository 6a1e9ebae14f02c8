//! `go vet` on the packages with a staged file. Clippy takes more than the seconds of a hook: the gates run it.

use std::collections::{BTreeMap, BTreeSet};

use camino::{Utf8Path, Utf8PathBuf};

use super::{Found, Staged};
use crate::model::Problem;
use crate::ports::process::{Command, ProcessError};

/// Looks.
pub async fn check(staged: &Staged) -> Result<Found, Problem> {
    let packages = packages(staged)?;
    if packages.is_empty() {
        return Ok(Found::Skipped("no package of Go has a staged file; clippy runs in the gates".into()));
    }
    if staged.ports.process.find("go").is_none() {
        return Ok(Found::Skipped(ProcessError::Missing { program: "go".into() }.to_string()));
    }
    let (mut bad, mut count) = (Vec::new(), 0);
    for (module, folders) in &packages {
        count += folders.len();
        let folders = folders.iter().map(|folder| format!("./{folder}"));
        let command = Command::new("go", staged.tree.join(module)).args(["vet"]).args(folders);
        let ended = staged.run(command).await?;
        if !ended.ok() {
            bad.push(
                Problem::new("go vet finds fault with what is staged")
                    .because(staged.plain(ended.errors().trim()))
                    .fix("mend it, and stage it"),
            );
        }
    }
    Ok(if bad.is_empty() { Found::Good(format!("go vet on {count} packages")) } else { Found::Bad(bad) })
}

/// The folders with staged files of Go, by path from their module's folder.
fn packages(staged: &Staged) -> Result<BTreeMap<Utf8PathBuf, BTreeSet<Utf8PathBuf>>, Problem> {
    let mut packages: BTreeMap<_, BTreeSet<_>> = BTreeMap::new();
    for path in staged.with_end("go") {
        // Go itself takes no package out of such folders.
        let hidden = |part: &str| part == "vendor" || part == "testdata" || part.starts_with(['.', '_']);
        if path.components().any(|part| hidden(part.as_str())) {
            continue;
        }
        let Some(module) = staged.nearest(path, "go.mod")? else { continue };
        let folder = path.parent().unwrap_or(Utf8Path::new(""));
        if let Ok(inside) = folder.strip_prefix(&module) {
            packages.entry(module.clone()).or_default().insert(inside.to_owned());
        }
    }
    Ok(packages)
}
