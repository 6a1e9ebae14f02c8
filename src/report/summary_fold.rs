//! Records to a summary: a pure fold, one record at a time, so that watching and reading back agree.

use chrono::{DateTime, Utc};

use crate::model::{Event, ExitCode, Plan, Record, Status, Step, TaskId};

use super::summary::{Effect, Ending, Head, Outcome, Retry, SUMMARY_FORMAT, Summary, TaskView, Told};

impl Default for Summary {
    fn default() -> Self {
        Self {
            format: SUMMARY_FORMAT,
            rehearsal: false,
            earlier_runs: 0,
            head: None,
            ending: None,
            tasks: Vec::new(),
            effects: Vec::new(),
            notices: Vec::new(),
        }
    }
}

impl Summary {
    /// The last run of these records.
    #[must_use]
    pub fn of(records: &[Record]) -> Self {
        let mut summary = Self::default();
        records.iter().for_each(|record| summary.take(record));
        summary
    }

    /// Gives tasks that were taken over or skipped, and so never told their title, the plan's; and puts the
    /// tasks in the plan's order.
    pub fn name_by(&mut self, plan: &Plan) {
        for view in &mut self.tasks {
            if let Some(task) = plan.task(&view.task) {
                view.title.clone_from(&task.title);
                view.step = Some(task.step);
            }
        }
        let place = |id: &TaskId| plan.tasks.iter().position(|task| &task.id == id).unwrap_or(usize::MAX);
        self.tasks.sort_by_cached_key(|view| place(&view.task));
    }

    /// Takes the next record.
    pub fn take(&mut self, record: &Record) {
        match &record.event {
            Event::RunStarted { run, tool, project, tag, commit, plan, tasks } => {
                self.begin(Head {
                    run: run.clone(),
                    tool: tool.clone(),
                    project: project.clone(),
                    tag: tag.clone(),
                    commit: commit.clone(),
                    plan: *plan,
                    tasks: *tasks,
                    started: record.at,
                });
            }
            Event::RunFinished { exit, millis } => self.end(*exit, *millis, record.at),
            Event::Notice { task, problem } => {
                self.notices.push(Told { task: task.clone(), problem: problem.clone() });
            }
            Event::Intent { task, rank, before } => {
                // One that is begun again is the same change: what the attempts before it left was looked up.
                let again = |effect: &Effect| &effect.task == task && effect.is_open();
                let before = match self.effects.iter().position(again) {
                    Some(at) => {
                        let begun = self.effects.remove(at);
                        if begun.earlier { before.clone() } else { begun.before }
                    }
                    None => before.clone(),
                };
                self.effects.push(Effect {
                    task: task.clone(),
                    at: record.at,
                    rank: *rank,
                    before,
                    after: None,
                    undone: None,
                    earlier: false,
                });
            }
            Event::Applied { task, after } => {
                self.view(task).applied = Some(after.clone());
                if let Some(effect) = self.last_effect(task) {
                    effect.after = Some(after.clone());
                }
            }
            Event::Undid { task, outcome } => {
                if let Some(effect) = self.last_effect(task) {
                    effect.undone = Some(outcome.clone());
                }
            }
            event => self.take_task(event, record.at),
        }
    }

    fn take_task(&mut self, event: &Event, at: DateTime<Utc>) {
        match event {
            Event::TaskStarted { task, title, .. } => {
                let view = self.view(task);
                view.title.clone_from(title);
                view.started = Some(at);
            }
            Event::TaskRetried { task, attempt, problem } => {
                self.view(task).retries.push(Retry { attempt: *attempt, problem: problem.clone() });
            }
            Event::Judged { task, verdict, .. } => self.view(task).verdict = Some(verdict.clone()),
            Event::Observed { task, state } => {
                self.view(task).observed = Some(state.clone());
                // A change that a run had begun before it was killed is there after all.
                if let Some(effect) =
                    self.last_effect(task).filter(|effect| effect.is_open() && state.is_same())
                {
                    effect.after = Some(state.clone());
                }
            }
            Event::TaskTakenOver { task, from, artifacts, verdict, .. } => {
                let view = self.view(task);
                view.taken_from = Some(*from);
                view.artifacts.clone_from(artifacts);
                view.verdict.clone_from(verdict);
                view.close(Outcome::TakenOver, at, 0);
            }
            Event::TaskFinished { task, millis, artifacts, .. } => {
                let view = self.view(task);
                view.artifacts.clone_from(artifacts);
                let outcome = match view.verdict.as_ref().map(|verdict| verdict.status) {
                    Some(status) if status.blocks() => Outcome::Failed,
                    // A check that looked at nothing, by policy, is not done.
                    Some(Status::Skipped) => Outcome::Skipped,
                    _ => Outcome::Done,
                };
                view.close(outcome, at, *millis);
            }
            Event::TaskFailed { task, millis, problem, soft } => {
                let view = self.view(task);
                view.problem = Some(problem.clone());
                view.close(if *soft { Outcome::SoftFailed } else { Outcome::Failed }, at, *millis);
            }
            Event::TaskSkipped { task, because } => {
                let view = self.view(task);
                view.because = Some(because.clone());
                view.close(Outcome::Skipped, at, 0);
            }
            // The others are no task's, or are only for watching.
            _ => {}
        }
    }

    fn begin(&mut self, head: Head) {
        if let Some(before) = self.head.take() {
            self.earlier_runs += 1;
            let same = before.tag == head.tag && before.commit == head.commit;
            self.effects.retain(|_| same);
            self.effects.iter_mut().for_each(|effect| effect.earlier = true);
        }
        self.head = Some(head);
        self.ending = None;
        self.tasks.clear();
        self.notices.clear();
    }

    fn end(&mut self, exit: ExitCode, millis: u64, at: DateTime<Utc>) {
        self.ending = Some(Ending { exit, code: exit.number(), at, millis });
    }

    fn last_effect(&mut self, task: &TaskId) -> Option<&mut Effect> {
        self.effects.iter_mut().rev().find(|effect| &effect.task == task)
    }

    /// The task's view; a new one if this is the first word about it.
    fn view(&mut self, id: &TaskId) -> &mut TaskView {
        let at = self.tasks.iter().rposition(|view| &view.task == id).unwrap_or_else(|| {
            self.tasks.push(TaskView::new(id));
            self.tasks.len() - 1
        });
        &mut self.tasks[at]
    }
}

impl TaskView {
    /// The outcome whose symbol stands before it: a gate that was overridden is done, and not good.
    #[must_use]
    pub fn shown(&self) -> Outcome {
        let over = self.verdict.as_ref().is_some_and(|verdict| verdict.status == Status::Overridden);
        if over && self.outcome == Outcome::Done { Outcome::SoftFailed } else { self.outcome }
    }

    /// Whether it is still to be done: a check that looked at nothing, by policy, is not.
    #[must_use]
    pub fn is_open(&self) -> bool {
        match self.outcome {
            Outcome::Unfinished => true,
            Outcome::Skipped => self.verdict.is_none(),
            _ => false,
        }
    }

    /// Why it is skipped: what it was not done for, else what its check says; none if it is not skipped.
    #[must_use]
    pub fn skipped_for(&self) -> Option<&str> {
        if self.outcome != Outcome::Skipped {
            return None;
        }
        let said = self.verdict.as_ref().map(|verdict| verdict.summary.as_str());
        self.because.as_deref().or(said).or(Some("no reason was given"))
    }

    fn new(id: &TaskId) -> Self {
        let (step, rest) = id.0.split_once('/').unwrap_or((&id.0, ""));
        Self {
            task: id.clone(),
            // A name that begins with no step is shown under "other".
            step: step.parse::<Step>().ok(),
            title: if rest.is_empty() { id.0.clone() } else { rest.replace('/', " ") },
            outcome: Outcome::Unfinished,
            started: None,
            ended: None,
            millis: 0,
            taken_from: None,
            retries: Vec::new(),
            artifacts: Vec::new(),
            verdict: None,
            observed: None,
            applied: None,
            problem: None,
            because: None,
        }
    }

    fn close(&mut self, outcome: Outcome, at: DateTime<Utc>, millis: u64) {
        self.outcome = outcome;
        self.ended = Some(at);
        self.millis = millis;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Digest, Kind, Rank, State, Task};
    use crate::report::sample::{self, Tape, id};
    use crate::report::words;

    #[test]
    fn the_last_run_counts_and_the_earlier_ones_are_counted() {
        let summary = Summary::of(&sample::success());
        assert_eq!((summary.earlier_runs, summary.tasks.len()), (1, 11));
        assert!(summary.is_good());
        let totals = summary.totals();
        assert_eq!((totals.done, totals.taken_over, totals.failed, totals.open), (7, 3, 1, 0));
        let effects: Vec<(&str, bool)> =
            summary.effects.iter().map(|effect| (effect.task.0.as_str(), effect.earlier)).collect();
        assert_eq!(effects, [("release/draft", true), ("release/publish", false)]);
    }

    #[test]
    fn a_killed_run_says_what_is_not_known() {
        let mut tape = Tape::new();
        tape.begin(2).start("release/publish", "publish").tell(Event::Intent {
            task: id("release/publish"),
            rank: Rank::Irreversible,
            before: State::Absent,
        });
        let mut summary = Summary::default();
        tape.records().iter().for_each(|record| summary.take(record));
        assert_eq!(summary.tasks[0].outcome, Outcome::Unfinished);
        assert_eq!((summary.effects[0].after.as_ref(), summary.ending), (None, None));
        assert!(words::verdict(&summary).ends_with("the run did not come to its end"));
        assert!(words::effect(&summary.effects[0]).contains("looked up by the next run"));
    }

    #[test]
    fn a_change_that_is_begun_again_is_one_change() {
        let release = || id("release/asset/a");
        let intent = |before: State| Event::Intent { task: release(), rank: Rank::Reversible, before };
        let same = || State::Same { proof: "sha256:a".into() };
        let differs = || State::Differs { how: "a failed upload left it empty".into() };
        let of = |events: Vec<Event>| {
            let mut tape = Tape::new();
            events.into_iter().fold(tape.begin(1).start("release/asset/a", "a"), Tape::tell);
            Summary::of(tape.records())
        };
        let again = of(vec![
            intent(State::Absent),
            intent(differs()),
            Event::Applied { task: release(), after: same() },
        ]);
        assert_eq!(again.effects.len(), 1, "{:?}", again.effects);
        assert_eq!((&again.effects[0].before, &again.effects[0].after), (&State::Absent, &Some(same())));
        // The run after a kill sees that it took effect.
        let seen = of(vec![intent(State::Absent), Event::Observed { task: release(), state: same() }]);
        assert_eq!(seen.effects[0].after, Some(same()));
        let unseen = of(vec![intent(State::Absent), Event::Observed { task: release(), state: differs() }]);
        assert_eq!(unseen.effects[0].after, None);
    }

    #[test]
    fn all_problems_are_listed_and_those_that_block_first() {
        let summary = Summary::of(&sample::failure());
        let told: Vec<(&str, bool)> =
            summary.failures().iter().map(|failure| (failure.task.task.0.as_str(), failure.soft)).collect();
        assert_eq!(told, [("gates/vet", false), ("gates/vet", false), ("build/go/linux_amd64", false)]);
    }

    #[test]
    fn another_tag_in_the_same_folder_brings_no_effects_along() {
        let mut records = sample::success();
        let Some(Event::RunStarted { tag, .. }) = records.iter_mut().map(|record| &mut record.event).next()
        else {
            panic!("a run begins with its start")
        };
        *tag = "v1.3.0".into();
        assert!(Summary::of(&records).effects.iter().all(|effect| !effect.earlier));
    }

    #[test]
    fn the_plan_gives_titles_and_order() {
        let mut summary = Summary::of(&sample::success());
        let task = |name: &str, title: &str| Task {
            id: id(name),
            step: Step::Build,
            room: "go".into(),
            kind: Kind::Maker,
            title: title.into(),
            key: Digest::of(b""),
            shared: None,
            needs: Vec::new(),
            makes: Vec::new(),
            soft: false,
            keeps: true,
            native: false,
            tells: false,
            overrides: false,
        };
        let plan = Plan {
            format: 1,
            project: "greeter".into(),
            version: "1.4.0".into(),
            tag: "v1.4.0".into(),
            commit: String::new(),
            snapshot: false,
            tasks: vec![
                task("build/go/darwin_arm64", "darwin/arm64 greeter"),
                task("build/go/linux_amd64", "linux/amd64 greeter"),
            ],
        };
        summary.name_by(&plan);
        let titles: Vec<&str> = summary.tasks.iter().take(2).map(|view| view.title.as_str()).collect();
        assert_eq!(titles, ["darwin/arm64 greeter", "linux/amd64 greeter"]);
    }
}
