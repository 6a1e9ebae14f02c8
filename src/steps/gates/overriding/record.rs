//! The attempt in the audit log. A release waits for it as for everything that comes before its draft, so that
//! nothing is made of an override of which nothing is written.

use std::sync::Arc;

use super::audit::{self, BRANCH, Log, Outcome};
use super::case::{Attempt, Case};
use crate::model::{Problem, State, Undone};
use crate::steps::room::{Site, Target};

/// Where it is made, below the dist folder.
const SCRATCH: &str = ".audit";

/// The target.
pub struct Record(pub Arc<Case>);

/// The line that holds it, counted from 1.
fn line(log: &Log, attempt: &Attempt) -> Option<u64> {
    let is_it = |entry: &&audit::Entry| match attempt.said.outcome {
        Outcome::Accepted => {
            entry.said.outcome == Outcome::Accepted
                && entry.said.is_same_use(&attempt.said)
                // Else it is another's line, and the evidence would name a place at which there is none.
                && entry.prev_sha256 == attempt.after.hex()
        }
        Outcome::Refused => entry.said.id == attempt.said.id,
    };
    log.entries.iter().find(is_it).map(|entry| entry.seq + 1)
}

#[async_trait::async_trait]
impl Target for Record {
    async fn observe(&self, site: &Site) -> Result<State, Problem> {
        let Some(attempt) = self.0.decided() else {
            return Ok(State::Same { proof: "nothing was decided".into() });
        };
        let log = audit::read(site.ports.git.as_ref()).await?;
        Ok(match line(&log, &attempt) {
            Some(line) => {
                self.0.write();
                State::Same { proof: format!("line {line} of the audit log on {BRANCH}") }
            }
            None => State::Absent,
        })
    }

    async fn apply(&self, site: &Site, _: &State) -> Result<(), Problem> {
        let Some(attempt) = self.0.decided() else { return Ok(()) };
        let git = site.ports.git.as_ref();
        let log = audit::read(git).await?;
        if line(&log, &attempt).is_some() {
            return Ok(());
        }
        if attempt.accepted.is_some() && log.head != attempt.after {
            return Err(Problem::new("the audit log has grown since the override was decided")
                .because("the evidence of the release names the line that its own follows")
                .fix("run the same again: the approval still holds"));
        }
        audit::append(&site.ports, &site.dist.join(SCRATCH), &log, &attempt.said).await
    }

    async fn undo(&self, _: &Site, _: bool) -> Result<Undone, Problem> {
        Ok(Undone::Impossible {
            why: "the audit log only grows".into(),
            instead: "what was decided stays true of that run".into(),
        })
    }
}
