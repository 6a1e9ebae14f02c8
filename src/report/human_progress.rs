//! Bars on a terminal: one a running task, and one for the whole run below them.

use std::collections::HashMap;
use std::time::Duration;

use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::model::{Event, TaskId};

use super::look::Look;
use super::text::{cut, one_line};

/// How often a bar moves by itself.
const TICK: Duration = Duration::from_millis(120);

/// The bars of a run.
pub struct Progress {
    all: MultiProgress,
    total: ProgressBar,
    running: HashMap<TaskId, ProgressBar>,
    look: Look,
}

impl Progress {
    /// No bars yet, to be drawn here.
    #[must_use]
    pub fn new(target: ProgressDrawTarget, look: Look) -> Self {
        let all = MultiProgress::with_draw_target(target);
        let total = all.add(ProgressBar::new(0));
        Self { all, total, running: HashMap::new(), look }
    }

    /// Takes an event; `tasks` is how many there are in the run.
    pub fn take(&mut self, event: &Event, tasks: usize) {
        match event {
            Event::RunStarted { .. } => {
                for (_, bar) in self.running.drain() {
                    bar.finish_and_clear();
                }
                self.total.set_position(0);
                self.total.set_style(self.style(&format!(
                    "  {{bar:24.green/dim}} {{pos}} of {{len}} tasks {} {{elapsed}}",
                    self.look.either("·", "-")
                )));
                self.total.set_length(tasks as u64);
                self.total.enable_steady_tick(TICK);
            }
            Event::TaskStarted { task, title, .. } => self.begin(task, title),
            Event::TaskProgress { task, done, total, unit } => self.advance(task, *done, *total, unit),
            Event::TaskOutput { task, line, .. } => {
                if let Some(bar) = self.running.get(task).filter(|_| !line.trim().is_empty()) {
                    bar.set_message(cut(&one_line(line), self.look.width.saturating_sub(60).max(16)));
                }
            }
            Event::TaskFinished { task, .. }
            | Event::TaskFailed { task, .. }
            | Event::TaskSkipped { task, .. }
            | Event::TaskTakenOver { task, .. } => self.end(task),
            _ => {}
        }
    }

    /// Runs `write` with the bars out of the way.
    pub fn beside<T>(&self, write: impl FnOnce() -> T) -> T {
        self.all.suspend(write)
    }

    /// Takes all bars away.
    pub fn clear(self) {
        for bar in self.running.values().chain([&self.total]) {
            bar.finish_and_clear();
        }
    }

    fn begin(&mut self, task: &TaskId, title: &str) {
        let bar = self.all.insert_before(&self.total, ProgressBar::new_spinner());
        bar.set_style(self.style("  {spinner:.cyan} {prefix} {elapsed:>5.dim}  {msg:.dim}"));
        let step = task.0.split('/').next().unwrap_or_default();
        bar.set_prefix(format!("{step:<9} {:<32}", cut(&one_line(title), 32)));
        bar.enable_steady_tick(TICK);
        self.running.insert(task.clone(), bar);
    }

    fn advance(&self, task: &TaskId, done: u64, total: Option<u64>, unit: &str) {
        let Some(bar) = self.running.get(task) else { return };
        if let Some(total) = total.filter(|total| *total > 0) {
            let amounts = if unit == "bytes" {
                "{decimal_bytes} of {decimal_total_bytes}, {decimal_bytes_per_sec}"
            } else {
                "{pos} of {len} {msg}"
            };
            bar.set_style(
                self.style(&format!("  {{spinner:.cyan}} {{prefix}} {{bar:20.cyan/dim}} {amounts}")),
            );
            bar.set_length(total);
            if unit != "bytes" {
                bar.set_message(one_line(unit));
            }
        } else {
            bar.set_message(format!("{done} {}", one_line(unit)));
        }
        bar.set_position(done);
    }

    fn end(&mut self, task: &TaskId) {
        if let Some(bar) = self.running.remove(task) {
            bar.finish_and_clear();
            self.all.remove(&bar);
        }
        self.total.inc(1);
    }

    /// A template of ours is always well formed; should one not be, the plain bar is drawn.
    fn style(&self, template: &str) -> ProgressStyle {
        let style = ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar());
        if self.look.unicode {
            style.progress_chars("━╸─").tick_chars("⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏ ")
        } else {
            style.progress_chars("=> ").tick_chars("|/-\\ ")
        }
    }
}
