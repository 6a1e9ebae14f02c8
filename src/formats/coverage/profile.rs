//! Coverage as every source of it comes down to: blocks of statements, lines, or totals alone, by file.

use std::collections::{BTreeMap, HashMap};
use std::io::{self, Write};

use serde::{Deserialize, Serialize};

use super::file::{Content, File, Lines};
use super::measure::{FileCoverage, LineState, Measure, Unit};
use crate::formats::{BadReport, Dated, Made};

/// From and to, each as line and column.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
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

/// A block: where it is, how many statements it has, and whether they ran.
pub type Block = (Span, u32, bool);

/// The most blocks and branches that are held, so that a hostile report ends in an error and not in lack of
/// memory.
const MOST_BLOCKS: usize = 8_000_000;

/// The most lines that the files may have together; each costs a byte.
const MOST_LINES: usize = 128_000_000;

/// The most files.
const MOST_FILES: usize = 2_000_000;

/// The longest name of a file, in bytes; no system takes as long a path.
pub(super) const LONGEST_NAME: usize = 16 * 1024;

/// The most bytes that the names may have together; each is held twice.
pub(super) const MOST_NAMES: usize = 128_000_000;

/// Where in a profile a file is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FileId(usize);

/// Coverage merged by block, by line or by branch.
#[derive(Debug, Clone, Default)]
pub struct Profile {
    names: Vec<Vec<u8>>,
    files: Vec<File>,
    by_name: HashMap<Vec<u8>, usize>,
    last: usize,
    blocks: usize,
    lines: usize,
    /// How many bytes the names have.
    named: usize,
    made: Option<Made>,
}

impl Dated for Profile {
    fn made(&self) -> Option<Made> {
        self.made
    }
}

impl Profile {
    /// Notes when the report says that it was made, beside what it said before.
    pub(super) fn note(&mut self, made: Option<Made>) {
        self.made = Made::and(self.made, made);
    }

    /// The last line of a file that is measured by line or block; what a file has fewer of is another file.
    #[must_use]
    pub fn last_line(&self, name: &str) -> Option<u32> {
        self.by_name.get(name.as_bytes()).and_then(|&place| self.files[place].last_line())
    }

    /// Adds a block; one that is known already is covered if either says so.
    ///
    /// # Errors
    ///
    /// If the known block has another number of statements, the file is measured otherwise, or there are too
    /// many blocks.
    #[inline]
    pub fn add(
        &mut self,
        name: &[u8],
        span: Span,
        statements: u32,
        ran: bool,
        at: u64,
    ) -> Result<(), BadReport> {
        if self.names.get(self.last).is_none_or(|last| last != name) {
            let FileId(place) = self.file(name, at)?;
            self.last = place;
        }
        let blocks = self.files[self.last].blocks(at)?;
        let new = usize::from(blocks.add(span, statements, ran, at)?);
        self.count_blocks(new, at)
    }

    /// The file of this name, new if it is not known. The next of its blocks probably is its first.
    ///
    /// # Errors
    ///
    /// If there are too many files, or their names are too long.
    pub fn file(&mut self, name: &[u8], at: u64) -> Result<FileId, BadReport> {
        if let Some(&place) = self.by_name.get(name) {
            self.files[place].rewind();
            return Ok(FileId(place));
        }
        if self.files.len() >= MOST_FILES {
            return Err(BadReport::at(at, format!("there are more than {MOST_FILES} files")));
        }
        self.named += name.len();
        if name.len() > LONGEST_NAME || self.named > MOST_NAMES {
            let why = format!(
                "a file's name has more than {LONGEST_NAME} bytes, or all have more than {MOST_NAMES}"
            );
            return Err(BadReport::at(at, why));
        }
        self.names.push(name.to_vec());
        self.files.push(File::default());
        self.by_name.insert(name.to_vec(), self.files.len() - 1);
        Ok(FileId(self.files.len() - 1))
    }

    /// Adds a line; one that is known already is covered if either says so.
    ///
    /// # Errors
    ///
    /// If there is no such line, the file is measured otherwise, or there are too many lines.
    #[inline]
    pub fn line(&mut self, FileId(file): FileId, line: u64, ran: bool, at: u64) -> Result<(), BadReport> {
        self.lines += self.files[file].lines(at)?.add(line, ran, at)?;
        // Asked of lines that are known, too: who is told that it is too much may ask again.
        if self.lines > MOST_LINES {
            return Err(BadReport::at(at, format!("there are more than {MOST_LINES} lines")));
        }
        Ok(())
    }

    /// Adds the branches of a line. `arm` tells them apart where the report does, and is 0 where it only
    /// counts; of what is told twice the better counts.
    ///
    /// # Errors
    ///
    /// If there are too many.
    pub fn branch(
        &mut self,
        FileId(file): FileId,
        line: u64,
        arm: u64,
        measure: Measure,
        at: u64,
    ) -> Result<(), BadReport> {
        let line = u32::try_from(line).map_err(|_| BadReport::at(at, "there is no such line"))?;
        let new = usize::from(self.files[file].branch(line, arm, measure));
        self.count_blocks(new, at)
    }

    /// What is known of the file, where that is its totals alone.
    pub(super) fn totals_of(&self, FileId(file): FileId) -> Option<Measure> {
        match self.files[file].content {
            Content::Totals(_, measure) => Some(measure),
            _ => None,
        }
    }

    /// Adds a file of which only the totals are known; of two the better counts.
    ///
    /// # Errors
    ///
    /// If the file is measured otherwise.
    pub fn totals(
        &mut self,
        FileId(file): FileId,
        unit: Unit,
        measure: Measure,
        at: u64,
    ) -> Result<(), BadReport> {
        self.files[file].totals(unit, measure, at)
    }

    /// Says that the file has been measured, though nothing in it may count.
    ///
    /// # Errors
    ///
    /// If the file is measured otherwise.
    pub fn measured_by_line(&mut self, FileId(file): FileId, at: u64) -> Result<(), BadReport> {
        self.files[file].lines(at).map(|_| ())
    }

    #[inline]
    fn count_blocks(&mut self, new: usize, at: u64) -> Result<(), BadReport> {
        self.blocks += new;
        if self.blocks > MOST_BLOCKS {
            return Err(BadReport::at(at, format!("there are more than {MOST_BLOCKS} blocks and branches")));
        }
        Ok(())
    }

    /// Takes in another profile: what either says is covered is covered.
    ///
    /// # Errors
    ///
    /// If both measure a file in different ways, or disagree on a block.
    pub fn merge(&mut self, other: &Self) -> Result<(), BadReport> {
        for (name, file) in other.names.iter().zip(&other.files) {
            let FileId(place) = self.file(name, 0)?;
            let (blocks, lines) = self.files[place]
                .merge(file)
                .map_err(|bad| BadReport::at(0, format!("{}: {}", String::from_utf8_lossy(name), bad.why)))?;
            self.blocks += blocks;
            self.lines += lines;
            if self.blocks > MOST_BLOCKS || self.lines > MOST_LINES {
                return Err(BadReport::at(0, "the reports together are larger than can be held"));
            }
        }
        Ok(())
    }

    /// The same coverage under other names; a file whose name comes to nothing is left out, and files whose
    /// names come to the same are merged.
    ///
    /// # Errors
    ///
    /// As [`Profile::merge`].
    pub fn renamed(&self, name: impl Fn(&str) -> Option<String>) -> Result<Self, BadReport> {
        let mut renamed = Self::default();
        for (old, file) in self.names.iter().zip(&self.files) {
            let Some(new) = name(&String::from_utf8_lossy(old)) else { continue };
            let one = Self { names: vec![new.into_bytes()], files: vec![file.clone()], ..Self::default() };
            renamed.merge(&one)?;
        }
        Ok(renamed)
    }

    /// Keeps only the files for which this is true.
    pub fn retain(&mut self, keep: impl Fn(&str) -> bool) {
        for (name, file) in self.names.iter().zip(&mut self.files) {
            if !keep(&String::from_utf8_lossy(name)) {
                *file = File::default();
            }
        }
    }

    /// The coverage of everything, of whatever units.
    #[must_use]
    pub fn total(&self) -> Measure {
        let mut total = Measure::default();
        self.files.iter().for_each(|file| total += file.measure());
        total
    }

    /// The names of all files that were measured, also of those in which nothing counts.
    pub fn names(&self) -> impl Iterator<Item = std::borrow::Cow<'_, str>> {
        let there = self.names.iter().zip(&self.files).filter(|(_, file)| file.content != Content::None);
        there.map(|(name, _)| String::from_utf8_lossy(name))
    }

    /// The coverage of each file in which something counts, by name.
    #[must_use]
    pub fn files(&self) -> Vec<FileCoverage> {
        let file =
            |(name, file): (&Vec<u8>, &File)| file.coverage(String::from_utf8_lossy(name).into_owned());
        let mut files: Vec<_> = self.names.iter().zip(&self.files).filter_map(file).collect();
        files.sort_by(|a, b| a.name.cmp(&b.name));
        files
    }

    /// Each measured line of a file and whether it is covered; none where the report has no lines.
    ///
    /// A line of Go belongs to the block in which it begins, or else to the first that begins on it.
    #[must_use]
    pub fn lines_of(&self, name: &str) -> BTreeMap<u32, bool> {
        self.by_name.get(name.as_bytes()).map(|&place| self.files[place].by_line()).unwrap_or_default()
    }

    /// The blocks of a file in order; none where it is not measured by block.
    #[must_use]
    pub fn blocks_of(&self, name: &str) -> Vec<Block> {
        self.by_name.get(name.as_bytes()).map(|&place| self.files[place].sorted_blocks()).unwrap_or_default()
    }

    /// The branches of each line of a file.
    #[must_use]
    pub fn branches_of(&self, name: &str) -> BTreeMap<u32, Measure> {
        self.by_name
            .get(name.as_bytes())
            .map(|&place| self.files[place].branches_by_line())
            .unwrap_or_default()
    }

    /// What is known of each measured line of a file, as [`Profile::lines_of`] tells the lines.
    #[must_use]
    pub fn states_of(&self, name: &str) -> BTreeMap<u32, LineState> {
        self.by_name.get(name.as_bytes()).map(|&place| self.files[place].states()).unwrap_or_default()
    }

    /// Writes blocks as a Go profile of mode `set`, sorted: the same coverage gives the same bytes. Files
    /// that are not measured by block have no place in it.
    ///
    /// # Errors
    ///
    /// If it cannot be written.
    pub fn write(&self, out: &mut dyn Write) -> io::Result<()> {
        out.write_all(b"mode: set\n")?;
        let mut order: Vec<usize> = (0..self.names.len()).collect();
        order.sort_by_key(|&place| &self.names[place]);
        for place in order {
            for (span, statements, ran) in self.files[place].sorted_blocks() {
                out.write_all(&self.names[place])?;
                let Span { line, column, end_line, end_column } = span;
                writeln!(out, ":{line}.{column},{end_line}.{end_column} {statements} {}", u8::from(ran))?;
            }
        }
        Ok(())
    }
}

impl Lines {
    /// How many lines a file may have.
    pub const MOST: u64 = 16_000_000;
}
