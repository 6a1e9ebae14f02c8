//! What decides the outcome and is in no commit, looked at once.

use std::collections::BTreeMap;

use camino::{Utf8Path, Utf8PathBuf};
use serde_json::Value;

use crate::config::load::Config;
use crate::ecosystem::go::loose::{Embed, Scope, digests, embeds};
use crate::ecosystem::tree;
use crate::model::facts::Loose;
use crate::model::made::MADE_NAME;
use crate::model::{Digest, Facts, KeyBuilder, MadeByHooks, Problem, Step};
use crate::ports::{Files, Ports};

/// The longest list of what hooks made that is read, in bytes.
const LONGEST: u64 = 64 * 1024 * 1024;

/// What Git says, before it is known what of it counts.
#[derive(Debug, Default)]
pub struct Listed {
    ignored: Vec<Utf8PathBuf>,
    embeds: Vec<Embed>,
}

/// Asks Git, for a project with a Go module; beside everything else that is asked.
///
/// # Errors
///
/// If Git cannot be asked.
pub async fn listed(ports: &Ports, folder: &Utf8Path) -> Result<Listed, Problem> {
    if ports.files.meta(&folder.join("go.mod"))?.is_none() {
        return Ok(Listed::default());
    }
    let git = ports.git.as_ref();
    let (ignored, embeds) = tokio::try_join!(tree::ignored(git), embeds(git))?;
    Ok(Listed { ignored, embeds })
}

/// What of it counts, with its digests. `dist` holds what we make ourselves.
///
/// # Errors
///
/// If a file cannot be read.
pub fn settle(
    listed: &Listed,
    facts: &Facts,
    config: &Config,
    files: &dyn Files,
    dist: &Utf8Path,
) -> Result<Loose, Problem> {
    let basis = basis(facts, &config.step(Step::Build));
    let made = match basis {
        Some(basis) => made_by_hooks(files, dist, basis)?,
        None => BTreeMap::new(),
    };
    let loose = Loose { basis, made, ..Loose::default() };
    if facts.ecosystems.go.is_none() {
        return Ok(loose);
    }
    counted(listed, loose, facts, files, dist)
}

/// What of it counts as it is now, for facts that were settled before.
///
/// # Errors
///
/// If Git cannot be asked or a file cannot be read.
pub(super) async fn again(ports: &Ports, facts: &Facts, dist: &Utf8Path) -> Result<Loose, Problem> {
    let files = ports.files.as_ref();
    let basis = facts.loose.basis;
    let made = basis.map(|basis| made_by_hooks(files, dist, basis)).transpose()?.unwrap_or_default();
    let loose = Loose { basis, made, ..Loose::default() };
    if facts.ecosystems.go.is_none() {
        return Ok(loose);
    }
    let listed = listed(ports, &facts.project_dir()).await?;
    counted(&listed, loose, facts, files, dist)
}

fn counted(
    listed: &Listed,
    Loose { basis, made, .. }: Loose,
    facts: &Facts,
    files: &dyn Files,
    dist: &Utf8Path,
) -> Result<Loose, Problem> {
    let work = facts.tools.get("go").and_then(|go| go.settings.get("GOWORK")).map(String::as_str);
    let scope = Scope::of(files, &facts.root, &facts.dir, work, &listed.embeds)?;
    let own = dist.strip_prefix(&facts.root).ok();
    let theirs = |path: &&Utf8PathBuf| own.is_none_or(|own| !path.starts_with(own));
    let read = |counts: &dyn Fn(&Utf8Path) -> bool| {
        let paths: Vec<&Utf8PathBuf> =
            listed.ignored.iter().filter(theirs).filter(|path| counts(path)).collect();
        let mut found = digests(files, &facts.root, &paths)?;
        for (path, left) in made.iter().filter(|(path, _)| counts(path)) {
            let now = found.get(path.as_str());
            if now == Some(&Some(*left)) {
                found.remove(path.as_str());
            } else if now.is_none() && files.meta(&facts.root.join(path))?.is_none() {
                found.insert(path.to_string(), None);
            }
        }
        Ok::<_, Problem>(found)
    };
    let mut build = read(&|path| scope.builds(path))?;
    // What hooks made and somebody took away is wanted again, even if it is only packaged.
    for path in made.keys() {
        if files.meta(&facts.root.join(path))?.is_none() {
            build.entry(path.to_string()).or_insert(None);
        }
    }
    build.extend(scope.elsewhere(files)?);
    let tests = read(&|path| scope.tests(path))?;
    Ok(Loose { basis, made, build, tests })
}

/// What the hooks before the build would be run for; none where there are none.
fn basis(facts: &Facts, build: &Value) -> Option<Digest> {
    let hooks = build.get("hooks")?.get("before")?;
    if hooks.as_array().is_none_or(Vec::is_empty) {
        return None;
    }
    let go = facts.tools.get("go").map(|go| go.version.as_str()).unwrap_or_default();
    let key = KeyBuilder::new("hooks")
        .with("settings", &hooks.to_string())
        .with("tree", &facts.commit.tree)
        .with("commit", &facts.commit.id)
        .with("tag", &facts.tag)
        .with("version", &facts.version.to_string())
        .with("dir", facts.dir.as_str())
        .with("go", go);
    Some(key.finish())
}

/// What the hooks made when they last ran for this.
///
/// # Errors
///
/// If their list is there and cannot be read.
pub(super) fn made_by_hooks(
    files: &dyn Files,
    dist: &Utf8Path,
    basis: Digest,
) -> Result<BTreeMap<Utf8PathBuf, Digest>, Problem> {
    let path = dist.join(MADE_NAME);
    if files.meta(&path)?.is_none() {
        return Ok(BTreeMap::new());
    }
    let bytes = files.read(&path, LONGEST)?;
    // What cannot be read, or is for something else, leaves every file counting for itself.
    Ok(MadeByHooks::read(&bytes, basis).map(|read| read.made).unwrap_or_default())
}
