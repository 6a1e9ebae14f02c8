//! The map of the counters that the compiler lays into what it makes: which part of which file each one is of.

use std::collections::HashMap;
use std::io::Read as _;
use std::rc::Rc;

use anyhow::{Context as _, Result, bail, ensure};

use crate::bytes::Bytes;
use crate::profile::Function;

/// The versions of the format whose lists of files begin with the folder of the compiler; they are counted from 0.
const VERSIONS: std::ops::RangeInclusive<u32> = 5..=6;

/// The longest list of files, unpacked.
const LONGEST: u64 = 64 * 1024 * 1024;

/// The mark on a region's last column that makes it a gap.
const GAP: u64 = 1 << 31;

/// Files by the digest of their list.
pub type Files = HashMap<u64, Rc<Vec<String>>>;

/// How often something was reached: a counter, or a sum or difference of such.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Counter {
    /// Never.
    Zero,
    /// As the counter of this number says.
    Of(usize),
    /// The difference that this expression is.
    Minus(usize),
    /// The sum that this expression is.
    Plus(usize),
}

impl Counter {
    fn read(number: u64) -> Result<Self> {
        let index = usize::try_from(number >> 2)?;
        Ok(match number & 3 {
            0 => Self::Zero,
            1 => Self::Of(index),
            2 => Self::Minus(index),
            _ => Self::Plus(index),
        })
    }
}

/// Where in a file: line and column, from 1.
pub type At = (u64, u64);

/// A part of a file that is reached as a whole or not at all.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Region {
    /// The file.
    pub file: usize,
    /// Its first place.
    pub start: At,
    /// The place behind it.
    pub end: At,
    /// Whether it lies between two others and tells nothing of the lines that they begin on.
    pub gap: bool,
    /// How often.
    pub counter: Counter,
}

/// A function's part of the map.
#[derive(Debug, Clone)]
pub struct Mapped {
    /// Which function.
    pub function: Function,
    /// The files that its regions number.
    pub files: Vec<String>,
    /// Its expressions.
    pub expressions: Vec<(Counter, Counter)>,
    /// Its regions.
    pub regions: Vec<Region>,
}

/// Reads lists of files: the section `__llvm_covmap`.
pub fn read_files(section: &[u8], files: &mut Files) -> Result<()> {
    let mut bytes = Bytes(section);
    while !bytes.0.is_empty() {
        let before = bytes.0.len();
        ensure!(bytes.u32()? == 0, "a list of files holds functions, as old compilers wrote it");
        let length = bytes.u32()?;
        ensure!(bytes.u32()? == 0, "a list of files holds a map, as old compilers wrote it");
        let version = bytes.u32()?;
        ensure!(VERSIONS.contains(&version), "the map has version {}, which is not known", version + 1);
        let list = bytes.take(usize::try_from(length)?)?;
        let digest = u64::from_le_bytes(md5::compute(list).0[..8].try_into()?);
        files.insert(digest, Rc::new(names(list).context("a list of files cannot be read")?));
        let read = before - bytes.0.len();
        bytes.take((read.next_multiple_of(8) - read).min(bytes.0.len()))?;
    }
    Ok(())
}

fn names(list: &[u8]) -> Result<Vec<String>> {
    let mut bytes = Bytes(list);
    let many = bytes.leb()?;
    let (length, packed) = (bytes.leb()?, bytes.leb()?);
    ensure!(length <= LONGEST, "it has {length} bytes");
    let unpacked = if packed == 0 {
        bytes.0.to_vec()
    } else {
        let mut unpacked = Vec::new();
        flate2::read::ZlibDecoder::new(bytes.take_long(packed)?).take(length).read_to_end(&mut unpacked)?;
        unpacked
    };
    let mut bytes = Bytes(&unpacked);
    let mut names: Vec<String> = Vec::new();
    for _ in 0..many {
        let length = bytes.len()?;
        let name = std::str::from_utf8(bytes.take(length)?)?;
        match names.first() {
            Some(folder) if !name.starts_with('/') => names.push(format!("{folder}/{name}")),
            _ => names.push(name.to_owned()),
        }
    }
    Ok(names)
}

/// Reads functions: a section `__llvm_covfun`.
pub fn read_functions(section: &[u8], files: &Files, mut keep: impl FnMut(Mapped)) -> Result<()> {
    let mut bytes = Bytes(section);
    while !bytes.0.is_empty() {
        let before = bytes.0.len();
        let name = bytes.u64()?;
        let length = bytes.u32()?;
        let function = (name, bytes.u64()?);
        let list = bytes.u64()?;
        let own = bytes.take(usize::try_from(length)?)?;
        let list = files.get(&list).context("a function names a list of files that is not there")?;
        keep(read_function(function, list, own).context("a function's map cannot be read")?);
        let read = before - bytes.0.len();
        bytes.take((read.next_multiple_of(8) - read).min(bytes.0.len()))?;
    }
    Ok(())
}

fn read_function(function: Function, list: &[String], own: &[u8]) -> Result<Mapped> {
    let mut bytes = Bytes(own);
    let mut files = Vec::new();
    for _ in 0..bytes.len()? {
        let index = usize::try_from(bytes.leb()?)?;
        files.push(list.get(index).context("it names a file that is not in the list")?.clone());
    }
    let mut expressions = Vec::new();
    for _ in 0..bytes.len()? {
        expressions.push((Counter::read(bytes.leb()?)?, Counter::read(bytes.leb()?)?));
    }
    let mut regions = Vec::new();
    for file in 0..files.len() {
        let mut line = 0;
        for _ in 0..bytes.len()? {
            regions.extend(read_region(&mut bytes, file, &mut line)?);
        }
    }
    Ok(Mapped { function, files, expressions, regions })
}

/// A region, if it is one of code: branches say nothing about lines.
fn read_region(bytes: &mut Bytes<'_>, file: usize, line: &mut u64) -> Result<Option<Region>> {
    let number = bytes.leb()?;
    let mut counter = Some(Counter::read(number)?);
    if number & 3 == 0 {
        ensure!(number & 4 == 0, "it expands a macro, which rustc has never written");
        // What a branch or a decision tells beside its place.
        let more = match number >> 3 {
            0 => 0,
            4 | 5 => 2,
            6 => 5,
            kind => bail!("a region has the kind {kind}, which is not known"),
        };
        for _ in 0..more {
            bytes.leb()?;
            counter = None;
        }
    }
    let too_large = "a line's number is too large";
    *line = line.checked_add(bytes.leb()?).context(too_large)?;
    let (first, lines, last) = (bytes.leb()?, bytes.leb()?, bytes.leb()?);
    let end = line.checked_add(lines).context(too_large)?;
    let (start, end) = match (first, last & !GAP) {
        (0, 0) => ((*line, 1), (end, u64::MAX)),
        (first, last) => ((*line, first), (end, last)),
    };
    let gap = last & GAP != 0;
    Ok(counter.map(|counter| Region { file, start, end, gap, counter }))
}
