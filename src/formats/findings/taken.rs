//! What a report tells element by element: the findings, and what its tool could not do.

use serde::de::{DeserializeOwned, MapAccess};

use super::finding::Finding;
use super::kept::Kept;
use crate::formats::BadReport;
use crate::formats::json::{each, each_or_null};

/// A list of findings that its tool always writes.
#[derive(Debug, Default)]
pub struct Taken {
    /// The findings.
    pub kept: Kept,
    /// Whether the list was there.
    pub there: bool,
}

impl Taken {
    /// Takes the list; `null` is an empty one where the tool writes it so.
    pub fn list<'de, A: MapAccess<'de>, T: DeserializeOwned>(
        &mut self,
        map: &mut A,
        null: bool,
        finding: impl Fn(T) -> Finding,
    ) -> Result<(), A::Error> {
        let kept = &mut self.kept;
        let take = |found: T| {
            kept.add(finding(found));
            Ok(())
        };
        map.next_value_seed(if null { each_or_null(take) } else { each(take) })?;
        self.there = true;
        Ok(())
    }
}

/// What a tool could not do: a report with any of it is of a part only.
#[derive(Debug, Default)]
pub struct Errors {
    count: Option<u64>,
    first: Option<String>,
}

impl Errors {
    /// Takes a list of them.
    pub fn list<'de, A: MapAccess<'de>, T: DeserializeOwned>(
        &mut self,
        map: &mut A,
        words: impl Fn(T) -> String,
    ) -> Result<(), A::Error> {
        let first = &mut self.first;
        let count = map.next_value_seed(each(|broken: T| {
            first.get_or_insert_with(|| words(broken));
            Ok(())
        }))?;
        self.add(count);
        Ok(())
    }

    /// Counts more of them.
    pub fn add(&mut self, count: u64) {
        *self.count.get_or_insert(0) += count;
    }

    /// Keeps the words of the first.
    pub fn first(&mut self, words: Option<String>) {
        self.first = self.first.take().or(words);
    }

    /// Whether the tool wrote of them at all, if only that there are none.
    pub fn told(&self) -> bool {
        self.count.is_some()
    }

    /// Refuses a report with any; `said` puts their number into a sentence.
    pub fn refuse(self, said: impl Fn(u64) -> String) -> Result<(), BadReport> {
        match self.count {
            Some(count) if count > 0 => {
                let first = self.first.unwrap_or_else(|| "it does not say what".into());
                Err(BadReport::at(0, format!("{}: {first}", said(count))))
            }
            _ => Ok(()),
        }
    }
}
