//! Coverage of statements, merged by block: what every source of it comes down to.

use std::collections::HashMap;
use std::io::{self, Write};

use crate::formats::BadReport;

/// How much is covered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Measure {
    /// Statements that ran.
    pub covered: u64,
    /// All statements.
    pub total: u64,
}

impl std::ops::AddAssign for Measure {
    fn add_assign(&mut self, other: Self) {
        self.covered = self.covered.saturating_add(other.covered);
        self.total = self.total.saturating_add(other.total);
    }
}

/// A run of lines without a covered statement.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Gap {
    /// The first line.
    pub from: u32,
    /// The last line.
    pub to: u32,
    /// The statements in it.
    pub statements: u64,
}

/// The coverage of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileCoverage {
    /// Its name as the report has it; for Go the import path and the file.
    pub name: String,
    /// How much is covered.
    pub measure: Measure,
    /// What is not, from top to bottom.
    pub gaps: Vec<Gap>,
}

/// From and to, each as line and column.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Span {
    /// The line it begins in.
    pub line: u32,
    /// The column it begins in.
    pub column: u32,
    /// The line it ends in.
    pub end_line: u32,
    /// The column it ends in.
    pub end_column: u32,
}

#[derive(Debug, Clone, Copy)]
struct Block {
    span: Span,
    statements: u32,
    ran: bool,
}

#[derive(Debug, Default)]
struct File {
    /// In the order of their first line in the report.
    blocks: Vec<Block>,
    places: HashMap<Span, u32>,
    /// Where the next line probably belongs: every test binary writes the same blocks in the same order.
    next: usize,
}

/// The most blocks that are held, so that a hostile report ends in an error and not in lack of memory.
const MOST_BLOCKS: usize = 8_000_000;

/// Coverage merged by block.
#[derive(Debug, Default)]
pub struct Profile {
    names: Vec<Vec<u8>>,
    files: Vec<File>,
    by_name: HashMap<Vec<u8>, usize>,
    last: usize,
    blocks: usize,
}

impl Profile {
    /// Adds a block; one that is known already is covered if either says so.
    ///
    /// # Errors
    ///
    /// If the known block has another number of statements, or there are too many blocks.
    #[inline]
    pub fn add(
        &mut self,
        name: &[u8],
        span: Span,
        statements: u32,
        ran: bool,
        line: u64,
    ) -> Result<(), BadReport> {
        if self.names.get(self.last).is_none_or(|last| last != name) {
            self.last = self.file(name);
        }
        let file = &mut self.files[self.last];
        let known = match file.blocks.get(file.next) {
            Some(block) if block.span == span => Some(file.next),
            _ => file.places.get(&span).map(|&place| place as usize),
        };
        let Some(place) = known else {
            self.blocks += 1;
            if self.blocks > MOST_BLOCKS {
                return Err(BadReport::at(line, format!("there are more than {MOST_BLOCKS} blocks")));
            }
            let place = u32::try_from(file.blocks.len())
                .map_err(|_| BadReport::at(line, "there are too many blocks"))?;
            file.places.insert(span, place);
            file.blocks.push(Block { span, statements, ran });
            file.next = file.blocks.len();
            return Ok(());
        };
        let block = &mut file.blocks[place];
        if block.statements != statements {
            let why = format!(
                "the same block has {} statements in one place and {statements} in another: the parts are not of one commit",
                block.statements
            );
            return Err(BadReport::at(line, why));
        }
        block.ran |= ran;
        file.next = place + 1;
        Ok(())
    }

    fn file(&mut self, name: &[u8]) -> usize {
        if let Some(&place) = self.by_name.get(name) {
            self.files[place].next = 0;
            return place;
        }
        self.names.push(name.to_vec());
        self.files.push(File::default());
        self.by_name.insert(name.to_vec(), self.files.len() - 1);
        self.files.len() - 1
    }

    /// Keeps only the files for which this is true.
    pub fn retain(&mut self, keep: impl Fn(&str) -> bool) {
        for (name, file) in self.names.iter().zip(&mut self.files) {
            if !keep(&String::from_utf8_lossy(name)) {
                *file = File::default();
            }
        }
    }

    /// The coverage of everything.
    #[must_use]
    pub fn total(&self) -> Measure {
        let mut total = Measure::default();
        self.files.iter().for_each(|file| total += measure(&file.blocks));
        total
    }

    /// The coverage of each file that has statements, by name.
    #[must_use]
    pub fn files(&self) -> Vec<FileCoverage> {
        let file = |(name, file): (&Vec<u8>, &File)| {
            let blocks = sorted(file);
            let measure = measure(&blocks);
            let name = String::from_utf8_lossy(name).into_owned();
            (measure.total > 0).then(|| FileCoverage { name, measure, gaps: gaps(&blocks) })
        };
        let mut files: Vec<_> = self.names.iter().zip(&self.files).filter_map(file).collect();
        files.sort_by(|a, b| a.name.cmp(&b.name));
        files
    }

    /// Writes it as a Go profile of mode `set`, sorted: the same coverage gives the same bytes.
    ///
    /// # Errors
    ///
    /// If it cannot be written.
    pub fn write(&self, out: &mut dyn Write) -> io::Result<()> {
        out.write_all(b"mode: set\n")?;
        let mut order: Vec<usize> = (0..self.names.len()).collect();
        order.sort_by_key(|&place| &self.names[place]);
        for place in order {
            for Block { span, statements, ran } in sorted(&self.files[place]) {
                out.write_all(&self.names[place])?;
                let Span { line, column, end_line, end_column } = span;
                writeln!(out, ":{line}.{column},{end_line}.{end_column} {statements} {}", u8::from(ran))?;
            }
        }
        Ok(())
    }
}

fn sorted(file: &File) -> Vec<Block> {
    let mut blocks = file.blocks.clone();
    blocks.sort_by_key(|block| block.span);
    blocks
}

fn measure(blocks: &[Block]) -> Measure {
    blocks.iter().fold(Measure::default(), |mut sum, block| {
        let statements = u64::from(block.statements);
        sum += Measure { covered: if block.ran { statements } else { 0 }, total: statements };
        sum
    })
}

/// Neighbouring blocks that did not run make one gap.
fn gaps(blocks: &[Block]) -> Vec<Gap> {
    let mut gaps: Vec<Gap> = Vec::new();
    let mut open = false;
    for block in blocks.iter().filter(|block| block.statements > 0) {
        let statements = u64::from(block.statements);
        match gaps.last_mut() {
            _ if block.ran => {}
            Some(gap) if open => {
                gap.to = gap.to.max(block.span.end_line);
                gap.statements += statements;
            }
            _ => gaps.push(Gap { from: block.span.line, to: block.span.end_line, statements }),
        }
        open = !block.ran;
    }
    gaps
}
