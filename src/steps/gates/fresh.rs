//! Whether a report that was given speaks of this commit: by the time of its file and by the time that it tells.

use std::collections::BTreeSet;

use chrono::{DateTime, TimeDelta, Utc};

use crate::formats::Made;
use crate::kit::plain::cut;
use crate::kit::span::Span;
use crate::model::{Facts, Problem};
use crate::ports::files::Meta;

/// How far clocks of two machines may be apart, in minutes.
const APART: i64 = 5;

/// How much of a commit's name a report has to tell at least, in bytes: what Git shows of one.
const SHORTEST: usize = 7;

/// How much of a strange name is shown at most, in characters.
const LONGEST: usize = 64;

/// What decides whether a report speaks of this commit.
pub struct Fresh<'a> {
    /// The commit.
    pub facts: &'a Facts,
    /// How old a report may be.
    pub max_age: Span,
    /// The time.
    pub now: DateTime<Utc>,
}

impl Fresh<'_> {
    /// Refuses what was written at another time.
    ///
    /// # Errors
    ///
    /// If it was written before the commit, too long ago, or in the future.
    pub fn refuse_stale(&self, name: &str, meta: &Meta) -> Result<(), Problem> {
        let Some(written) = meta.modified.map(DateTime::<Utc>::from) else {
            return Err(Problem::new(format!("{name} is no evidence"))
                .because("its file system does not tell when it was written")
                .fix("make the report again from this commit"));
        };
        self.refuse(name, "it was written at", written, written)
    }

    /// Refuses what says itself that it was made at another time: a copy of an old report is a new file.
    ///
    /// # Errors
    ///
    /// As [`Fresh::refuse_stale`].
    pub fn refuse_told(&self, name: &str, made: Option<Made>) -> Result<(), Problem> {
        let Some(Made { oldest, newest }) = made else { return Ok(()) };
        self.refuse(name, "it says itself that it was made at", oldest, newest)
    }

    /// Refuses what says itself that it, or a part of it, is of other commits. Some write the beginning of a name alone,
    /// and modules of other repositories have commits of their own.
    ///
    /// # Errors
    ///
    /// If a part names some, and this one is none of them.
    pub fn refuse_other(
        &self,
        name: &str,
        revisions: Option<&BTreeSet<BTreeSet<String>>>,
    ) -> Result<(), Problem> {
        let commit = &self.facts.commit.id;
        let own = |told: &String| told.len() >= SHORTEST && commit.starts_with(&told.to_ascii_lowercase());
        let mut parts = revisions.into_iter().flatten();
        let others = parts.find(|told| !told.iter().any(own));
        let Some(other) = others.and_then(BTreeSet::first) else { return Ok(()) };
        let other = cut(&other.escape_debug().to_string(), LONGEST);
        Err(Problem::new(format!("{name} is of another commit"))
            .because(format!("it says that it is of {other}, and this is {commit}"))
            .fix("make the report again from this commit"))
    }

    fn refuse(
        &self,
        name: &str,
        when: &str,
        oldest: DateTime<Utc>,
        newest: DateTime<Utc>,
    ) -> Result<(), Problem> {
        let at = |time: DateTime<Utc>| time.format("%Y-%m-%d %H:%M:%S UTC");
        let wrong = |what: &str, why: String| {
            Err(Problem::new(format!("{name} {what}"))
                .because(why)
                .fix("make the report again from this commit"))
        };
        let commit = self.facts.commit.date;
        if oldest < commit {
            let why = format!("{when} {}, the commit is of {}", at(oldest), at(commit));
            return wrong("is older than the commit", why);
        }
        if (self.now - oldest).to_std().is_ok_and(|age| age > self.max_age.get()) {
            let why = format!("{when} {}; `gates.max_report_age` is {}", at(oldest), self.max_age);
            return wrong("is too old", why);
        }
        if newest - self.now > TimeDelta::minutes(APART) {
            let why = format!("{when} {}, now it is {}", at(newest), at(self.now));
            return wrong("is of the future", why);
        }
        Ok(())
    }
}
