//! The job summary of a workflow: what a maintainer reads first, added to the file that the runner names.

use camino::Utf8Path;

use crate::model::Problem;
use crate::ports::Files;
use crate::report::markdown::{LIMIT, failure_page, render_within};
use crate::report::problem::notice_text;
use crate::report::summary::Summary;
use crate::report::text::clean_value;

use super::Failure;
use super::wire::World;

/// The most that other commands of the same step may have written there before, in bytes.
const MOST_BEFORE: u64 = 16 * 1024 * 1024;

/// Adds what a run came to. A summary that cannot be written is told, and changes nothing about the run's end.
pub(super) fn add_run(world: &World, summary: &Summary) {
    add(world, |room| {
        let hidden = || Problem::new("the job summary cannot be made without a secret in it");
        clean_value(summary, &world.redactor).map(|summary| render_within(&summary, room)).ok_or_else(hidden)
    });
}

/// Adds why a command ended before anything ran.
pub(super) fn add_failure(world: &World, failure: &Failure) {
    let problems = failure.clean_problems(world);
    add(world, |room| Ok(failure_page(failure.code, &problems, room)));
}

fn add(world: &World, page: impl FnOnce(usize) -> Result<String, Problem>) {
    let Some(path) = world.env.get("GITHUB_STEP_SUMMARY").filter(|path| !path.is_empty()) else { return };
    if world.in_workflow()
        && let Err(problem) = append(world.files().as_ref(), Utf8Path::new(path), page)
    {
        let what = format!("the job summary is not complete: {}", problem.what);
        world.tell(&notice_text(&Problem { what, ..problem }, false));
    }
}

/// Adds a page to what is there, as much of it as the runner takes.
fn append(
    files: &dyn Files,
    path: &Utf8Path,
    page: impl FnOnce(usize) -> Result<String, Problem>,
) -> Result<(), Problem> {
    let before = match files.read(path, MOST_BEFORE) {
        Ok(before) => before,
        Err(error) if error.is_missing() => Vec::new(),
        Err(error) => return Err(error.into()),
    };
    let page = page(LIMIT.saturating_sub(before.len() + 2))?;
    if page.is_empty() {
        return Err(Problem::new(format!("{path} has no room left"))
            .because(format!("{} bytes were there before, and GitHub takes 1 MiB a step", before.len()))
            .fix("write less into it before, or run release-action in a step of its own"));
    }
    // Markdown begins anew behind an empty line; a torn line before it is ended where the runner's files are.
    let space = if before.is_empty() { "" } else { "\n" };
    Ok(World::append_for_runner(path, &format!("{space}{page}"))?)
}
