//! An override: gates that failed, and a person who answers for releasing all the same.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::digest::Digest;
use crate::task::TaskId;
use crate::verdict::{Status, Verdict};

/// An override that was accepted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Override {
    /// The gates, sorted. No other one is overridden by it.
    pub gates: Vec<TaskId>,
    /// The login of who approved it.
    pub by: String,
    /// Why.
    pub reason: String,
    /// Where it is followed up.
    pub ticket: String,
    /// Until when it was asked for.
    pub expires: DateTime<Utc>,
    /// What the approval was bound to: run, commit, gates and what they had found.
    pub nonce: String,
    /// The workflow run in which it was approved.
    pub run: u64,
    /// The head of the audit log that its entry follows.
    pub audit_after: Digest,
}

impl Override {
    /// `OVERRIDDEN by ada`.
    #[must_use]
    pub fn title(&self) -> String {
        format!("OVERRIDDEN by {}", self.by)
    }
}

impl Verdict {
    /// The verdict as it counts once an override covers its gate. One that did not fail stays what it is: what
    /// passed needs none, and nobody can answer for what was never looked at.
    #[must_use]
    pub fn under(mut self, gate: &TaskId, by: &Override) -> Self {
        if self.status == Status::Fail && by.gates.contains(gate) {
            self.status = Status::Overridden;
            self.summary = format!("{}: {}", by.title(), self.summary);
            self.overridden = Some(Box::new(by.clone()));
        }
        self
    }

    /// What of it is the same in every run of the same override: without words and files of tools, which hold
    /// times.
    #[must_use]
    pub fn lasting(mut self) -> Self {
        if let Some(by) = self.overridden.as_ref().filter(|_| self.status == Status::Overridden) {
            self.summary = format!("{}: {} ({})", by.title(), by.reason, by.ticket);
            self.evidence.clear();
            // Those that are good may tell times.
            self.rows.retain(|row| !row.ok);
            self.problems.iter_mut().for_each(|problem| problem.causes.clear());
        }
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::problem::Problem;
    use crate::verdict::Proof;

    fn by() -> Override {
        Override {
            gates: vec![TaskId("gates/tests".into())],
            by: "ada".into(),
            reason: "the registry's certificate ends tonight".into(),
            ticket: "OPS-1".into(),
            expires: DateTime::UNIX_EPOCH,
            nonce: "n".into(),
            run: 7,
            audit_after: Digest::of(b""),
        }
    }

    #[test]
    fn only_a_failure_of_its_own_gates_is_overridden() {
        let (tests, lint) = (TaskId("gates/tests".into()), TaskId("gates/lint".into()));
        let over = Verdict::fail("2 failed").under(&tests, &by());
        assert_eq!((over.status, over.summary.as_str()), (Status::Overridden, "OVERRIDDEN by ada: 2 failed"));
        assert_eq!(over.overridden.as_deref(), Some(&by()));
        assert_eq!(Verdict::fail("x").under(&lint, &by()), Verdict::fail("x"));
        for other in
            [Verdict::error("torn"), Verdict::skipped("off"), Verdict::pass("good", Proof::seen("x"))]
        {
            assert_eq!(other.clone().under(&tests, &by()), other);
        }
    }

    #[test]
    fn what_lasts_holds_no_word_of_a_tool() {
        let verdict = |took: &str| {
            let verdict = Verdict::fail(format!("2 failed in {took}")).proof(Proof::seen(took));
            verdict
                .problem(Problem::new("TestX failed").because(took))
                .under(&TaskId("gates/tests".into()), &by())
        };
        assert_eq!(verdict("1 s").lasting(), verdict("2 s").lasting());
        assert_eq!(Verdict::fail("x").lasting(), Verdict::fail("x"));
    }
}
