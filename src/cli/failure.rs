//! A command that failed: the exit code, and what a person is told.

use std::io::Write as _;

use miette::{GraphicalReportHandler, GraphicalTheme};

use crate::config::diagnostic::ConfigErrors;
use crate::model::{ExitCode, Problem};

use crate::report::github_annotation::{Annotations, Level};
use crate::report::github_command::harmless;
use crate::report::problem::problem_text;
use crate::report::text::{clean, clean_value};

use super::job_summary;
use super::wire::{World, guarded};

/// Why a command did not do it.
#[derive(Debug)]
pub struct Failure {
    /// The exit code.
    pub code: ExitCode,
    /// What is wrong; all of it.
    pub problems: Vec<Problem>,
    /// Configuration errors, with their source.
    pub config: Option<Box<ConfigErrors>>,
}

impl Failure {
    /// One problem.
    #[must_use]
    pub fn new(code: ExitCode, problem: Problem) -> Self {
        Self { code, problems: vec![problem], config: None }
    }

    /// Wrong usage.
    #[must_use]
    pub fn usage(problem: Problem) -> Self {
        Self::new(ExitCode::Usage, problem)
    }

    /// What became of words for standard output. A reader who went away, as `head` does, decides nothing: the
    /// command goes on to its own end and its own exit code.
    ///
    /// # Errors
    ///
    /// If the words were wanted and could not be written.
    pub fn of_output(written: std::io::Result<()>) -> Result<(), Self> {
        match written {
            Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => {
                Err(Self::usage(Problem::new("standard output cannot be written").caused_by(&error)))
            }
            _ => Ok(()),
        }
    }

    /// The end of a command that has said all it had to say: what it came to goes before words that could not be
    /// written.
    ///
    /// # Errors
    ///
    /// If all went well but for the words.
    pub fn after_words(code: ExitCode, told: Result<(), Self>) -> Result<ExitCode, Self> {
        if code == ExitCode::Done { told.map(|()| code) } else { Ok(code) }
    }

    /// Prints it on standard error and gives the exit code.
    pub(super) fn tell(&self, world: Option<&World>) -> ExitCode {
        if let Some(world) = world.filter(|world| world.in_workflow()) {
            return self.tell_runner(world);
        }
        let color = world.is_some_and(World::color_on_stderr);
        let mut text = String::new();
        if let Some(config) = &self.config {
            text.push_str(&rendered(config, color));
        }
        for problem in &self.problems {
            text.push_str(&problem_text(problem, color));
        }
        let clean = world.map_or_else(|| guarded(&text), |world| world.guarded(&text));
        self.write(&clean)
    }

    /// The same for a workflow: an annotation for each problem, and the job summary. All of it goes to standard
    /// error alone, since the runner reads the two streams side by side: a fence on one would be torn by the other.
    fn tell_runner(&self, world: &World) -> ExitCode {
        let excerpts = self.config.iter().map(|config| rendered(config, false));
        let problems = self.problems.iter().map(|problem| problem_text(problem, false));
        let text: String = excerpts.chain(problems).collect();
        let mut text = harmless(&clean(&text, &world.redactor));
        let mut annotations = Annotations::default();
        for problem in self.clean_problems(world) {
            annotations.add(Level::Error, "release-action", &problem);
        }
        annotations.commands().iter().for_each(|command| text.push_str(&format!("{command}\n")));
        if self.code != ExitCode::Done {
            job_summary::add_failure(world, self);
        }
        self.write(&text)
    }

    /// Everything that is wrong, without secrets or control characters.
    pub(super) fn clean_problems(&self, world: &World) -> Vec<Problem> {
        let of_config = self.config.iter().flat_map(|config| config.problems());
        of_config
            .chain(self.problems.iter().cloned())
            .map(|problem| {
                let hidden = || Problem::new("a problem cannot be shown without a secret in it");
                clean_value(&problem, &world.redactor).unwrap_or_else(hidden)
            })
            .collect()
    }

    fn write(&self, text: &str) -> ExitCode {
        if let Err(error) = std::io::stderr().lock().write_all(text.as_bytes()) {
            // Nowhere is left to tell it; the exit code says what matters.
            tracing::debug!(%error, "nobody reads standard error");
        }
        self.code
    }
}

/// Every error with its place in the source.
fn rendered(errors: &ConfigErrors, color: bool) -> String {
    let theme = if color { GraphicalTheme::unicode() } else { GraphicalTheme::unicode_nocolor() };
    let mut text = String::new();
    for error in errors.iter() {
        let handler = GraphicalReportHandler::new_themed(theme.clone()).with_links(false);
        let handler = handler.with_context_lines(error.context_lines());
        // Writing to a String does not fail; if it did, the plain line is as good.
        if handler.render_report(&mut text, error).is_err() {
            text.push_str(&error.line());
        }
        text.push('\n');
    }
    text
}

impl From<ConfigErrors> for Failure {
    fn from(errors: ConfigErrors) -> Self {
        Self { code: ExitCode::Usage, problems: Vec::new(), config: Some(Box::new(errors)) }
    }
}

impl From<crate::ports::files::FileError> for Failure {
    fn from(error: crate::ports::files::FileError) -> Self {
        Self::usage(error.into())
    }
}
