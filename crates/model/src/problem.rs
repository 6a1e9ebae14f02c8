//! What went wrong, told to a person: what, where, why, and what to do next.

use std::fmt;

use camino::Utf8PathBuf;
use serde::{Deserialize, Serialize};

/// Where in the user's files the cause lies.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Place {
    /// The file, relative to the repository's root.
    pub file: Utf8PathBuf,
    /// The line, counted from 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub line: Option<u32>,
    /// The column, counted from 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub column: Option<u32>,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.file)?;
        if let Some(line) = self.line {
            write!(f, ":{line}")?;
            if let Some(column) = self.column {
                write!(f, ":{column}")?;
            }
        }
        Ok(())
    }
}

/// A failure as a room reports it. The runner adds which task it was.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Problem {
    /// What failed, in one line.
    pub what: String,
    /// Where, if it has a place in the user's files.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub place: Option<Place>,
    /// Why, outermost first; may hold a tool's own lines.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub causes: Vec<String>,
    /// What to do next: a command, a setting or a link.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fix: Option<String>,
    /// The setting that asks for it, as a path with dots: `build.targets`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub setting: Option<String>,
    /// What else is wrong at the same place; told together with it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub beside: Vec<Problem>,
    /// True if the same call may succeed later without any change (network, killed child).
    #[serde(default)]
    pub passing: bool,
    /// True if another run holds this release: nothing is wrong here, and the exit code says so.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub held: bool,
}

impl Problem {
    /// A problem with one line of what failed.
    #[must_use]
    pub fn new(what: impl Into<String>) -> Self {
        Self {
            what: what.into(),
            place: None,
            causes: Vec::new(),
            fix: None,
            setting: None,
            beside: Vec::new(),
            passing: false,
            held: false,
        }
    }

    /// Fails where there is a problem: with all of them, each said once.
    ///
    /// # Errors
    ///
    /// The first problem, with the others beside it.
    pub fn none_of(problems: Vec<Self>) -> Result<(), Self> {
        let mut all: Vec<Self> = Vec::new();
        for problem in problems.into_iter().flat_map(Self::each) {
            if !all.contains(&problem) {
                all.push(problem);
            }
        }
        let mut all = all.into_iter();
        match all.next() {
            Some(first) => Err(Self { beside: all.collect(), ..first }),
            None => Ok(()),
        }
    }

    /// It, and each that stands beside it.
    #[must_use]
    pub fn each(mut self) -> Vec<Self> {
        let beside = std::mem::take(&mut self.beside);
        std::iter::once(self).chain(beside.into_iter().flat_map(Self::each)).collect()
    }

    /// Adds the setting that asks for it.
    #[must_use]
    pub fn of_setting(mut self, path: impl Into<String>) -> Self {
        self.setting = Some(path.into());
        self
    }

    /// Adds what to do next.
    #[must_use]
    pub fn fix(mut self, fix: impl Into<String>) -> Self {
        self.fix = Some(fix.into());
        self
    }

    /// Adds a cause.
    #[must_use]
    pub fn because(mut self, cause: impl Into<String>) -> Self {
        self.causes.push(cause.into());
        self
    }

    /// Adds an error and all its sources as causes.
    #[must_use]
    pub fn caused_by(mut self, error: &(dyn std::error::Error + 'static)) -> Self {
        let mut next = Some(error);
        while let Some(error) = next {
            let text = error.to_string();
            if self.causes.last() != Some(&text) {
                self.causes.push(text);
            }
            next = error.source();
        }
        self
    }

    /// Adds the place.
    #[must_use]
    pub fn at(mut self, file: impl Into<Utf8PathBuf>, line: Option<u32>, column: Option<u32>) -> Self {
        self.place = Some(Place { file: file.into(), line, column });
        self
    }

    /// Marks it as one that may pass by itself.
    #[must_use]
    pub fn passing(mut self) -> Self {
        self.passing = true;
        self
    }

    /// Marks it as another run's holding this release.
    #[must_use]
    pub fn held(mut self) -> Self {
        self.held = true;
        self
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(place) = &self.place {
            write!(f, "{place}: ")?;
        }
        write!(f, "{}", self.what)?;
        for cause in &self.causes {
            write!(f, ": {cause}")?;
        }
        Ok(())
    }
}

impl std::error::Error for Problem {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn several_are_told_once_each() {
        let all = ["a", "b", "a"].map(Problem::new).to_vec();
        let both = Problem::none_of(all).unwrap_err();
        let whats: Vec<String> = both.each().into_iter().map(|problem| problem.what).collect();
        assert_eq!(whats, ["a", "b"]);
        assert_eq!(Problem::none_of(Vec::new()), Ok(()));
    }

    #[test]
    fn says_what_where_and_why() {
        let problem =
            Problem::new("does not compile").at("main.go", Some(3), Some(7)).because("undefined: x");
        assert_eq!(problem.to_string(), "main.go:3:7: does not compile: undefined: x");
    }
}
