//! Recording what was covered, after a run of the gates.
//!
//! A command of its own and no target: a target is part of a release. Snapshots, which is what a branch is tested
//! with, would leave it alone, `status` would list it as a place of the release, and `rollback` would take it back.

use camino::Utf8Path;

use crate::model::{Event, ExitCode, Facts, Problem, Step, Verdict};
use crate::pipeline::run::Report;
use crate::ports::Ports;
use crate::steps::gates::{self, Recorded};

use super::Failure;
use super::wire::World;

/// Refuses before anything runs what would be refused after it.
pub(super) async fn refuse(ports: &Ports, facts: &Facts) -> Result<(), Failure> {
    gates::ready(ports, facts).await.map_err(Failure::usage)
}

/// Records what the verdict of this run rests on.
pub(super) async fn record(
    world: &World,
    ports: &Ports,
    dist: &Utf8Path,
    facts: &Facts,
    report: &Report,
) -> Result<(), Failure> {
    let failed = |problem: Problem| Failure::new(ExitCode::Step(Step::Gates), problem);
    let verdict = report.records.iter().rev().find_map(|record| verdict(&record.event));
    let verdict = verdict.ok_or_else(|| {
        let problem = Problem::new("the baseline is not recorded: no coverage was measured");
        failed(problem.fix("let the gate `coverage` run too: it is asked for by `--only coverage`"))
    })?;
    let recorded = gates::record(ports, dist, facts, verdict).await.map_err(failed)?;
    let words = match recorded {
        Recorded::Now => "recorded as the baseline",
        Recorded::Before => "the baseline already",
    };
    world.tell(&format!("coverage: {} is {words} of {}\n", verdict.summary, facts.commit.id));
    Ok(())
}

/// What was answered on the coverage, now or by a run before.
fn verdict(event: &Event) -> Option<&Verdict> {
    match event {
        Event::Judged { task, verdict, .. } if task.0 == "gates/coverage" => Some(verdict),
        Event::TaskTakenOver { task, verdict, .. } if task.0 == "gates/coverage" => verdict.as_ref(),
        _ => None,
    }
}
