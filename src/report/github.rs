//! The log of a workflow run: a group a step, annotations, masks; nothing from outside can give the runner a
//! command. (runner: src/Runner.Worker/ActionCommandManager.cs, src/Runner.Common/ActionCommand.cs)

use std::collections::HashMap;
use std::io::Write;

use crate::kit::secret::{Redactor, Secret};
use crate::model::{Event, Problem, Record, Step, TaskId};

use super::github_command::{Fence, data, defused, property};
use super::human::{detail, rows};
use super::human_end::end;
use super::look::{Look, Tone};
use super::summary::{Outcome, Summary};
use super::text::{clean_record, cut, one_line};
use super::words;

/// Annotations of one level that a step may show; the last one names the rest.
const ANNOTATIONS: usize = 10;

/// A message's longest form, in characters (runner: ExecutionContext.cs).
const MESSAGE: usize = 4_096;

/// Lines of one task that are kept until it ends; a tool may print without end.
const OUTPUT_LINES: usize = 5_000;

/// The three levels of annotations.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Level {
    Error,
    Warning,
    Notice,
}

impl Level {
    fn name(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warning => "warning",
            Self::Notice => "notice",
        }
    }
}

/// Lines of a tool that wait for their task's end, and how many were too many.
#[derive(Default)]
struct Waiting {
    lines: Vec<String>,
    left_out: usize,
}

/// Writes workflow commands and plain lines.
pub struct GitHub<W: Write> {
    out: W,
    look: Look,
    redactor: Redactor,
    summary: Summary,
    group: Option<Option<Step>>,
    waiting: HashMap<TaskId, Waiting>,
    given: HashMap<Level, usize>,
    held: HashMap<Level, Vec<String>>,
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
            given: HashMap::new(),
            held: HashMap::new(),
            failed: None,
        }
    }

    /// Has the runner mask these secrets, each line of them too. The redactor learns them as well, so that not even
    /// the runner's failure to mask shows one.
    pub fn mask(&mut self, secrets: &[Secret]) {
        for secret in secrets {
            self.redactor.learn(secret);
            let text = secret.expose();
            let lines = text.lines().map(str::trim).filter(|line| !line.is_empty() && *line != text);
            // The runner refuses an empty mask, and one of a single letter would hide every log.
            for form in [text].into_iter().chain(lines).filter(|form| form.trim().len() > 1) {
                self.command(&format!("::add-mask::{}", data(form)));
            }
        }
    }

    /// Takes a record.
    pub fn take(&mut self, record: &Record) {
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
            Event::Notice { task, problem } => {
                let title = task.as_ref().map_or("release-action", |task| task.0.as_str());
                self.annotate(Level::Notice, title, problem);
            }
            Event::TaskFinished { task, .. }
            | Event::TaskTakenOver { task, .. }
            | Event::TaskSkipped { task, .. }
            | Event::TaskFailed { task, .. } => self.ended(task),
            _ => {}
        }
    }

    /// Closes the group, gives the annotations that were held back, and writes the end for a person.
    ///
    /// # Errors
    ///
    /// The first error that writing gave, now or before.
    pub fn finish(&mut self, files: &[(String, String)]) -> std::io::Result<()> {
        self.close_group();
        self.give_held();
        let lines = end(&self.summary, &self.look, files);
        self.fenced(&lines);
        if let Err(error) = self.out.flush() {
            self.failed.get_or_insert(error);
        }
        self.failed.take().map_or(Ok(()), Err)
    }

    fn wait(&mut self, task: &TaskId, line: &str) {
        let waiting = self.waiting.entry(task.clone()).or_default();
        if waiting.lines.len() < OUTPUT_LINES {
            waiting.lines.push(line.to_owned());
        } else {
            waiting.left_out += 1;
        }
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
            look.symbol(view.outcome),
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
            self.annotate(level, &id.0, problem);
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

    /// The first nine of a level at once, the others at the end: the tenth has to speak for all the rest.
    fn annotate(&mut self, level: Level, title: &str, problem: &Problem) {
        let command = annotation(level, title, problem);
        let given = self.given.entry(level).or_default();
        if *given < ANNOTATIONS - 1 {
            *given += 1;
            self.command(&command);
        } else {
            self.held.entry(level).or_default().push(command);
        }
    }

    fn give_held(&mut self) {
        for level in [Level::Error, Level::Warning, Level::Notice] {
            let held = self.held.remove(&level).unwrap_or_default();
            match held.as_slice() {
                [] => {}
                [one] => self.command(one),
                more => {
                    let text = format!(
                        "{} more of this kind; the job summary and the end of the log list all of them",
                        more.len()
                    );
                    self.command(&format!("::{} title=release-action::{}", level.name(), data(&text)));
                }
            }
        }
    }

    /// Writes lines between two marks that nobody else can know: whatever stands there is no command. Each line is
    /// defused besides, for logs that are read by other means.
    fn fenced(&mut self, lines: &[String]) {
        if lines.is_empty() {
            return;
        }
        let fence = Fence::new();
        self.command(&fence.open());
        for line in lines {
            let line = defused(&self.redactor.clean(line));
            self.line(&line);
        }
        self.command(&fence.close());
    }

    fn command(&mut self, command: &str) {
        self.line(command);
    }

    fn line(&mut self, line: &str) {
        if self.failed.is_none() {
            self.failed = writeln!(self.out, "{line}").and_then(|()| self.out.flush()).err();
        }
    }
}

/// An annotation as a workflow command, with what, why and what to do next.
fn annotation(level: Level, title: &str, problem: &Problem) -> String {
    let mut properties = Vec::new();
    if let Some(place) = &problem.place {
        properties.push(format!("file={}", property(&one_line(place.file.as_str()))));
        properties.extend(place.line.map(|line| format!("line={line}")));
        properties.extend(place.column.map(|column| format!("col={column}")));
    }
    properties.push(format!("title={}", property(&cut(&one_line(title), 250))));
    let mut message = problem.what.clone();
    for cause in &problem.causes {
        message = format!("{message}\n{cause}");
    }
    // The fix comes last and must not be what is cut off.
    let fix = problem.fix.as_ref().map(|fix| format!("\nNext: {}", cut(fix, 1_000))).unwrap_or_default();
    let message = cut(&message, MESSAGE - fix.chars().count()) + &fix;
    format!("::{} {}::{}", level.name(), properties.join(","), data(&message))
}
