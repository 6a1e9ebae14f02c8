//! Annotations within the runner's limits: the worst first, the rest counted.

use std::collections::HashMap;

use crate::model::Problem;

use super::github_command::{data, property};
use super::text::{cut, cut_utf16, one_line};

/// Annotations of one level that a step may show (runner: src/Runner.Worker/ExecutionContext.cs); the last one names
/// the rest.
const MOST: usize = 10;

/// A message's longest form, in UTF-16 units (the same file).
const MESSAGE: usize = 4_096;

/// The room that what to do next may take of it: it comes last and must not be what is cut off.
const NEXT: usize = 1_000;

/// The three levels of annotations.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Level {
    /// It stops the release.
    Error,
    /// It does not, and somebody should look.
    Warning,
    /// Good to know.
    Notice,
}

impl Level {
    const ALL: [Self; 3] = [Self::Error, Self::Warning, Self::Notice];

    fn name(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warning => "warning",
            Self::Notice => "notice",
        }
    }
}

/// An annotation with its place in the order.
struct Annotation {
    /// How many of the same title and level came before it.
    nth: usize,
    command: String,
}

/// Annotations of a run, held until its end: only then it is known which are the worst.
#[derive(Default)]
pub struct Annotations {
    held: HashMap<Level, Vec<Annotation>>,
    counts: HashMap<(Level, String), usize>,
}

impl Annotations {
    /// Holds one. `title` is the task, or the program.
    pub fn add(&mut self, level: Level, title: &str, problem: &Problem) {
        let count = self.counts.entry((level, title.to_owned())).or_default();
        let annotation = Annotation { nth: *count, command: annotation(level, title, problem) };
        *count += 1;
        self.held.entry(level).or_default().push(annotation);
    }

    /// The commands: of each task its first problem, then the second of each, so that a check with forty findings
    /// does not hide why the build failed.
    #[must_use]
    pub fn commands(mut self) -> Vec<String> {
        let mut commands = Vec::new();
        for level in Level::ALL {
            let mut held = self.held.remove(&level).unwrap_or_default();
            held.sort_by_key(|annotation| annotation.nth);
            let shown = if held.len() > MOST { MOST - 1 } else { held.len() };
            let more = held.split_off(shown).len();
            commands.extend(held.into_iter().map(|annotation| annotation.command));
            if more > 0 {
                let text = format!("and {more} more of this kind; the job summary lists all of them");
                commands.push(format!("::{} title=release-action::{}", level.name(), data(&text)));
            }
        }
        commands
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
    let fix = problem.fix.as_ref().map(|fix| format!("\nNext: {}", cut_utf16(fix, NEXT))).unwrap_or_default();
    let message = cut_utf16(&message, MESSAGE - fix.encode_utf16().count()) + &fix;
    format!("::{} {}::{}", level.name(), properties.join(","), data(&message))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_task_hides_another() {
        let mut annotations = Annotations::default();
        for number in 0..40 {
            annotations.add(Level::Error, "gates/vet", &Problem::new(format!("finding {number}")));
        }
        annotations.add(Level::Error, "build/go", &Problem::new("does not compile"));
        annotations.add(Level::Notice, "x", &Problem::new("told"));
        let commands = annotations.commands();
        assert_eq!(commands.len(), 11);
        assert_eq!(commands[0], "::error title=gates/vet::finding 0");
        assert_eq!(commands[1], "::error title=build/go::does not compile");
        assert_eq!(commands[8], "::error title=gates/vet::finding 7");
        assert!(commands[9].ends_with("::and 32 more of this kind; the job summary lists all of them"));
        assert_eq!(commands[10], "::notice title=x::told");
    }

    #[test]
    fn ten_are_ten() {
        let mut annotations = Annotations::default();
        for _ in 0..10 {
            annotations.add(Level::Warning, "x", &Problem::new("y"));
        }
        assert_eq!(annotations.commands(), ["::warning title=x::y"; 10]);
    }

    #[test]
    fn a_message_is_cut_where_the_runner_would_and_keeps_what_to_do() {
        let problem = Problem::new("😀".repeat(5_000)).fix("run go vet");
        let command = annotation(Level::Error, "x", &problem);
        let message = command.rsplit("::").next().unwrap_or_default().replace("%0A", "\n");
        let units = message.encode_utf16().count();
        assert!((MESSAGE - 1..=MESSAGE).contains(&units), "{units}");
        assert!(message.ends_with("…\nNext: run go vet"));
    }
}
