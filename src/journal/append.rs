//! Writing the journal: a line for each event that is kept, on the disk before the world changes.

use std::sync::Arc;

use camino::Utf8Path;
use chrono::SubsecRound as _;

use crate::kit::secret::Redactor;
use crate::model::event::EVENT_FORMAT;
use crate::model::{Event, Problem, Record};
use crate::ports::files::Log;
use crate::ports::{Clock, Files};

use super::format::write_line;
use super::replay::replay;

/// The longest journal that is read, in bytes. A release of 1,000 tasks writes about one megabyte.
pub const LONGEST: u64 = 256 * 1024 * 1024;

/// An open journal.
pub struct Journal {
    log: Box<dyn Log>,
    clock: Arc<dyn Clock>,
    redactor: Redactor,
    next: u64,
    broken: bool,
}

impl Journal {
    /// Opens a journal, or begins one, and tells what it holds; numbering goes on after that.
    ///
    /// # Errors
    ///
    /// If the file cannot be read or opened, or holds what [`replay`] refuses.
    pub fn open(
        files: &dyn Files,
        path: &Utf8Path,
        clock: Arc<dyn Clock>,
    ) -> Result<(Self, Vec<Record>), Problem> {
        let bytes = match files.read(path, LONGEST) {
            Ok(bytes) => bytes,
            Err(error) if error.is_missing() => Vec::new(),
            Err(error) => return Err(error.into()),
        };
        let records = replay(&bytes).map_err(|problem| problem.at(path, None, None))?;
        let log = files.log(path)?;
        let next = records.last().map_or(0, |last| last.seq + 1);
        Ok((Self { log, clock, redactor: Redactor::default(), next, broken: false }, records))
    }

    /// Cuts this redactor's secrets out of every line from now on.
    #[must_use]
    pub fn redacting(mut self, redactor: Redactor) -> Self {
        self.redactor = redactor;
        self
    }

    /// Adds an event, and gives the record for reporters. An event that is not kept becomes a record
    /// without a line; one that must be synced is on the disk when this returns.
    ///
    /// # Errors
    ///
    /// If the line could not be written or synced. The journal then takes nothing more: half a line may
    /// stand at its end, and only opening it again cuts that off.
    pub fn append(&mut self, event: &Event) -> Result<Record, Problem> {
        let at = self.clock.now().trunc_subsecs(3);
        let record = Record { v: EVENT_FORMAT, seq: self.next, at, event: event.clone() };
        if event.is_kept() {
            if self.broken {
                return Err(
                    Problem::new("the journal takes no more lines, for an earlier one failed").fix(FIX)
                );
            }
            let written = self.write(&record);
            self.broken = written.is_err();
            written?;
            self.next += 1;
        }
        Ok(record)
    }

    fn write(&mut self, record: &Record) -> Result<(), Problem> {
        let line = write_line(record, &self.redactor)
            .map_err(|error| Problem::new("an event cannot be written as JSON").caused_by(&error))?;
        self.log.append(&line).map_err(|error| Problem::from(error).fix(FIX))?;
        if record.event.is_synced() {
            self.log.sync().map_err(|error| Problem::from(error).fix(FIX))?;
        }
        Ok(())
    }
}

const FIX: &str = "make room on the disk or the dist folder writable, and run again: the run continues";

#[cfg(test)]
mod tests {
    use super::*;
    use crate::journal::disk::{Disk, StillClock};
    use crate::model::{ExitCode, Rank, State, TaskId};

    fn intent() -> Event {
        Event::Intent { task: TaskId("release/github".into()), rank: Rank::Reversible, before: State::Absent }
    }

    fn skipped(because: &str) -> Event {
        Event::TaskSkipped { task: TaskId("build/go".into()), because: because.into() }
    }

    #[test]
    fn numbering_goes_on_after_a_torn_line() {
        let disk = Disk::new();
        let path = disk.path("journal.jsonl");
        let (mut journal, before) = Journal::open(&disk, &path, Arc::new(StillClock)).unwrap();
        assert!(before.is_empty());
        journal.append(&skipped("one")).unwrap();
        journal.append(&skipped("two")).unwrap();
        drop(journal);
        disk.tear(&path, 5);

        let (mut journal, before) = Journal::open(&disk, &path, Arc::new(StillClock)).unwrap();
        assert_eq!(before.len(), 1);
        assert_eq!(journal.append(&skipped("three")).unwrap().seq, 1);
        let (_, all) = Journal::open(&disk, &path, Arc::new(StillClock)).unwrap();
        assert_eq!(
            all.iter().map(|record| &record.event).collect::<Vec<_>>(),
            [&skipped("one"), &skipped("three")]
        );
    }

    #[test]
    fn what_is_only_for_watching_leaves_no_line_and_takes_no_number() {
        let disk = Disk::new();
        let path = disk.path("journal.jsonl");
        let (mut journal, _) = Journal::open(&disk, &path, Arc::new(StillClock)).unwrap();
        let progress =
            Event::TaskProgress { task: TaskId("a/b".into()), done: 1, total: None, unit: "bytes".into() };
        assert_eq!(journal.append(&progress).unwrap().seq, 0);
        assert_eq!(journal.append(&skipped("x")).unwrap().seq, 0);
        assert_eq!(disk.text(&path).lines().count(), 1);
    }

    #[test]
    fn an_intent_is_synced_before_append_returns() {
        let disk = Disk::new();
        let path = disk.path("journal.jsonl");
        let (mut journal, _) = Journal::open(&disk, &path, Arc::new(StillClock)).unwrap();
        journal.append(&skipped("x")).unwrap();
        assert_eq!(disk.syncs(), 0);
        journal.append(&intent()).unwrap();
        assert_eq!(disk.syncs(), 1);
        journal.append(&Event::RunFinished { exit: ExitCode::Done, millis: 1 }).unwrap();
        assert_eq!(disk.syncs(), 2);
    }

    #[test]
    fn nothing_follows_a_line_that_failed() {
        let disk = Disk::new();
        let path = disk.path("journal.jsonl");
        let (mut journal, _) = Journal::open(&disk, &path, Arc::new(StillClock)).unwrap();
        disk.fill();
        assert!(journal.append(&intent()).is_err());
        disk.empty();
        assert!(journal.append(&intent()).unwrap_err().fix.unwrap().contains("run again"));
    }

    #[test]
    fn a_corrupt_journal_is_named_with_its_path() {
        let disk = Disk::new();
        let path = disk.path("journal.jsonl");
        disk.write(&path, b"nonsense\n").unwrap();
        let Err(problem) = Journal::open(&disk, &path, Arc::new(StillClock)) else {
            panic!("it must be refused")
        };
        assert_eq!(problem.place.unwrap().file, path);
    }
}
