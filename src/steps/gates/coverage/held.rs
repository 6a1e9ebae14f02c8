//! Coverage that was made elsewhere, held against the files of the commit.

use std::slice;

use camino::{Utf8Path, Utf8PathBuf};

use super::beyond::refuse_beyond;
use super::blocks::refuse_other_blocks;
use super::measured::{Measured, Part, measure};
use super::settings::CoverageSettings;
use super::untold::refuse_untold;
use crate::ecosystem::go::module_path;
use crate::model::{Facts, Problem};
use crate::ports::Files;
use crate::steps::gates::tracked::{Tracked, of_project, some};

/// The longest manifest that is read, in bytes.
const MANIFEST: u64 = 16 * 1024 * 1024;

/// Puts reports together that speak of the files of the commit; `listed` has these.
///
/// # Errors
///
/// If they cannot be put together, or one speaks of another project, commit or source.
pub fn hold(
    parts: &[Part],
    listed: &[u8],
    settings: &CoverageSettings,
    files: &dyn Files,
    facts: &Facts,
) -> Result<Measured, Problem> {
    let module = facts.ecosystems.go.as_ref().map(|module| module.path.as_str());
    let tracked = Tracked::new(listed, facts.root.as_str(), facts.dir.as_str(), module);
    let together = |parts: &[Part]| {
        measure(parts, |name| tracked.find(name), settings, files, facts)
            .and_then(refuse_data)
            .and_then(|measured| refuse_beyond(measured, files, facts))
            .and_then(|measured| refuse_other_blocks(measured, files, facts))
    };
    let measured = together(parts).map_err(|problem| accused(problem, parts, |part| together(part).err()))?;
    refuse_strangers(parts, &tracked, listed, files, facts)?;
    // Files that one report leaves out may be in another.
    refuse_untold(measured, settings, listed, files, facts)
}

/// Says which of several reports is refused by itself for the same.
fn accused(problem: Problem, parts: &[Part], alone: impl Fn(&[Part]) -> Option<Problem>) -> Problem {
    if parts.len() < 2 {
        return problem;
    }
    let alone: Vec<_> = parts.iter().map(|part| (part.name.clone(), alone(slice::from_ref(part)))).collect();
    let same = alone.iter().filter(|(_, own)| own.as_ref().is_some_and(|own| own.what == problem.what));
    let names: Vec<String> = same.map(|(name, _)| name.clone()).collect();
    if !names.is_empty() {
        return problem.because(format!("the same is refused of {} alone", some(&names)));
    }
    let good: Vec<String> =
        alone.iter().filter(|(_, own)| own.is_none()).map(|(name, _)| name.clone()).collect();
    if good.len() < parts.len() {
        return problem;
    }
    problem.because(format!("each report is good by itself: {}", some(&good)))
}

/// Refuses reports of which no name is a file of the repository; those of other projects in it are none of them.
fn refuse_strangers(
    parts: &[Part],
    tracked: &Tracked,
    listed: &[u8],
    files: &dyn Files,
    facts: &Facts,
) -> Result<(), Problem> {
    let mut strange: Vec<&Part> =
        parts.iter().filter(|part| !part.profile.names().any(|name| tracked.knows(&name))).collect();
    if strange.is_empty() {
        return Ok(());
    }
    let modules = modules(listed, files, facts)?;
    let of_module = |name: &str| {
        let inside = |(module, dir): &(String, Utf8PathBuf)| {
            let rest = name.strip_prefix(module.as_str())?.strip_prefix('/')?;
            tracked.has(dir.join(rest).as_str()).then_some(())
        };
        modules.iter().any(|module| inside(module).is_some())
    };
    strange.retain(|part| !part.profile.names().any(|name| of_module(&name)));
    let problems = strange.into_iter().map(|part| {
        let names: Vec<String> = part.profile.names().map(|name| name.into_owned()).collect();
        Problem::new(format!("{} is coverage of another project: none of its files is here", part.name))
            .because(format!("it speaks of {}", some(&names)))
            .fix("give the reports of this repository's own tests alone")
    });
    Problem::none_of(problems.collect())
}

/// The Go modules of the repository with their folders; what is no sound manifest is none.
fn modules(listed: &[u8], files: &dyn Files, facts: &Facts) -> Result<Vec<(String, Utf8PathBuf)>, Problem> {
    let mut modules = Vec::new();
    for manifest in of_project(listed, Utf8Path::new("")) {
        if manifest.file_name() != Some("go.mod") {
            continue;
        }
        let text = match files.read(&facts.root.join(&manifest), MANIFEST) {
            Err(error) if error.is_missing() => continue,
            text => text?,
        };
        if let Ok(path) = module_path(&String::from_utf8_lossy(&text)) {
            let folder = manifest.parent().map(Utf8Path::to_owned).unwrap_or_default();
            modules.push((path, folder));
        }
    }
    Ok(modules)
}

/// Refuses coverage of nothing but data.
fn refuse_data(measured: Measured) -> Result<Measured, Problem> {
    if measured.data.len() < measured.spoken.len() {
        return Ok(measured);
    }
    Err(Problem::new("the coverage is of no code")
        .because(format!("it speaks of {}", some(&measured.data)))
        .fix("give the report of a tool that measures this project's tests"))
}
