//! The one place that calls a target's verbs: observe; if same, go on; else journal the intent, apply,
//! observe again, journal the result.

use crate::model::{Event, Problem, Rank, State};
use crate::steps::room::{Site, Target};

use super::retry::{LOOKS, TARGET_ATTEMPTS, pause};

/// How a place stands when nothing more can be done now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Stands {
    /// As the plan wants it.
    There,
    /// A person has to act first.
    Held {
        /// What is waited for.
        until: String,
    },
}

/// Brings one place outside to what the plan wants.
///
/// # Errors
///
/// If the place cannot be brought there, or the journal cannot be written.
pub async fn converge(target: &dyn Target, rank: Rank, site: &Site) -> Result<Stands, Problem> {
    let mut attempt = 1;
    let mut intended = false;
    loop {
        match once(target, rank, site, &mut intended).await {
            Err(problem) if problem.passing && attempt < TARGET_ATTEMPTS => {
                let task = site.task.id.clone();
                site.listener.take(Event::TaskRetried { task, attempt, problem })?;
                site.ports.clock.sleep(pause(attempt)).await;
                attempt += 1;
            }
            outcome => return outcome,
        }
    }
}

async fn once(target: &dyn Target, rank: Rank, site: &Site, intended: &mut bool) -> Result<Stands, Problem> {
    let task = || site.task.id.clone();
    let before = target.observe(site).await?;
    site.listener.take(Event::Observed { task: task(), state: before.clone() })?;
    match &before {
        State::Same { .. } => {
            // An attempt whose answer was lost did take effect.
            if *intended {
                site.listener.take(Event::Applied { task: task(), after: before })?;
            }
            return Ok(Stands::There);
        }
        State::Held { until } => return Ok(Stands::Held { until: until.clone() }),
        State::Broken { why, fix } => return Err(Problem::new(why.clone()).fix(fix.clone())),
        State::Absent | State::Differs { .. } => {}
    }
    site.listener.take(Event::Intent { task: task(), rank, before: before.clone() })?;
    *intended = true;
    target.apply(site, &before).await?;
    let after = look_until_same(target, site).await?;
    site.listener.take(Event::Applied { task: task(), after })?;
    Ok(Stands::There)
}

/// The world may lag behind what it accepted.
async fn look_until_same(target: &dyn Target, site: &Site) -> Result<State, Problem> {
    let mut look = 1;
    loop {
        let state = target.observe(site).await?;
        match &state {
            State::Same { .. } | State::Held { .. } => return Ok(state),
            State::Broken { why, fix } => return Err(Problem::new(why.clone()).fix(fix.clone())),
            State::Absent | State::Differs { .. } if look == LOOKS => {
                let how = match state {
                    State::Differs { how } => how,
                    _ => "it is not there".into(),
                };
                return Err(Problem::new("the change was accepted but does not show").because(how).passing());
            }
            State::Absent | State::Differs { .. } => {}
        }
        site.ports.clock.sleep(pause(look)).await;
        look += 1;
    }
}
