//! The log of a workflow run: a group a step, annotations, masks; nothing from outside can give the runner a
//! command. (runner: src/Runner.Worker/ActionCommandManager.cs, src/Runner.Common/ActionCommand.cs)

use std::collections::HashMap;
use std::io::Write;

use crate::kit::secret::Redactor;
use crate::model::{Event, Problem, Record, Step, TaskId};

use super::github_annotation::{Annotations, Level};
use super::github_command::{Fence, defused, mask};
use super::human::detail;
use super::human_end::end;
use super::look::{Look, Tone};
use super::measures::rows;
use super::summary::{Outcome, Summary};
use super::text::{clean_record, one_line};
use super::words;

/// Lines of one task that are kept until it ends; a tool may print without end.
const OUTPUT_LINES: usize = 5_000;

/// The bytes of them.
const OUTPUT_BYTES: usize = 8 * 1024 * 1024;

/// Lines of a tool that wait for their task's end, and how many were too many.
#[derive(Default)]
struct Waiting {
    lines: Vec<String>,
    bytes: usize,
    left_out: usize,
}

impl Waiting {
    fn take(&mut self, line: &str) {
        if self.lines.len() < OUTPUT_LINES && self.bytes + line.len() <= OUTPUT_BYTES {
            self.bytes += line.len();
            self.lines.push(line.to_owned());
        } else {
            self.left_out += 1;
        }
    }
}

/// Writes workflow commands and plain lines.
pub struct GitHub<W: Write> {
    out: W,
    look: Look,
    redactor: Redactor,
    summary: Summary,
    group: Option<Option<Step>>,
    waiting: HashMap<TaskId, Waiting>,
    fence: Option<Fence>,
    annotations: Annotations,
    /// How many forms of secrets the runner was told; none as long as it is told nothing.
    masked: Option<usize>,
    failed: Option<std::io::Error>,
}

impl<W: Write> GitHub<W> {
    /// Writes to `out`, the standard output of the Action. Call [`GitHub::mask`] before anything else.
    pub fn new(out: W, verbosity: i8, redactor: Redactor) -> Self {
        Self {
            out,
            look: Look { color: true, verbosity, ..Look::plain() },
            redactor,
            summary: Summary::default(),
            group: None,
            waiting: HashMap::new(),
            fence: None,
            annotations: Annotations::default(),
            masked: None,
            failed: None,
        }
    }

    /// Has the runner mask every form of every secret that the redactor knows, and from now on each that it learns,
    /// before the next line. Call it first of all, and only where the log goes to a runner.
    pub fn mask(&mut self) {
        self.masked.get_or_insert_default();
        self.mask_new();
    }

    fn mask_new(&mut self) {
        let Some(seen) = self.masked else { return };
        let new = self.redactor.forms_after(seen);
        self.masked = Some(seen + new.len());
        new.iter().for_each(|form| self.command(&mask(form)));
    }

    /// Takes a record.
    pub fn take(&mut self, record: &Record) {
        self.mask_new();
        let record = clean_record(record, &self.redactor);
        self.summary.take(&record);
        match &record.event {
            Event::TaskOutput { task, line, .. } => self.wait(task, line),
            Event::TaskStarted { task, title, .. } => {
                // A tool that hangs is found by the last line that says what began.
                self.in_group(task, &[self.look.paint(Tone::Dim, &format!("▸ {} begins", one_line(title)))]);
            }
            Event::TaskRetried { task, attempt, problem } => {
                let text = format!("attempt {attempt} failed and is made again: {problem}");
                self.in_group(task, &[format!("  • {task}: {}", one_line(&text))]);
            }
            Event::Observed { task, state } if self.look.verbosity > 1 => {
                let text = format!("{task} sees: {}", words::state(state));
                self.in_group(task, &[self.look.paint(Tone::Dim, &format!("  • {}", one_line(&text)))]);
            }
            Event::Notice { task, problem } => {
                let title = task.as_ref().map_or("release-action", |task| task.0.as_str());
                self.annotations.add(Level::Notice, title, problem);
            }
            Event::TaskFinished { task, .. }
            | Event::TaskTakenOver { task, .. }
            | Event::TaskSkipped { task, .. }
            | Event::TaskFailed { task, .. } => self.ended(task),
            _ => {}
        }
    }

    /// Closes the group, gives the annotations, and writes the end for a person.
    ///
    /// # Errors
    ///
    /// The first error that writing gave, now or before.
    pub fn finish(&mut self, files: &[(String, String)]) -> std::io::Result<()> {
        self.mask_new();
        self.close_group();
        self.interrupted();
        for command in std::mem::take(&mut self.annotations).commands() {
            self.command(&command);
        }
        // What broke off before anything was recorded has its own words, and no report.
        if self.summary.head.is_some() {
            let lines = end(&self.summary, &self.look, files);
            self.fenced(&lines);
        }
        self.open_fence();
        if let Err(error) = self.out.flush() {
            self.failed.get_or_insert(error);
        }
        self.failed.take().map_or(Ok(()), Err)
    }

    /// A run that was stopped has no failure that would say so.
    fn interrupted(&mut self) {
        let stopped = self.summary.ending.is_some_and(|ending| ending.exit.is_stop());
        if stopped {
            let problem = Problem::new(words::verdict(&self.summary)).fix(words::rerun(&self.summary));
            self.annotations.add(Level::Warning, "release-action", &problem);
        }
    }

    fn wait(&mut self, task: &TaskId, line: &str) {
        self.waiting.entry(task.clone()).or_default().take(line);
    }

    fn ended(&mut self, id: &TaskId) {
        let waiting = self.waiting.remove(id).unwrap_or_default();
        let Some(view) = self.summary.tasks.iter().find(|view| &view.task == id) else { return };
        let look = self.look;
        let time =
            if view.millis > 0 { format!("  {}", words::duration(view.millis)) } else { String::new() };
        let words = detail(view);
        let head = format!(
            "{} {}{}  {words}",
            look.symbol(view.shown()),
            one_line(&view.title),
            look.paint(Tone::Dim, &time)
        );
        let mut lines = vec![head];
        lines.extend(
            view.verdict.iter().flat_map(|verdict| rows(verdict, &look)).map(|row| format!("    {row}")),
        );
        lines.extend(waiting.lines.iter().flat_map(|line| line.lines()).map(|line| format!("    │ {line}")));
        if waiting.left_out > 0 {
            lines.push(format!("    │ … {} more", words::count(waiting.left_out, "line", "lines")));
        }
        let level = match view.outcome {
            Outcome::Failed => Some(Level::Error),
            Outcome::SoftFailed => Some(Level::Warning),
            _ => None,
        };
        let failures: Vec<Problem> = self
            .summary
            .failures()
            .into_iter()
            .filter(|failure| &failure.task.task == id)
            .map(|failure| failure.problem.clone())
            .collect();
        self.in_group(id, &lines);
        for (level, problem) in
            level.into_iter().flat_map(|level| failures.iter().map(move |problem| (level, problem)))
        {
            self.annotations.add(level, &id.0, problem);
        }
    }

    fn in_group(&mut self, id: &TaskId, lines: &[String]) {
        let step = self.summary.tasks.iter().find(|view| &view.task == id).and_then(|view| view.step);
        if self.group != Some(step) {
            self.close_group();
            self.command(&format!("::group::{}", step.map_or("other", Step::name)));
            self.group = Some(step);
        }
        self.fenced(lines);
    }

    fn close_group(&mut self) {
        if self.group.take().is_some() {
            self.command("::endgroup::");
        }
    }

    /// Writes lines after a mark that only another one ends which nobody else can know: whatever stands between them
    /// is no command. Each line is defused besides, for logs that are read by other means. The fence stays closed
    /// around all that follows, until the next command of our own.
    fn fenced(&mut self, lines: &[String]) {
        if lines.is_empty() {
            return;
        }
        if self.fence.is_none() {
            let fence = Fence::new();
            self.line(&fence.open());
            self.fence = Some(fence);
        }
        for line in lines {
            let line = defused(&self.redactor.clean(line));
            self.line(&line);
        }
    }

    fn open_fence(&mut self) {
        if let Some(fence) = self.fence.take() {
            self.line(&fence.close());
        }
    }

    fn command(&mut self, command: &str) {
        self.open_fence();
        self.line(command);
    }

    fn line(&mut self, line: &str) {
        if self.failed.is_none() {
            self.failed = writeln!(self.out, "{line}").and_then(|()| self.out.flush()).err();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_waits_is_bounded_by_lines_and_by_bytes() {
        let (mut short, mut long) = (Waiting::default(), Waiting::default());
        let wide = "x".repeat(64 * 1024);
        for _ in 0..OUTPUT_LINES + 7 {
            short.take("x");
            long.take(&wide);
        }
        assert_eq!((short.lines.len(), short.left_out), (OUTPUT_LINES, 7));
        assert_eq!(long.bytes, OUTPUT_BYTES);
        assert_eq!(long.lines.len() + long.left_out, OUTPUT_LINES + 7);
    }
}
