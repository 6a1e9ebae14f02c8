//! Taking effects back: in the reverse of the order that they were made in, and saying what stays.

use crate::model::{Event, Kind, Problem, State, Undone};
use crate::steps::room::{Job, Planned, Site};

/// The targets in the order in which they are taken back: the last effect first.
#[must_use]
pub fn order(planned: &[Planned]) -> Vec<Planned> {
    // What the gates came to stays true of the commit.
    let undone = |one: &&Planned| matches!(one.task.kind, Kind::Target { .. }) && !one.task.tells;
    let mut targets: Vec<Planned> = planned.iter().filter(undone).cloned().collect();
    let rank = |one: &Planned| match one.task.kind {
        Kind::Target { rank } => Some((rank, one.task.step)),
        _ => None,
    };
    targets.sort_by_key(rank);
    targets.reverse();
    targets
}

/// Takes back one target's effect; without `really` only tells what would become of it.
///
/// # Errors
///
/// If the world cannot be asked or the journal cannot be written.
pub async fn undo(planned: &Planned, site: &Site, really: bool) -> Result<Undone, Problem> {
    let Job::Target(target) = &planned.job else {
        return Err(Problem::new("only targets can be taken back: this is a bug in release-action"));
    };
    // Where nothing is, nothing can be taken back; where one cannot look, the target itself has to say.
    if matches!(target.observe(site).await, Ok(State::Absent | State::Held { .. })) {
        return Ok(Undone::Nothing);
    }
    let outcome = target.undo(site, really).await?;
    if really {
        site.listener.take(Event::Undid { task: planned.task.id.clone(), outcome: outcome.clone() })?;
    }
    Ok(outcome)
}
