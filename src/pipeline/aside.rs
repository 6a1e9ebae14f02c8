//! Gates that failed while it is not decided yet whether they are overridden. Until then they count as neither
//! good nor bad, so that nothing begins that rests on them.

use crate::model::{Kind, Override, Plan, Problem, Step, Task, TaskId, Verdict};

/// What is put aside, in the order in which it came.
pub struct Aside {
    /// The task that decides; none where nothing of this run does.
    decides: Option<TaskId>,
    kept: Vec<(Task, Verdict, u64)>,
}

impl Aside {
    /// Nothing yet, of a plan of which these tasks were chosen.
    pub fn of(plan: &Plan, is_chosen: impl Fn(&TaskId) -> bool) -> Self {
        let decides = plan.tasks.iter().find(|task| task.overrides && is_chosen(&task.id));
        Self { decides: decides.map(|task| task.id.clone()), kept: Vec::new() }
    }

    /// Takes a verdict that blocks, where it is a gate's and something will decide about it.
    pub fn takes(&mut self, task: &Task, verdict: &Verdict, millis: u64) -> bool {
        let is_gate = task.step == Step::Gates && task.kind == Kind::Check && !task.soft && !task.overrides;
        let waits = self.decides.is_some() && is_gate && verdict.status.blocks();
        if waits {
            self.kept.push((task.clone(), verdict.clone(), millis));
        }
        waits
    }

    /// Whether this task's verdict is put aside.
    pub fn holds(&self, id: &TaskId) -> bool {
        self.kept.iter().any(|(task, _, _)| task.id == *id)
    }

    /// Whether this is the task that decides.
    pub fn decided_by(&self, id: &TaskId) -> bool {
        self.decides.as_ref() == Some(id)
    }

    /// Everything that was put aside, as it counts from now on. Nothing is put aside after this.
    pub fn settled(&mut self, by: Option<&Override>) -> Vec<(Task, Verdict, u64)> {
        self.decides = None;
        let kept = std::mem::take(&mut self.kept);
        let under = |(task, verdict, millis): (Task, Verdict, u64)| {
            let verdict = match by {
                Some(by) => verdict.under(&task.id, by),
                None => verdict,
            };
            (task, verdict, millis)
        };
        kept.into_iter().map(under).collect()
    }
}

/// A verdict that blocks, as the problem of its task.
pub fn problem_of(verdict: &Verdict) -> Problem {
    let mut problem = Problem::new(verdict.summary.clone());
    problem.fix = verdict.problems.iter().find_map(|problem| problem.fix.clone());
    problem.place = verdict.problems.iter().find_map(|problem| problem.place.clone());
    problem.causes = verdict.problems.iter().map(ToString::to_string).collect();
    problem.held = verdict.problems.iter().any(|problem| problem.held);
    problem
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;

    use super::*;
    use crate::model::plan::PLAN_FORMAT;
    use crate::model::{Digest, Status};
    use crate::steps::room::{Check, Draft, Site};

    struct Nothing;

    #[async_trait::async_trait]
    impl Check for Nothing {
        async fn check(&self, _: &Site) -> Result<Verdict, Problem> {
            Ok(Verdict::skipped("a test"))
        }
    }

    fn task(step: Step, room: &str) -> Task {
        Draft::new(step, room, "", room).check(Nothing).task
    }

    fn decides() -> Task {
        Draft::new(Step::Gates, "override", "", "").overrides().check(Nothing).task
    }

    fn aside(chosen: bool) -> Aside {
        let plan = Plan {
            format: PLAN_FORMAT,
            project: "m".into(),
            version: "1.0.0".into(),
            tag: "v1.0.0".into(),
            commit: "c".into(),
            snapshot: false,
            tasks: vec![task(Step::Gates, "tests"), decides()],
        };
        Aside::of(&plan, |_| chosen)
    }

    fn by(gates: &[&str]) -> Override {
        Override {
            gates: gates.iter().map(|gate| TaskId((*gate).into())).collect(),
            by: "ada".into(),
            reason: String::new(),
            ticket: String::new(),
            expires: DateTime::UNIX_EPOCH,
            nonce: String::new(),
            run: 1,
            audit_after: Digest::of(b""),
        }
    }

    #[test]
    fn only_gates_that_block_wait_and_only_while_something_decides() {
        let gate = task(Step::Gates, "tests");
        let no = || Verdict::fail("no");
        assert!(!aside(false).takes(&gate, &no(), 1), "nothing decides in this run");
        let mut aside = aside(true);
        for (task, verdict) in [
            (task(Step::Scan, "secrets"), no()),
            (task(Step::Preflight, "tag"), no()),
            (Task { soft: true, ..gate.clone() }, no()),
            (decides(), no()),
            (gate.clone(), Verdict::skipped("off")),
        ] {
            assert!(!aside.takes(&task, &verdict, 1), "{}", task.id);
        }
        assert!(aside.takes(&gate, &no(), 1) && aside.holds(&gate.id));
        assert_eq!(aside.settled(None)[0].1, no());
        assert!(!aside.holds(&gate.id) && !aside.takes(&gate, &no(), 1), "it was decided");
    }

    #[test]
    fn what_is_named_and_failed_is_overridden_and_nothing_else() {
        let mut aside = aside(true);
        let all =
            [("tests", Verdict::fail("x")), ("lint", Verdict::fail("y")), ("coverage", Verdict::error("z"))];
        for (room, verdict) in &all {
            assert!(aside.takes(&task(Step::Gates, room), verdict, 1));
        }
        let settled = aside.settled(Some(&by(&["gates/tests", "gates/coverage"])));
        let now: Vec<Status> = settled.iter().map(|(_, verdict, _)| verdict.status).collect();
        assert_eq!(now, [Status::Overridden, Status::Fail, Status::Error]);
    }
}
