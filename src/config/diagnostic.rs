//! What is wrong with a configuration: all of it at once, each with its place and what is meant.

use std::fmt;
use std::sync::Arc;

use camino::Utf8PathBuf;
use miette::{Diagnostic, LabeledSpan, NamedSource, Severity, SourceCode};

use super::tree::{Mark, Origin};
use crate::model::Problem;

/// The longest line that is shown with a mistake, in bytes.
const LONGEST_SHOWN: usize = 300;

/// One thing that is wrong, not yet tied to a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// What is wrong.
    pub what: String,
    /// Where.
    pub mark: Option<Mark>,
    /// The words under that place.
    pub label: &'static str,
    /// A second place that matters.
    pub also: Option<Box<(Mark, &'static str)>>,
    /// What to do.
    pub help: Option<String>,
}

impl Fault {
    /// A fault without a place.
    #[must_use]
    pub fn new(what: impl Into<String>) -> Self {
        Self { what: what.into(), mark: None, label: "here", also: None, help: None }
    }

    /// Adds the place.
    #[must_use]
    pub fn at(mut self, mark: Mark) -> Self {
        self.mark = Some(mark);
        self
    }

    /// Sets the words under the place.
    #[must_use]
    pub fn label(mut self, label: &'static str) -> Self {
        self.label = label;
        self
    }

    /// Adds a second place.
    #[must_use]
    pub fn also(mut self, mark: Mark, label: &'static str) -> Self {
        self.also = Some(Box::new((mark, label)));
        self
    }

    /// Adds what to do.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }
}

/// A fault with the file in which it stands.
#[derive(Debug, Clone)]
pub struct ConfigError {
    /// The fault.
    pub fault: Fault,
    /// The file, where one was read.
    pub file: Option<Utf8PathBuf>,
    source: Option<Arc<NamedSource<String>>>,
}

impl ConfigError {
    /// The line and column in the file, counted from 1; none for a fault outside it.
    #[must_use]
    pub fn position(&self) -> Option<(u32, u32)> {
        match self.fault.mark.as_ref()?.origin {
            Origin::File { line, column } => Some((line, column)),
            _ => None,
        }
    }

    /// The fault in one line, `file:line:column: what (help)`.
    #[must_use]
    pub fn line(&self) -> String {
        let help = self.fault.help.as_ref().map(|help| format!(" ({help})")).unwrap_or_default();
        format!("{}: {}{help}", self.place(), self.fault.what).replace('\n', " ")
    }

    fn place(&self) -> String {
        let file = self.file.as_ref().map_or("configuration", |file| file.as_str());
        match self.fault.mark.as_ref().map(|mark| &mark.origin) {
            None | Some(Origin::Default) => file.to_owned(),
            Some(Origin::File { line, column }) => format!("{file}:{line}:{column}"),
            Some(Origin::Env(name)) => format!("environment variable {name}"),
            Some(Origin::Input(name)) => format!("input {name}"),
            Some(Origin::Flag(text)) => format!("--set {text}"),
            Some(Origin::Detected(why)) => format!("detected ({why})"),
        }
    }

    /// The same, for annotations and machine-readable output.
    #[must_use]
    pub fn problem(&self) -> Problem {
        let mut problem = Problem::new(&self.fault.what);
        problem.fix.clone_from(&self.fault.help);
        match (&self.fault.mark, &self.file) {
            (Some(Mark { origin: Origin::File { line, column }, .. }), Some(file)) => {
                problem.at(file, Some(*line), Some(*column))
            }
            (None, Some(file)) => problem.at(file, None, None),
            (Some(_), _) => problem.because(format!("set by the {}", self.place())),
            (None, None) => problem,
        }
    }

    /// The excerpt's heading names the place of its primary span, or else of the first one.
    fn span(&self, mark: &Mark, label: &str, primary: bool) -> Option<LabeledSpan> {
        let make = if primary { LabeledSpan::new_primary_with_span } else { LabeledSpan::new_with_span };
        matches!(mark.origin, Origin::File { .. })
            .then(|| make(Some(label.to_owned()), (mark.offset, self.within_its_line(mark))))
    }

    /// How many bytes of what is marked stand on its first line: no more of a file is shown, which may be another
    /// one than was meant.
    fn within_its_line(&self, mark: &Mark) -> usize {
        let text = self.source.as_ref().and_then(|source| source.inner().get(mark.offset..));
        text.and_then(|text| text.find('\n')).map_or(mark.len, |end| mark.len.min(end))
    }

    /// How many lines around the mistake help to see it: none where it is all of many lines, as a file is that is
    /// no configuration.
    #[must_use]
    pub fn context_lines(&self) -> usize {
        let whole = self.fault.mark.as_ref().is_none_or(|mark| self.within_its_line(mark) == mark.len);
        usize::from(whole)
    }

    /// Whether the line of the mistake can be shown: one that is longer than people write is not.
    fn is_shown(&self) -> bool {
        let Some(mark) = &self.fault.mark else { return true };
        let Some(text) = self.source.as_ref().map(|source| source.inner().as_str()) else { return false };
        let begin = text.get(..mark.offset).and_then(|before| before.rfind('\n')).map_or(0, |at| at + 1);
        let line = text.get(begin..).and_then(|rest| rest.lines().next()).unwrap_or_default();
        line.len() <= LONGEST_SHOWN
    }
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.position() {
            // The excerpt below names file, line and column.
            Some(_) if self.source.is_some() && self.is_shown() => f.write_str(&self.fault.what),
            _ => write!(f, "{}: {}", self.place(), self.fault.what),
        }
    }
}

impl std::error::Error for ConfigError {}

impl Diagnostic for ConfigError {
    fn severity(&self) -> Option<Severity> {
        Some(Severity::Error)
    }

    fn help(&self) -> Option<Box<dyn fmt::Display + '_>> {
        self.fault.help.as_ref().map(|help| Box::new(help) as Box<dyn fmt::Display>)
    }

    fn source_code(&self) -> Option<&dyn SourceCode> {
        self.source.as_ref().filter(|_| self.is_shown()).map(|source| source.as_ref() as &dyn SourceCode)
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        let first = self.fault.mark.as_ref().and_then(|mark| self.span(mark, self.fault.label, true));
        let second = self.fault.also.as_ref().and_then(|also| self.span(&also.0, also.1, false));
        let spans: Vec<_> = first.into_iter().chain(second).collect();
        (!spans.is_empty()).then(|| Box::new(spans.into_iter()) as Box<dyn Iterator<Item = LabeledSpan>>)
    }
}

/// Everything that is wrong with a configuration, in the order of the file; never empty.
#[derive(Debug, Clone)]
pub struct ConfigErrors(Vec<ConfigError>);

impl ConfigErrors {
    /// Ties faults to the file they stand in.
    #[must_use]
    pub fn of(mut faults: Vec<Fault>, file: Option<(&Utf8PathBuf, &str)>) -> Self {
        faults.sort_by_key(|fault| fault.mark.as_ref().map(|mark| mark.offset));
        let source = file.map(|(path, text)| {
            Arc::new(NamedSource::new(path.as_str(), text.to_owned()).with_language("yaml"))
        });
        let path = file.map(|(path, _)| path.clone());
        let tie = |fault| ConfigError { fault, file: path.clone(), source: source.clone() };
        Self(faults.into_iter().map(tie).collect())
    }

    /// One after the other.
    pub fn iter(&self) -> impl Iterator<Item = &ConfigError> {
        self.0.iter()
    }

    /// Each in one line, `file:line:column: what (help)`.
    #[must_use]
    pub fn lines(&self) -> Vec<String> {
        self.0.iter().map(ConfigError::line).collect()
    }

    /// Each as a problem.
    #[must_use]
    pub fn problems(&self) -> Vec<Problem> {
        self.0.iter().map(ConfigError::problem).collect()
    }
}

impl fmt::Display for ConfigErrors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0.len() {
            1 => f.write_str("the configuration has an error"),
            count => write!(f, "the configuration has {count} errors"),
        }
    }
}

impl std::error::Error for ConfigErrors {}

impl Diagnostic for ConfigErrors {
    fn code(&self) -> Option<Box<dyn fmt::Display + '_>> {
        Some(Box::new("configuration"))
    }

    fn related(&self) -> Option<Box<dyn Iterator<Item = &dyn Diagnostic> + '_>> {
        Some(Box::new(self.0.iter().map(|error| error as &dyn Diagnostic)))
    }
}
