//! The log a person reads: a line a task while it goes on, and the whole picture at the end.

use std::collections::BTreeMap;
use std::io::Write;

use crate::kit::secret::Redactor;
use crate::model::{Event, Plan, Problem, Record, TaskId};

use super::human_end::end;
use super::human_progress::Progress;
use super::look::{Look, Tone, pad, pad_left, tone};
use super::measures::rows;
use super::summary::{Outcome, Summary, TaskView};
use super::text::{clean_record, cut, one_line};
use super::words;

/// Columns of a step's name and of a time.
const STEP: usize = 9;
const TIME: usize = 12;

/// Writes what a person reads.
pub struct Human<W: Write> {
    out: W,
    look: Look,
    redactor: Redactor,
    summary: Summary,
    progress: Option<Progress>,
    files: Vec<(String, String)>,
    titles: BTreeMap<TaskId, String>,
    failed: Option<std::io::Error>,
}

impl<W: Write> Human<W> {
    /// Writes to `out` in this look; bars, where the look has them, are drawn on standard error.
    pub fn new(out: W, look: Look, redactor: Redactor) -> Self {
        let progress = look.progress.then(|| Progress::new(indicatif::ProgressDrawTarget::stderr(), look));
        Self {
            out,
            look,
            redactor,
            summary: Summary::default(),
            progress,
            files: Vec::new(),
            titles: BTreeMap::new(),
            failed: None,
        }
    }

    /// Takes the tasks' titles from the plan, also of those that never begin.
    pub fn name_by(&mut self, plan: &Plan) {
        self.titles = plan.tasks.iter().map(|task| (task.id.clone(), task.title.clone())).collect();
    }

    /// Names a file that the end points to, such as the HTML report.
    pub fn point_to(&mut self, what: impl Into<String>, path: impl Into<String>) {
        self.files.push((what.into(), path.into()));
    }

    /// Takes a record.
    pub fn take(&mut self, record: &Record) {
        let record = clean_record(record, &self.redactor);
        self.summary.take(&record);
        if let Event::TaskTakenOver { task, .. } | Event::TaskSkipped { task, .. } = &record.event
            && let Some(title) = self.titles.get(task)
            && let Some(view) = self.summary.tasks.iter_mut().find(|view| view.task == *task)
        {
            view.title = one_line(&self.redactor.clean(title));
        }
        if let Some(progress) = &mut self.progress {
            progress.take(&record.event, self.summary.head.as_ref().map_or(0, |head| head.tasks));
        }
        for line in self.lines(&record.event) {
            self.write(&line);
        }
    }

    /// Writes the end: the verdict in one line first, then what failed, what was changed, and a table of steps.
    ///
    /// # Errors
    ///
    /// The first error that writing gave, now or before.
    pub fn finish(&mut self) -> std::io::Result<()> {
        if let Some(progress) = self.progress.take() {
            progress.clear();
        }
        for line in end(&self.summary, &self.look, &self.files) {
            let line = self.redactor.clean(&line);
            self.write(&line);
        }
        if let Err(error) = self.out.flush() {
            self.failed.get_or_insert(error);
        }
        self.failed.take().map_or(Ok(()), Err)
    }

    /// Writes a line beside the bars. After an error nothing more is written: the reader has gone away, and the
    /// release goes on without it.
    fn write(&mut self, line: &str) {
        if self.failed.is_some() {
            return;
        }
        let out = &mut self.out;
        let mut write = || writeln!(out, "{line}").and_then(|()| out.flush());
        let result = match &self.progress {
            Some(progress) => progress.beside(write),
            None => write(),
        };
        self.failed = result.err();
    }

    fn lines(&self, event: &Event) -> Vec<String> {
        let quiet = self.look.verbosity < 0;
        match event {
            Event::TaskFailed { task, .. } => self.ended(task),
            Event::TaskFinished { task, .. } if self.outcome(task) == Some(Outcome::Failed) => {
                self.ended(task)
            }
            _ if quiet => Vec::new(),
            Event::RunStarted { .. } => self.started(),
            Event::TaskFinished { task, .. }
            | Event::TaskTakenOver { task, .. }
            | Event::TaskSkipped { task, .. } => self.ended(task),
            Event::TaskStarted { task, .. } if self.look.verbosity > 0 && self.progress.is_none() => {
                vec![self.bullet(Some(task), "begins", Tone::Dim)]
            }
            Event::TaskRetried { task, attempt, problem } => {
                let text = format!("attempt {attempt} failed and is made again: {}", short(problem));
                vec![self.bullet(Some(task), &text, Tone::Warn)]
            }
            Event::TaskOutput { task, line, .. } if self.look.verbosity > 0 => {
                let bar = self.look.paint(Tone::Dim, self.look.either("│", "|"));
                line.lines().map(|line| format!("    {bar} {}{line}", self.beside(task))).collect()
            }
            Event::Notice { task, problem } => self.notice(task.as_ref(), problem),
            Event::Undid { task, outcome } => vec![self.bullet(Some(task), &undid(outcome), Tone::Warn)],
            Event::Observed { task, state } if self.look.verbosity > 1 => {
                vec![self.bullet(Some(task), &format!("sees: {}", words::state(state)), Tone::Dim)]
            }
            Event::Intent { task, .. } if self.look.verbosity > 0 => {
                vec![self.bullet(Some(task), "changes the world now", Tone::Dim)]
            }
            _ => Vec::new(),
        }
    }

    /// Tasks run side by side, so a tool's line says whose it is.
    fn beside(&self, task: &TaskId) -> String {
        self.look.paint(Tone::Dim, &format!("{task} "))
    }

    fn started(&self) -> Vec<String> {
        let Some(head) = &self.summary.head else { return Vec::new() };
        let dot = self.look.either(" · ", " - ");
        let commit: String = head.commit.chars().take(7).collect();
        let name = self.look.paint(Tone::Strong, &one_line(&format!("{} {}", head.project, head.tag)));
        let rest = [
            format!("commit {commit}"),
            words::count(head.tasks, "task", "tasks"),
            format!("release-action {}", head.tool),
        ];
        vec![
            format!("{name}{}", self.look.paint(Tone::Dim, &format!("{dot}{}", one_line(&rest.join(dot))))),
            String::new(),
        ]
    }

    fn outcome(&self, id: &TaskId) -> Option<Outcome> {
        self.view(id).map(|view| view.outcome)
    }

    fn view(&self, id: &TaskId) -> Option<&TaskView> {
        self.summary.tasks.iter().find(|view| &view.task == id)
    }

    fn title_width(&self) -> usize {
        self.look.width.saturating_sub(STEP + TIME + 36).clamp(16, 40)
    }

    /// A task's line: symbol, step, title, time, and what came of it.
    fn ended(&self, id: &TaskId) -> Vec<String> {
        let Some(view) = self.view(id) else { return Vec::new() };
        let look = &self.look;
        let width = self.title_width();
        let title = pad(&cut(&one_line(&view.title), width), width);
        let time = match view.outcome {
            Outcome::TakenOver | Outcome::Skipped => String::new(),
            _ => words::duration(view.millis),
        };
        let words = match view.outcome {
            Outcome::TakenOver => look.paint(Tone::Old, &detail(view)),
            Outcome::Failed | Outcome::SoftFailed => look.paint(tone(view.outcome), &detail(view)),
            _ => look.paint(Tone::Dim, &detail(view)),
        };
        let step = view.step.map_or("", crate::model::Step::name);
        let line = format!(
            "  {} {} {title} {}  {words}",
            look.symbol(view.shown()),
            look.paint(Tone::Dim, &pad(step, STEP)),
            look.paint(Tone::Dim, &pad_left(&time, TIME)),
        );
        let mut lines = vec![line.trim_end().to_owned()];
        if let Some(verdict) = view.verdict.as_ref().filter(|_| view.outcome != Outcome::TakenOver) {
            lines.extend(rows(verdict, look).into_iter().map(|row| format!("      {row}")));
        }
        lines
    }

    fn notice(&self, task: Option<&TaskId>, problem: &Problem) -> Vec<String> {
        let mut lines = vec![self.bullet(task, &short(problem), Tone::Warn)];
        if let Some(fix) = &problem.fix {
            let arrow = self.look.either("→", "->");
            lines.extend(fix.lines().map(|line| format!("      {arrow} {line}")));
        }
        lines
    }

    fn bullet(&self, task: Option<&TaskId>, text: &str, tone: Tone) -> String {
        let view = task.and_then(|id| self.view(id));
        let step = view.and_then(|view| view.step).map_or("", crate::model::Step::name);
        let title = view.map(|view| format!("{}: ", one_line(&view.title))).unwrap_or_default();
        let dot = self.look.paint(tone, self.look.either("•", "*"));
        format!("  {dot} {} {title}{}", self.look.paint(Tone::Dim, &pad(step, STEP)), one_line(text))
    }
}

/// What came of a task, in one line.
#[must_use]
pub fn detail(view: &TaskView) -> String {
    let text = match view.outcome {
        Outcome::TakenOver => view.taken_from.map(words::taken_from).unwrap_or("taken over").into(),
        Outcome::Skipped => format!("skipped: {}", view.skipped_for().unwrap_or_default()),
        Outcome::Failed | Outcome::SoftFailed => view
            .problem
            .as_ref()
            .map(|problem| problem.what.clone())
            .or_else(|| view.verdict.as_ref().map(|verdict| verdict.summary.clone()))
            .unwrap_or_default(),
        Outcome::Unfinished => String::new(),
        Outcome::Done => done(view),
    };
    one_line(&text)
}

fn done(view: &TaskView) -> String {
    if let Some(verdict) = &view.verdict {
        return match verdict.status {
            crate::model::Status::Pass => verdict.summary.clone(),
            status => format!("{}: {}", status.word(), verdict.summary),
        };
    }
    match (&view.observed, &view.applied) {
        (_, Some(after)) => return words::state(after),
        (Some(observed), None) => return format!("was there: {}", words::state(observed)),
        (None, None) => {}
    }
    match view.artifacts.as_slice() {
        [] => String::new(),
        [one] => format!("{}, {}", one.name, words::size(one.size)),
        many => {
            format!("{} files, {}", many.len(), words::size(many.iter().map(|artifact| artifact.size).sum()))
        }
    }
}

fn short(problem: &Problem) -> String {
    one_line(
        &problem
            .causes
            .first()
            .map_or_else(|| problem.what.clone(), |cause| format!("{}: {cause}", problem.what)),
    )
}

fn undid(outcome: &crate::model::Undone) -> String {
    match outcome {
        crate::model::Undone::Done { what } => format!("taken back: {what}"),
        crate::model::Undone::Nothing => "there was nothing of ours to take back".into(),
        crate::model::Undone::Impossible { why, instead } => {
            format!("cannot be taken back: {why}; instead: {instead}")
        }
    }
}
