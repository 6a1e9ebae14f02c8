//! What a run that holds a draft does about the label that it finds there: a pure decision.
//!
//! A label may be that of a run that is dead: a request which it sent may be carried out late. What no
//! dead run can have written is a claim that names ours as the one it took over from. So a run gives
//! its draft up to such a claim only, and only to a higher one. Runs of one draft are put in order by
//! their turn and name; a run's own place never sinks; so the highest of them gives up to none.

use super::claim::{Claim, Standing};

/// What the label says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Seen {
    /// Somebody's claim.
    Claim(Claim),
    /// The last label: a run is publishing.
    Publishing {
        /// What is published is what we make.
        same: bool,
    },
    /// No claim: a run has ended there, or a person has written something.
    Nothing,
}

/// What is to be done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Next {
    /// Go on.
    Keep,
    /// Claim it, then go on.
    Claim,
    /// Another run has it: end.
    Yield,
}

/// What a run that holds a draft under the claim `us` does about what it sees there.
#[must_use]
pub fn next(us: &Claim, seen: &Seen) -> Next {
    match seen {
        Seen::Claim(theirs) => match theirs.standing(us) {
            Standing::Ours => Next::Keep,
            Standing::Free | Standing::Over if !took_from(theirs, us) => Next::Claim,
            _ => Next::Yield,
        },
        // Both of us put the same bytes there, and the other one is about to end.
        Seen::Publishing { same: true } => Next::Keep,
        Seen::Publishing { same: false } => Next::Yield,
        Seen::Nothing => Next::Claim,
    }
}

/// Whether a run has taken the draft from us, knowing of us.
fn took_from(theirs: &Claim, us: &Claim) -> bool {
    theirs.over.as_ref() == Some(&us.by) && (theirs.turn, &theirs.by) > (us.turn, &us.by)
}

#[cfg(test)]
#[path = "lease_tests.rs"]
mod tests;
