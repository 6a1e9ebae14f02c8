//! What goes before an emergency override: reading its request, and seeing that nobody but the configuration file
//! says who may approve one.

use camino::Utf8Path;

use crate::config::load::{self, Config};
use crate::config::tree::Origin;
use crate::model::{Plan, Problem, Step};
use crate::pipeline::select::Wish;
use crate::steps::gates::{OVERRIDE, Request};

use super::Failure;
use super::wire::World;

/// The largest file that is read, in bytes.
const LARGEST: u64 = 1024 * 1024;

/// The section.
const SECTION: &str = "gates.override.";

/// The setting that a request is.
const REQUEST: &str = "request";

/// The request in a file, as the setting that it is.
///
/// # Errors
///
/// If it cannot be read, or is no request.
pub(super) fn setting(world: &World, file: &Utf8Path) -> Result<String, Failure> {
    let fix = "name the file of the request with --override FILE";
    let bytes = world.files().read(&world.dir.join(file), LARGEST);
    let bytes = bytes.map_err(|error| Failure::usage(Problem::from(error).fix(fix)))?;
    let text = String::from_utf8(bytes).map_err(|error| {
        Failure::usage(Problem::new(format!("{file} is not UTF-8")).caused_by(&error).fix(fix))
    })?;
    let request = Request::parse(&text, file.as_str()).map_err(|problem| Failure {
        problems: problem.each(),
        ..Failure::usage(Problem::new("the request cannot be used"))
    })?;
    Ok(format!("{SECTION}{REQUEST}={}", request.text()))
}

/// Refuses what would make an override easier than the configuration file says, and a request that nothing reads.
///
/// # Errors
///
/// As said.
pub(super) fn refuse(config: &Config, plan: &Plan, wish: &Wish) -> Result<(), Failure> {
    let own = config.resolved().into_iter().filter(|one| one.path.starts_with(SECTION));
    let mut asked = false;
    for setting in own {
        let name = setting.path.trim_start_matches(SECTION).split('.').next().unwrap_or_default().to_owned();
        match &setting.origin {
            _ if name == REQUEST => {
                asked = setting.value.as_str().is_some_and(|text| !text.trim().is_empty())
            }
            Origin::File { .. } | Origin::Default | Origin::Detected(_) => {}
            // To switch it off is nobody's harm.
            _ if name == "enabled" => {}
            origin => {
                let problem = Problem::new(format!("`{}` is set by {origin}", setting.path))
                    .because(
                        "who may approve an override stands in the configuration file, where it is reviewed",
                    )
                    .fix("take it out there, and write it into .release.yaml");
                return Err(Failure::usage(problem));
            }
        }
    }
    let decides = plan.tasks.iter().any(|task| task.overrides);
    let left_out =
        wish.skip.contains(&Step::Gates) || !(wish.rooms.is_empty() || wish.rooms.contains(OVERRIDE));
    if asked && (!decides || left_out) {
        let problem = Problem::new("an override is asked for, and nothing here would decide about it")
            .because("`gates.override` is switched off, or the gates are left out or asked for one by one")
            .fix("let all gates run, without --only, and leave `gates.override.enabled` at auto");
        return Err(Failure::usage(problem));
    }
    let usual = config.file().is_none_or(|file| load::FILES.iter().any(|name| file == name));
    if asked && !usual {
        let problem = Problem::new("an override counts with the repository's own configuration only")
            .because("who may approve it is reviewed there, and any file can be named by --config");
        return Err(Failure::usage(
            problem.fix("name the approvers in .release.yaml, and leave out --config"),
        ));
    }
    Ok(())
}
