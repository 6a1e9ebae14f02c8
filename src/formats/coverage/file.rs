//! The coverage of one file, merged.

use std::collections::{BTreeMap, HashMap};

use super::measure::{FileCoverage, Gap, Measure, Unit};
use super::profile::Span;
use crate::formats::BadReport;

/// A block with its statements, and whether they ran.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Block {
    span: Span,
    statements: u32,
    ran: bool,
}

/// Blocks of statements.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Blocks {
    /// In the order of their first line in the report.
    blocks: Vec<Block>,
    places: HashMap<Span, u32>,
    /// Where the next line probably belongs: every test binary writes the same blocks in the same order.
    next: usize,
}

/// One byte for each line: not measured, missed, covered. The larger wins, so merging is a maximum.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Lines(Vec<u8>);

const MISSED: u8 = 1;
const COVERED: u8 = 2;

/// What a file's coverage consists of.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) enum Content {
    /// Nothing is known yet.
    #[default]
    None,
    /// Statements by block.
    Blocks(Blocks),
    /// Lines.
    Lines(Lines),
    /// Only how many.
    Totals(Unit, Measure),
}

#[derive(Debug, Clone, Default)]
pub(super) struct File {
    pub(super) content: Content,
    branches: HashMap<(u32, u64), Measure>,
}

impl Blocks {
    /// True for a block that was not known.
    #[inline]
    pub(super) fn add(&mut self, span: Span, statements: u32, ran: bool, at: u64) -> Result<bool, BadReport> {
        let known = match self.blocks.get(self.next) {
            Some(block) if block.span == span => Some(self.next),
            _ => self.places.get(&span).map(|&place| place as usize),
        };
        let Some(place) = known else {
            let place = u32::try_from(self.blocks.len())
                .map_err(|_| BadReport::at(at, "there are too many blocks"))?;
            self.places.insert(span, place);
            self.blocks.push(Block { span, statements, ran });
            self.next = self.blocks.len();
            return Ok(true);
        };
        let block = &mut self.blocks[place];
        if block.statements != statements {
            let why = format!(
                "the same block has {} statements in one place and {statements} in another: the parts are not of one commit",
                block.statements
            );
            return Err(BadReport::at(at, why));
        }
        block.ran |= ran;
        self.next = place + 1;
        Ok(false)
    }

    fn sorted(&self) -> Vec<Block> {
        let mut blocks = self.blocks.clone();
        blocks.sort_by_key(|block| block.span);
        blocks
    }

    /// Neighbouring blocks that did not run make one gap.
    fn gaps(&self) -> Vec<Gap> {
        let mut gaps: Vec<Gap> = Vec::new();
        let mut open = false;
        for block in self.sorted().iter().filter(|block| block.statements > 0) {
            let size = u64::from(block.statements);
            match gaps.last_mut() {
                _ if block.ran => {}
                Some(gap) if open => {
                    gap.to = gap.to.max(block.span.end_line);
                    gap.size += size;
                }
                _ => gaps.push(Gap { from: block.span.line, to: block.span.end_line, size }),
            }
            open = !block.ran;
        }
        gaps
    }

    fn by_line(&self) -> BTreeMap<u32, bool> {
        let mut lines = BTreeMap::new();
        // Blocks come in the order of their beginning, and the first that has a line keeps it.
        let mut next = 0;
        for block in self.sorted().iter().filter(|block| block.statements > 0) {
            let Span { line, end_line, end_column, .. } = block.span;
            // What ends in one of the first columns ends with the brace that closes it.
            let last = if end_column <= 2 && end_line > line { end_line - 1 } else { end_line };
            for line in line.max(next)..=last {
                if lines.len() >= MOST_BY_LINE {
                    return lines;
                }
                lines.insert(line, block.ran);
            }
            next = next.max(last.saturating_add(1));
        }
        lines
    }
}

/// How many lines of one file are told one by one; no file of people has as many.
const MOST_BY_LINE: usize = 1_000_000;

impl Lines {
    /// By how many lines the file has grown.
    #[inline]
    pub(super) fn add(&mut self, line: u64, ran: bool, at: u64) -> Result<usize, BadReport> {
        let state = if ran { COVERED } else { MISSED };
        let index = usize::try_from(line).unwrap_or(usize::MAX);
        if let Some(known) = self.0.get_mut(index)
            && index > 0
        {
            *known = (*known).max(state);
            return Ok(0);
        }
        if line == 0 || line > Self::MOST {
            return Err(BadReport::at(at, format!("there is no line {line}")));
        }
        let before = self.0.len();
        self.0.resize(index + 1, 0);
        self.0[index] = state;
        Ok(self.0.len() - before)
    }

    fn measured(&self) -> impl Iterator<Item = (u32, bool)> {
        let lines = (0_u32..).zip(&self.0);
        lines.filter(|(_, state)| **state > 0).map(|(line, state)| (line, *state == COVERED))
    }

    /// Lines that follow one another, as far as lines count, make one gap.
    fn gaps(&self) -> Vec<Gap> {
        let mut gaps: Vec<Gap> = Vec::new();
        let mut open = false;
        for (line, ran) in self.measured() {
            match gaps.last_mut() {
                _ if ran => {}
                Some(gap) if open => {
                    gap.to = line;
                    gap.size += 1;
                }
                _ => gaps.push(Gap { from: line, to: line, size: 1 }),
            }
            open = !ran;
        }
        gaps
    }
}

fn better(one: Measure, other: Measure) -> Measure {
    let total = one.total.max(other.total);
    Measure { covered: one.covered.max(other.covered).min(total), total }
}

impl File {
    pub(super) fn rewind(&mut self) {
        if let Content::Blocks(blocks) = &mut self.content {
            blocks.next = 0;
        }
    }

    fn unit(&self) -> Option<Unit> {
        match self.content {
            Content::None => None,
            Content::Blocks(_) => Some(Unit::Statements),
            Content::Lines(_) => Some(Unit::Lines),
            Content::Totals(unit, _) => Some(unit),
        }
    }

    fn otherwise(&self, this: &str, at: u64) -> BadReport {
        let that = match &self.content {
            Content::None => "not measured",
            Content::Blocks(_) => "measured by statements",
            Content::Lines(_) => "measured by lines",
            Content::Totals(..) => "known by its totals only",
        };
        BadReport::at(
            at,
            format!("the file is {that} in one place and {this} in another: that cannot be merged"),
        )
    }

    #[inline]
    pub(super) fn blocks(&mut self, at: u64) -> Result<&mut Blocks, BadReport> {
        if self.content == Content::None {
            self.content = Content::Blocks(Blocks::default());
        }
        if !matches!(self.content, Content::Blocks(_)) {
            return Err(self.otherwise("measured by statements", at));
        }
        match &mut self.content {
            Content::Blocks(blocks) => Ok(blocks),
            _ => Err(BadReport::at(at, "the file is measured in two ways")),
        }
    }

    #[inline]
    pub(super) fn lines(&mut self, at: u64) -> Result<&mut Lines, BadReport> {
        if self.unit().is_none() {
            self.content = Content::Lines(Lines::default());
        }
        if !matches!(self.content, Content::Lines(_)) {
            return Err(self.otherwise("measured by lines", at));
        }
        match &mut self.content {
            Content::Lines(lines) => Ok(lines),
            _ => Err(BadReport::at(at, "the file is measured in two ways")),
        }
    }

    pub(super) fn totals(&mut self, unit: Unit, measure: Measure, at: u64) -> Result<(), BadReport> {
        if measure.covered > measure.total {
            let why = format!("{} of {} are covered, which cannot be", measure.covered, measure.total);
            return Err(BadReport::at(at, why));
        }
        match &mut self.content {
            Content::None => self.content = Content::Totals(unit, measure),
            Content::Totals(known, old) if *known == unit => *old = better(*old, measure),
            _ => return Err(self.otherwise("known by its totals only", at)),
        }
        Ok(())
    }

    /// True for one that was not known.
    pub(super) fn branch(&mut self, line: u32, arm: u64, measure: Measure) -> bool {
        let before = self.branches.len();
        let known = self.branches.entry((line, arm)).or_insert(measure);
        *known = better(*known, measure);
        self.branches.len() > before
    }

    /// How many blocks with branches, and how many lines, are new.
    pub(super) fn merge(&mut self, other: &Self) -> Result<(usize, usize), BadReport> {
        let (mut new, mut grown) = (0, 0);
        match &other.content {
            Content::None => {}
            Content::Totals(unit, measure) => self.totals(*unit, *measure, 0)?,
            Content::Blocks(theirs) => {
                let ours = self.blocks(0)?;
                for block in &theirs.blocks {
                    new += usize::from(ours.add(block.span, block.statements, block.ran, 0)?);
                }
            }
            Content::Lines(theirs) => {
                let ours = self.lines(0)?;
                grown = theirs.0.len().saturating_sub(ours.0.len());
                ours.0.resize(ours.0.len() + grown, 0);
                ours.0.iter_mut().zip(&theirs.0).for_each(|(one, other)| *one = (*one).max(*other));
            }
        }
        for (&(line, arm), &measure) in &other.branches {
            new += usize::from(self.branch(line, arm, measure));
        }
        Ok((new, grown))
    }

    pub(super) fn measure(&self) -> Measure {
        match &self.content {
            Content::None => Measure::default(),
            Content::Totals(_, measure) => *measure,
            Content::Lines(lines) => lines.measured().fold(Measure::default(), |mut sum, (_, ran)| {
                sum += Measure { covered: u64::from(ran), total: 1 };
                sum
            }),
            Content::Blocks(blocks) => blocks.blocks.iter().fold(Measure::default(), |mut sum, block| {
                let statements = u64::from(block.statements);
                sum += Measure { covered: if block.ran { statements } else { 0 }, total: statements };
                sum
            }),
        }
    }

    /// None where nothing counts.
    pub(super) fn coverage(&self, name: String) -> Option<FileCoverage> {
        let (unit, measure) = (self.unit()?, self.measure());
        let gaps = match &self.content {
            Content::Blocks(blocks) => blocks.gaps(),
            Content::Lines(lines) => lines.gaps(),
            Content::None | Content::Totals(..) => Vec::new(),
        };
        let mut branches = Measure::default();
        self.branches.values().for_each(|one| branches += *one);
        (measure.total > 0).then_some(FileCoverage { name, unit, measure, branches, gaps })
    }

    pub(super) fn by_line(&self) -> BTreeMap<u32, bool> {
        match &self.content {
            Content::Blocks(blocks) => blocks.by_line(),
            Content::Lines(lines) => lines.measured().collect(),
            Content::None | Content::Totals(..) => BTreeMap::new(),
        }
    }

    pub(super) fn last_line(&self) -> Option<u32> {
        match &self.content {
            Content::Blocks(blocks) => blocks.blocks.iter().map(|block| block.span.end_line).max(),
            Content::Lines(lines) => lines.measured().last().map(|(line, _)| line),
            Content::None | Content::Totals(..) => None,
        }
    }

    pub(super) fn branches_by_line(&self) -> BTreeMap<u32, Measure> {
        let mut lines = BTreeMap::new();
        for (&(line, _), &measure) in &self.branches {
            *lines.entry(line).or_insert_with(Measure::default) += measure;
        }
        lines
    }

    pub(super) fn sorted_blocks(&self) -> Vec<(Span, u32, bool)> {
        match &self.content {
            Content::Blocks(blocks) => {
                blocks.sorted().into_iter().map(|block| (block.span, block.statements, block.ran)).collect()
            }
            _ => Vec::new(),
        }
    }
}
