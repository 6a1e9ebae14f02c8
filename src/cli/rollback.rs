//! What can be taken back, taken back.

use std::sync::Arc;

use clap::Args;

use crate::journal::Journal;
use crate::model::{ExitCode, Undone};
use crate::pipeline::bus::Bus;
use crate::pipeline::rollback;
use crate::pipeline::run::{JOURNAL, hold};
use crate::pipeline::shelf::RunShelf;
use crate::steps::room::{Planned, Site};

use super::Failure;
use super::project::Project;
use super::run::Scope;
use super::untouched::Untouched;
use super::wire::World;

/// Print what will be undone and what cannot be, and why; with --yes, do it
#[derive(Debug, Args)]
pub struct Rollback {
    /// Which release.
    #[command(flatten)]
    pub scope: Scope,
    /// Do it
    #[arg(long)]
    pub yes: bool,
}

impl Rollback {
    pub(super) async fn call(self, world: World) -> Result<ExitCode, Failure> {
        let project = Project::open(&world, &self.scope.which()).await?;
        let drawn = project.draw()?;
        let ports = project.ports.clone();
        let unwritten = |problem| Failure::new(ExitCode::RollbackIncomplete, problem);
        let files = ports.files.as_ref();
        // Looking changes nothing here either: no lock, no journal.
        let _untouched = (!self.yes).then(|| Untouched::of(&ports.files, &project.dist));
        let held = if self.yes { Some(hold(files, &project.dist)) } else { None };
        let _held = held.transpose().map_err(|halt| Failure::new(halt.code, *halt.problem))?;
        let (journal, next) = if self.yes {
            let path = project.dist.join(JOURNAL);
            let (journal, earlier) =
                Journal::open(files, &path, Arc::clone(&ports.clock)).map_err(unwritten)?;
            (Some(journal.redacting(world.redactor.clone())), earlier.len() as u64)
        } else {
            (None, 0)
        };
        let bus = Arc::new(Bus::new(journal, next, Vec::new(), Arc::clone(&ports.clock)));
        let site = |planned: &Planned| Site {
            task: planned.task.clone(),
            facts: Arc::new(project.observed.facts.clone()),
            ports: ports.clone(),
            dist: project.dist.clone(),
            shelf: Arc::new(RunShelf::default()),
            listener: Arc::clone(&bus) as _,
            stop: world.signals.stop(),
            plan: Arc::new(drawn.plan.clone()),
        };
        let (mut incomplete, mut unknown, mut held, mut any) = (false, false, false, false);
        // What is begun is done to its end, whether its words can be written or not.
        let mut told = Ok(());
        for planned in rollback::order(&drawn.planned) {
            let title = &planned.task.title;
            let verb = if self.yes { "removed" } else { "would remove" };
            let line = match rollback::undo(&planned, &site(&planned), self.yes).await {
                Ok(Undone::Done { what }) => format!("{title}: {verb} {what}"),
                Ok(Undone::Nothing) => continue,
                Ok(Undone::Impossible { why, instead }) => {
                    incomplete = true;
                    format!("{title}: stays, since {why}; instead: {instead}")
                }
                Err(problem) => {
                    unknown = true;
                    held |= problem.held;
                    format!("{title}: {problem}")
                }
            };
            any = true;
            told = told.and(world.print(&format!("{line}\n")));
        }
        told = told.and(world.print(match (any, self.yes) {
            (false, _) => "There is nothing of this release to undo.\n",
            (true, false) => "Nothing was changed. `release-action rollback --yes` does it.\n",
            (true, true) => "",
        }));
        Failure::after_words(code(held, unknown || (incomplete && self.yes)), told)
    }
}

fn code(held: bool, incomplete: bool) -> ExitCode {
    match held {
        true => ExitCode::Held,
        false if incomplete => ExitCode::RollbackIncomplete,
        false => ExitCode::Done,
    }
}
