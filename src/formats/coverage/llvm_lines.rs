//! The lines that the segments of `llvm-cov export` come to.

use std::fmt;

use serde::Deserialize;
use serde::de::{Deserializer, Error, IgnoredAny, SeqAccess, Visitor};

use super::file::Lines;
use crate::formats::BadReport;

/// The most stretches of lines that are held of one file until its end.
const MOST_STRETCHES: usize = 2_000_000;

/// Where a count begins to hold.
#[derive(Debug, Clone, Copy)]
pub(super) struct Segment {
    pub(super) line: u64,
    pub(super) ran: bool,
    pub(super) has_count: bool,
    pub(super) entry: bool,
    pub(super) gap: bool,
}

impl<'de> Deserialize<'de> for Segment {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_seq(SegmentVisitor)
    }
}

struct SegmentVisitor;

impl<'de> Visitor<'de> for SegmentVisitor {
    type Value = Segment;

    fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str("a segment: [line, column, count, has a count, is an entry, is a gap]")
    }

    fn visit_seq<S: SeqAccess<'de>>(self, mut list: S) -> Result<Segment, S::Error> {
        let short = || S::Error::custom("a segment has too few values");
        let line = list.next_element()?.ok_or_else(short)?;
        let _column: u64 = list.next_element()?.ok_or_else(short)?;
        // Counters run over; whatever number it is, it matters whether it is above 0.
        let count: f64 = list.next_element()?.ok_or_else(short)?;
        let has_count = list.next_element()?.ok_or_else(short)?;
        let entry = list.next_element()?.ok_or_else(short)?;
        // Before LLVM 8 there were no gaps.
        let gap = list.next_element()?.unwrap_or(false);
        while list.next_element::<IgnoredAny>()?.is_some() {}
        Ok(Segment { line, ran: count > 0.0, has_count, entry, gap })
    }
}

/// Makes lines of segments as llvm-cov does (CoverageMapping.cpp, `LineCoverageStats`).
#[derive(Debug, Default)]
pub(super) struct LinesOf {
    /// From and to, and whether they ran.
    lines: Vec<(u64, u64, bool)>,
    /// The last segment of the lines before this one.
    wrapped: Option<Segment>,
    line: u64,
    /// The first and the last segment of this line.
    ends: Option<(Segment, Segment)>,
    /// Whether a region that starts here ran.
    started_ran: bool,
    /// Whether a region or gap with a count is entered here.
    entered: bool,
}

impl LinesOf {
    /// Takes the next one.
    ///
    /// # Errors
    ///
    /// If it is of no line, stands behind its place, or there are too many.
    pub(super) fn take(&mut self, segment: Segment) -> Result<(), BadReport> {
        if segment.line < self.line || segment.line == 0 {
            return Err(BadReport::at(0, format!("a segment of line {} is out of order", segment.line)));
        }
        if segment.line > Lines::MOST {
            return Err(BadReport::at(0, format!("there is no line {}", segment.line)));
        }
        if self.lines.len() >= MOST_STRETCHES {
            let why = format!("a file has more than {MOST_STRETCHES} stretches of lines");
            return Err(BadReport::at(0, why));
        }
        if segment.line > self.line {
            self.end_line();
            if let Some(Segment { has_count: true, ran, .. }) = self.wrapped {
                let between = (self.line + 1, segment.line - 1);
                self.lines.extend((between.0 <= between.1).then_some((between.0, between.1, ran)));
            }
            self.line = segment.line;
        }
        let first = self.ends.map_or(segment, |(first, _)| first);
        self.ends = Some((first, segment));
        if segment.entry && segment.has_count {
            self.entered = true;
            self.started_ran |= !segment.gap && segment.ran;
        }
        Ok(())
    }

    fn end_line(&mut self) {
        let Some((first, last)) = self.ends.take() else { return };
        let skipped = !first.has_count && first.entry;
        let wrapped_counts = self.wrapped.is_some_and(|segment| segment.has_count);
        if self.entered || (!skipped && wrapped_counts) {
            let wrapped_ran = self.wrapped.is_some_and(|segment| segment.ran);
            self.lines.push((self.line, self.line, wrapped_ran || self.started_ran));
        }
        self.wrapped = Some(last);
        (self.started_ran, self.entered) = (false, false);
    }

    /// All lines: from and to, and whether they ran.
    pub(super) fn done(mut self) -> Vec<(u64, u64, bool)> {
        self.end_line();
        self.lines
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_more_is_held_of_a_file_than_fits() {
        let mut lines = LinesOf::default();
        let mut taken = 0;
        let bad = loop {
            taken += 1;
            let segment = Segment { line: taken, ran: true, has_count: true, entry: true, gap: false };
            if let Err(bad) = lines.take(segment) {
                break bad;
            }
        };
        assert!(bad.why.contains("2000000 stretches"), "{bad:?}");
        assert_eq!((taken, lines.lines.len()), (MOST_STRETCHES as u64 + 2, MOST_STRETCHES));
    }
}
