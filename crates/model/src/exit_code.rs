//! The process's exit codes: one kind of failure, one code.

use serde::{Deserialize, Serialize};

use crate::step::Step;

/// How a run ended, as the caller's shell sees it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ExitCode {
    /// Everything asked for is done.
    Done,
    /// A bug in release-action.
    Bug,
    /// Wrong command line or configuration.
    Usage,
    /// This step failed.
    Step(Step),
    /// Some of what should be undone could not be.
    RollbackIncomplete,
    /// Another run holds this release.
    Held,
    /// Stopped by SIGHUP, as by a terminal that was closed; resumable.
    HungUp,
    /// Stopped by SIGINT; resumable.
    Interrupted,
    /// Stopped by SIGQUIT; resumable.
    Quit,
    /// Stopped by SIGTERM; resumable.
    Terminated,
}

impl ExitCode {
    /// Every code once, in the order of the numbers.
    #[must_use]
    pub fn all() -> Vec<Self> {
        let mut all = vec![Self::Done, Self::Bug, Self::Usage];
        all.extend(Step::ALL.map(Self::Step));
        all.extend([Self::RollbackIncomplete, Self::Held]);
        all.extend(Self::STOPS);
        all
    }

    /// The codes of a run that was told to stop.
    const STOPS: [Self; 4] = [Self::HungUp, Self::Interrupted, Self::Quit, Self::Terminated];

    /// Whether the run was told to stop, which is no failure of its own.
    #[must_use]
    pub fn is_stop(self) -> bool {
        Self::STOPS.contains(&self)
    }

    /// The number given to the operating system.
    #[must_use]
    pub fn number(self) -> u8 {
        match self {
            Self::Done => 0,
            Self::Bug => 1,
            Self::Usage => 2,
            Self::Step(Step::Preflight) => 10,
            Self::Step(Step::Gates) => 11,
            Self::Step(Step::Build) => 12,
            Self::Step(Step::Package) => 13,
            Self::Step(Step::Scan) => 14,
            Self::Step(Step::Changelog) => 15,
            Self::Step(Step::Release) => 16,
            Self::Step(Step::Publish) => 17,
            Self::Step(Step::Verify) => 18,
            Self::Step(Step::Notify) => 19,
            Self::RollbackIncomplete => 20,
            Self::Held => 30,
            Self::HungUp => 129,
            Self::Interrupted => 130,
            Self::Quit => 131,
            Self::Terminated => 143,
        }
    }

    /// What the code means, for the reference page and `--help`.
    #[must_use]
    pub fn meaning(self) -> String {
        match self {
            Self::Done => "done".into(),
            Self::Bug => "a bug in release-action".into(),
            Self::Usage => "usage or configuration".into(),
            Self::Step(Step::Notify) => "notify failed (only with `notify.required`)".into(),
            Self::Step(step) => format!("{step} failed"),
            Self::RollbackIncomplete => "rollback incomplete".into(),
            Self::Held => "another run holds this release".into(),
            Self::HungUp => "hung up (SIGHUP), resumable".into(),
            Self::Interrupted => "interrupted (SIGINT), resumable".into(),
            Self::Quit => "quit (SIGQUIT), resumable".into(),
            Self::Terminated => "terminated (SIGTERM), resumable".into(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_is_distinct_and_sorted() {
        let numbers: Vec<u8> = ExitCode::all().into_iter().map(ExitCode::number).collect();
        let mut sorted = numbers.clone();
        sorted.sort_unstable();
        sorted.dedup();
        assert_eq!(numbers, sorted);
    }
}
