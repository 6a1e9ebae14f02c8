//! Coverage that was made elsewhere, held against the files of the commit.

use std::slice;

use super::beyond::refuse_beyond;
use super::blocks::refuse_other_blocks;
use super::measured::{Measured, Part, measure};
use super::settings::CoverageSettings;
use super::untold::refuse_untold;
use crate::model::{Facts, Problem};
use crate::ports::Files;
use crate::steps::gates::tracked::{Tracked, some};

/// What files end with that hold no code: no tool measures them.
const DATA: [&str; 11] = ["csv", "json", "lock", "md", "rst", "svg", "toml", "txt", "xml", "yaml", "yml"];

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
    refuse_strangers(parts, &tracked)?;
    // Files that one report leaves out may be in another.
    refuse_untold(measured, settings, listed, files, facts)
}

/// Says which of several reports is refused by itself for the same.
fn accused(problem: Problem, parts: &[Part], alone: impl Fn(&[Part]) -> Option<Problem>) -> Problem {
    if parts.len() < 2 {
        return problem;
    }
    let same = |part: &&Part| alone(slice::from_ref(*part)).is_some_and(|own| own.what == problem.what);
    let names: Vec<String> = parts.iter().filter(same).map(|part| part.name.clone()).collect();
    let all = || parts.iter().map(|part| part.name.clone()).collect::<Vec<_>>();
    if names.is_empty() {
        return problem.because(format!("each report is good by itself: {}", some(&all())));
    }
    problem.because(format!("the same is refused of {} alone", some(&names)))
}

/// Refuses reports of which no name is a file of the repository; those of other projects in it are none of them.
fn refuse_strangers(parts: &[Part], tracked: &Tracked) -> Result<(), Problem> {
    let strange = |part: &&Part| !part.profile.names().any(|name| tracked.knows(&name));
    let problems = parts.iter().filter(strange).map(|part| {
        let names: Vec<String> = part.profile.names().map(|name| name.into_owned()).collect();
        Problem::new(format!("{} is coverage of another project: none of its files is here", part.name))
            .because(format!("it speaks of {}", some(&names)))
            .fix("give the reports of this repository's own tests alone")
    });
    Problem::none_of(problems.collect())
}

/// Refuses coverage of nothing but data.
fn refuse_data(measured: Measured) -> Result<Measured, Problem> {
    let mut names = measured.files.iter().map(|file| file.name.as_str());
    if measured.files.is_empty() || names.any(|name| !is_data(name)) {
        return Ok(measured);
    }
    let names: Vec<String> = measured.files.iter().map(|file| file.name.clone()).collect();
    Err(Problem::new("the coverage is of no code")
        .because(format!("it speaks of {}", some(&names)))
        .fix("give the report of a tool that measures this project's tests"))
}

fn is_data(name: &str) -> bool {
    let name = name.rsplit('/').next().unwrap_or(name);
    match name.rsplit_once('.') {
        Some(("", _)) => true, // `.gitignore`
        Some((_, ending)) => DATA.contains(&ending.to_ascii_lowercase().as_str()),
        None => false, // Scripts often have no ending.
    }
}
