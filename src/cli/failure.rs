//! A command that failed: the exit code, and what a person is told.

use std::io::Write as _;

use miette::{GraphicalReportHandler, GraphicalTheme};

use crate::config::diagnostic::ConfigErrors;
use crate::model::{ExitCode, Problem};

use super::wire::World;

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

    /// Nobody reads standard output any more. A pipe that was closed, as `head` does, is no failure.
    #[must_use]
    pub fn unread(error: &std::io::Error) -> Self {
        if error.kind() == std::io::ErrorKind::BrokenPipe {
            return Self { code: ExitCode::Done, problems: Vec::new(), config: None };
        }
        Self::usage(Problem::new("standard output cannot be written").caused_by(error))
    }

    /// All of it for reading, secrets not yet cut out.
    pub(super) fn text(&self, color: bool) -> String {
        let mut text = String::new();
        if let Some(config) = &self.config {
            text.push_str(&rendered(config, color));
        }
        for problem in &self.problems {
            text.push_str(&crate::report::problem::problem_text(problem, color));
        }
        text
    }

    /// Every problem, those of the configuration with their places.
    pub(super) fn all(&self) -> Vec<Problem> {
        let config = self.config.iter().flat_map(|errors| errors.iter());
        config.map(crate::config::diagnostic::ConfigError::problem).chain(self.problems.clone()).collect()
    }

    /// Prints it on standard error and gives the exit code.
    pub(super) fn tell(&self, world: Option<&World>) -> ExitCode {
        let clean = |text: &str| world.map_or_else(|| text.to_owned(), |world| world.redactor.clean(text));
        let text = self.text(world.is_some_and(World::color_on_stderr));
        // Nowhere is left to tell that standard error is closed.
        let written = std::io::stderr().lock().write_all(clean(&text).as_bytes());
        if written.is_err() {
            return ExitCode::Bug;
        }
        self.code
    }
}

/// Every error with its place in the source.
fn rendered(errors: &ConfigErrors, color: bool) -> String {
    let theme = if color { GraphicalTheme::unicode() } else { GraphicalTheme::unicode_nocolor() };
    let handler = GraphicalReportHandler::new_themed(theme).with_links(false);
    let mut text = String::new();
    for error in errors.iter() {
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
