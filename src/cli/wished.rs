//! What is asked for by name has to be in the plan.

use std::collections::BTreeSet;

use crate::config::words::nearest;
use crate::model::{ExitCode, Kind, Plan, Problem, Step};
use crate::pipeline::select::Wish;
use crate::steps;

use super::Failure;
use super::project::Project;

/// Refuses targets and gates that are not there.
///
/// # Errors
///
/// With the first of them, and what there is instead.
pub(super) fn refuse_unknown(project: &Project, plan: &Plan, wish: &Wish) -> Result<(), Failure> {
    targets(plan, wish)?;
    rooms(project, plan, wish)
}

/// A target that nothing is built for is a slip of the pen, not a build of nothing.
fn targets(plan: &Plan, wish: &Wish) -> Result<(), Failure> {
    let builds = plan.tasks.iter().filter(|task| task.step == Step::Build);
    let known: BTreeSet<String> = builds
        .flat_map(|task| &task.makes)
        .filter_map(|made| made.platform.as_ref())
        .map(ToString::to_string)
        .collect();
    let fits = |wished: &&String| {
        known.iter().any(|known| {
            known == *wished || known.strip_prefix(wished.as_str()).is_some_and(|rest| rest.starts_with('/'))
        })
    };
    match wish.targets.iter().find(|wished| !fits(wished)) {
        None => Ok(()),
        Some(wished) => {
            let list: Vec<&str> = known.iter().map(String::as_str).collect();
            Err(Failure::usage(
                Problem::new(format!("nothing is built for `{wished}`"))
                    .because(format!("the targets of this project are: {}", list.join(", ")))
                    .fix("name one of them, or add it to `build.targets`"),
            ))
        }
    }
}

/// A room without a task would pass by saying nothing.
fn rooms(project: &Project, plan: &Plan, wish: &Wish) -> Result<(), Failure> {
    let asked = plan.tasks.iter().filter(|task| wish.only.contains(&task.step));
    // That the reports can be read is looked at beside every gate, and telling what they came to is none.
    let checks = asked.filter(|task| task.kind == Kind::Check && task.room != steps::gates::KNOWN);
    let known: BTreeSet<&str> = checks.map(|task| task.room.as_str()).collect();
    let Some(wished) = wish.rooms.iter().find(|wished| !known.contains(wished.as_str())) else {
        return Ok(());
    };
    let list: Vec<&str> = known.into_iter().collect();
    let is_room = steps::gates::ROOMS.iter().any(|room| room.shape.id == wished);
    if is_room && steps::gates::is_no_gate(wished) {
        let problem = Problem::new(format!("`{wished}` is no gate"))
            .because(format!("what is checked in this project: {}", list.join(", ")));
        return Err(Failure::usage(problem.fix("name one of these")));
    }
    let problem = Problem::new(format!("`{wished}` has nothing to do here"))
        .because(format!("what is checked in this project: {}", list.join(", ")));
    if !is_room {
        let near = nearest(wished, steps::gates::ROOMS.iter().map(|room| room.shape.id));
        let meant = near.map_or(String::new(), |near| format!("; did you mean `{near}`?"));
        return Err(Failure::usage(problem.fix(format!("name one of these{meant}"))));
    }
    // It may lack nothing but a report that can be read.
    let own = project.config.step(Step::Gates);
    let code = ExitCode::Step(Step::Gates);
    let given = steps::gates::reports(&own, project.ports.files.as_ref(), &project.observed.facts)
        .map_err(|problem| Failure::new(code, problem))?;
    if !given.problems.is_empty() {
        return Err(Failure { code, problems: given.problems, config: None });
    }
    let problem =
        given.evidence.into_iter().take(5).fold(problem, |problem, proof| problem.because(proof.what));
    let fix = "name one of these, or give the section of that name `enabled: true` to see what it lacks";
    Err(Failure::usage(problem.fix(fix)))
}
