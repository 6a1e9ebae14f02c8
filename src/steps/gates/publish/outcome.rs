//! What all gates came to: a fold over their verdicts, free of secrets, and of nothing else. It is good only
//! where something was found to be good and nothing blocks.

use crate::kit::plain;
use crate::kit::texts;
use crate::model::{Problem, Status, TaskId, Verdict};
use crate::steps::gates::{KNOWN, OVERRIDE};
use crate::steps::room::Site;

/// One gate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Gate {
    /// Its name, `coverage`.
    pub name: String,
    /// Its verdict; where it came to none, an error that says so.
    pub verdict: Verdict,
    /// True if its failure stops nothing.
    pub soft: bool,
}

impl Gate {
    /// True if the commit is not good enough because of it.
    #[must_use]
    pub fn blocks(&self) -> bool {
        self.verdict.status.blocks() && !self.soft
    }
}

/// All of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outcome {
    /// The gates, those that block first.
    pub gates: Vec<Gate>,
}

impl Outcome {
    /// The outcome of the tasks that this one needs.
    #[must_use]
    pub fn of(site: &Site) -> Self {
        let gates = site.task.needs.iter().map(|need| gate(site, &need.task));
        // Nobody asked for an override, and none was needed: that is nothing to tell.
        let idle = |gate: &Gate| gate.name == OVERRIDE && gate.verdict.status == Status::Skipped;
        Self::from(gates.filter(|gate| !idle(gate)).collect())
    }

    /// The outcome of these gates.
    #[must_use]
    pub fn from(mut gates: Vec<Gate>) -> Self {
        gates.sort_by_key(|gate| !gate.blocks());
        Self { gates }
    }

    fn named(&self, fits: impl Fn(&Gate) -> bool) -> Vec<&str> {
        self.gates.iter().filter(|gate| fits(gate)).map(|gate| gate.name.as_str()).collect()
    }

    /// Those that look at the commit.
    fn judging(&self) -> usize {
        self.gates.iter().filter(|gate| gate.name != OVERRIDE).count()
    }

    /// True where the commit is good enough. A commit of which nothing was judged is not.
    #[must_use]
    pub fn is_good(&self) -> bool {
        let good = |gate: &Gate| matches!(gate.verdict.status, Status::Pass | Status::Overridden);
        // That a report can be read says nothing of the commit yet.
        self.gates.iter().any(|gate| good(gate) && ![KNOWN, OVERRIDE].contains(&gate.name.as_str()))
            && !self.gates.iter().any(Gate::blocks)
    }

    /// True where a person answers for gates that failed.
    #[must_use]
    pub fn is_overridden(&self) -> bool {
        self.gates.iter().any(|gate| gate.verdict.status == Status::Overridden)
    }

    /// One line of what it is.
    #[must_use]
    pub fn title(&self) -> String {
        let blocking = self.named(Gate::blocks);
        let over = |gate: &Gate| gate.verdict.status == Status::Overridden;
        let overridden = self.named(|gate| over(gate) && gate.name != OVERRIDE);
        let by = self.gates.iter().find_map(|gate| gate.verdict.overridden.as_deref());
        let skipped = self.named(|gate| gate.verdict.status == Status::Skipped).len();
        let passed = self.named(|gate| gate.verdict.status == Status::Pass).len();
        if !blocking.is_empty() {
            return format!(
                "{} of {} gates block: {}",
                blocking.len(),
                self.gates.len(),
                blocking.join(", ")
            );
        }
        if !self.is_good() {
            return "no gate looked at anything".into();
        }
        let mut title = format!("{passed} of {} gates passed", self.judging());
        if skipped > 0 {
            title.push_str(&format!(", {skipped} skipped"));
        }
        if overridden.is_empty() {
            return title;
        }
        // It comes first: it must not be cut away.
        let by = by.map_or_else(|| "OVERRIDDEN".to_owned(), crate::model::Override::title);
        format!("{by}: {}; {title}", overridden.join(", "))
    }
}

/// One of them.
pub fn gate(site: &Site, id: &TaskId) -> Gate {
    let verdict = site.shelf.verdict(id).unwrap_or_else(|| {
        let why = "it came to no answer: what it looks at could not be made";
        Verdict::error(why).problem(Problem::new(why).fix("see in the log what failed before it"))
    });
    Gate {
        name: id.0.strip_prefix("gates/").unwrap_or(&id.0).to_owned(),
        verdict: safe(site, &verdict),
        soft: site.plan.task(id).is_some_and(|task| task.soft),
    }
}

/// The verdict without secrets and control characters: it leaves this machine.
fn safe(site: &Site, verdict: &Verdict) -> Verdict {
    let clean = |text: &str| {
        let secrets = &site.ports.secrets;
        secrets.clean(&plain::visible(&secrets.clean(text)))
    };
    let cleaned = serde_json::to_value(verdict).ok().and_then(|mut value| {
        texts::change(&mut value, &clean);
        serde_json::from_value(value).ok()
    });
    cleaned.unwrap_or_else(|| Verdict::error("its verdict could not be shown without a secret in it"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Proof;

    fn gate(name: &str, verdict: Verdict, soft: bool) -> Gate {
        Gate { name: name.into(), verdict, soft }
    }

    fn pass() -> Verdict {
        Verdict::pass("good", Proof::seen("x"))
    }

    #[test]
    fn nothing_is_good_without_something_that_is() {
        let of = |gates: Vec<Gate>| {
            let outcome = Outcome::from(gates);
            (outcome.is_good(), outcome.title())
        };
        assert_eq!(of(Vec::new()), (false, "no gate looked at anything".into()));
        let skipped = || gate("lint", Verdict::skipped("no tool"), false);
        assert!(!of(vec![skipped()]).0);
        assert_eq!(
            of(vec![gate("a", pass(), false), skipped()]),
            (true, "1 of 2 gates passed, 1 skipped".into())
        );
        for bad in [Verdict::fail("no"), Verdict::error("no evidence")] {
            let (good, title) = of(vec![gate("a", pass(), false), gate("b", bad.clone(), false)]);
            assert_eq!((good, title.as_str()), (false, "1 of 2 gates block: b"));
            assert!(of(vec![gate("a", pass(), false), gate("b", bad, true)]).0, "soft");
        }
        let overridden = Verdict { status: Status::Overridden, ..Verdict::fail("x") };
        assert_eq!(
            of(vec![gate("a", overridden, false)]),
            (true, "OVERRIDDEN: a; 0 of 1 gates passed".into())
        );
    }
}
