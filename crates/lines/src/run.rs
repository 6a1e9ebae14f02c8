//! All of it: what cargo made, the profiles, and the lines of our sources.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, ensure};
use serde::Deserialize;

use crate::count::Reached;
use crate::lines::{Parts, lines};
use crate::mapping::Mapped;
use crate::object_file;
use crate::profile::Counts;

/// A line of what `cargo test --no-run --message-format=json` tells, as far as it is read.
#[derive(Deserialize)]
struct Message {
    reason: String,
    #[serde(default)]
    manifest_path: PathBuf,
    #[serde(default)]
    filenames: Vec<PathBuf>,
    #[serde(default)]
    executable: Option<PathBuf>,
    #[serde(default)]
    profile: Profile,
}

/// In which way something was compiled.
#[derive(Default, Deserialize)]
struct Profile {
    /// With its tests in it.
    #[serde(default)]
    test: bool,
}

/// What cargo made of the packages below a folder.
#[derive(Debug, Default, PartialEq, Eq)]
struct Made {
    /// Libraries and programs as they are shipped.
    shipped: BTreeSet<PathBuf>,
    /// Programs that are tests.
    tests: BTreeSet<PathBuf>,
}

impl Made {
    fn read(messages: &str, root: &Path) -> Result<Self> {
        let mut made = Self::default();
        for line in messages.lines().filter(|line| line.starts_with('{')) {
            let message: Message = serde_json::from_str(line).context("a message of cargo cannot be read")?;
            if message.reason != "compiler-artifact" || !message.manifest_path.starts_with(root) {
                continue;
            }
            let is_library = |file: &PathBuf| file.extension().is_some_and(|extension| extension == "rlib");
            made.shipped.extend(message.filenames.into_iter().filter(is_library));
            let programs = if message.profile.test { &mut made.tests } else { &mut made.shipped };
            programs.extend(message.executable);
        }
        ensure!(!made.shipped.is_empty(), "cargo tells of no library or program below {}", root.display());
        ensure!(!made.tests.is_empty(), "cargo tells of no tests below {}", root.display());
        Ok(made)
    }
}

/// The lines of each file that count, by its path from the root, with how often they were reached.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// File to line to count.
    pub files: BTreeMap<String, BTreeMap<u64, u64>>,
}

impl Report {
    /// It as LCOV.
    #[must_use]
    pub fn lcov(&self) -> String {
        let mut text = String::new();
        for (file, lines) in &self.files {
            let covered = lines.values().filter(|count| **count > 0).count();
            let all: String = lines.iter().map(|(line, count)| format!("DA:{line},{count}\n")).collect();
            text.push_str(&format!("SF:{file}\n{all}LF:{}\nLH:{covered}\nend_of_record\n", lines.len()));
        }
        text
    }

    /// Lines that were reached, and all.
    #[must_use]
    pub fn totals(&self) -> (usize, usize) {
        let all = self.files.values().flat_map(BTreeMap::values);
        all.fold((0, 0), |(covered, all), count| (covered + usize::from(*count > 0), all + 1))
    }
}

/// The parts of each of our files.
type Sources = BTreeMap<String, Parts>;

/// What is asked for.
struct Survey<'a> {
    root: &'a Path,
    counts: Counts,
    /// What was looked at already: the same function is in a library and in all that uses it, under the same name,
    /// and its counts are the sum of all of them.
    seen: HashSet<(u64, u64)>,
    all: Sources,
}

impl Survey<'_> {
    /// A file's path from the root, if it is one of ours.
    fn own<'f>(&self, file: &'f str) -> Option<&'f str> {
        let name = Path::new(file).strip_prefix(self.root).ok()?.to_str()?;
        let in_crate = || name.strip_prefix("crates/")?.split_once('/')?.1.strip_prefix("src/");
        (name.starts_with("src/") || in_crate().is_some()).then_some(name)
    }

    fn add(&mut self, mapped: &Mapped, mut shipped: Option<&mut Sources>) {
        if !self.seen.insert(mapped.function) {
            return;
        }
        let counters = self.counts.0.get(&mapped.function).map_or(&[][..], Vec::as_slice);
        let mut reached = Reached::new(mapped, counters);
        for region in &mapped.regions {
            let Some(name) = self.own(&mapped.files[region.file]) else { continue };
            let name = name.to_owned();
            let (part, count) = ((region.start, region.end, region.gap), reached.of(region.counter));
            if let Some(shipped) = shipped.as_deref_mut() {
                shipped.entry(name.clone()).or_default().insert(part, 0);
            }
            let sum = self.all.entry(name).or_default().entry(part).or_default();
            *sum = sum.saturating_add(count);
        }
    }

    fn look(&mut self, path: &Path, mut shipped: Option<&mut Sources>) -> Result<()> {
        let data = std::fs::read(path).with_context(|| format!("{} cannot be read", path.display()))?;
        object_file::read(&data, &mut |mapped| self.add(&mapped, shipped.as_deref_mut()))
            .with_context(|| format!("the map in {} cannot be read", path.display()))
    }
}

/// Reads what cargo told of what it made, and the profiles in a folder.
///
/// # Errors
///
/// If anything is missing or cannot be read: half of it would be another figure.
pub fn measure(root: &Path, messages: &Path, profiles: &Path) -> Result<Report> {
    let text = std::fs::read_to_string(messages);
    let text = text.with_context(|| format!("{} cannot be read", messages.display()))?;
    let made = Made::read(&text, root)?;
    let mut survey =
        Survey { root, counts: read_profiles(profiles)?, seen: HashSet::new(), all: Sources::new() };
    let mut shipped = Sources::new();
    for path in &made.shipped {
        survey.look(path, Some(&mut shipped))?;
    }
    for path in &made.tests {
        survey.look(path, None)?;
    }
    ensure!(
        !shipped.is_empty(),
        "what is shipped holds no map: was it compiled with `-C instrument-coverage`?"
    );
    let mut report = Report::default();
    for (name, parts) in &shipped {
        let counts = lines(&survey.all[name]);
        // Which lines count is decided without the tests, and how often they ran with them.
        let counted = lines(parts).into_keys().map(|line| (line, counts.get(&line).copied().unwrap_or(0)));
        report.files.insert(name.clone(), counted.collect());
    }
    Ok(report)
}

fn read_profiles(folder: &Path) -> Result<Counts> {
    let mut counts = Counts::default();
    let mut many = 0;
    let unreadable = || format!("{} cannot be read", folder.display());
    for entry in std::fs::read_dir(folder).with_context(unreadable)? {
        let path = entry.with_context(unreadable)?.path();
        if path.extension().is_none_or(|extension| extension != "profraw") {
            continue;
        }
        let data = std::fs::read(&path).with_context(|| format!("{} cannot be read", path.display()))?;
        // A process that was killed before it wrote anything leaves an empty file.
        if !data.is_empty() {
            counts.add(&data).with_context(|| format!("{} cannot be read", path.display()))?;
            many += 1;
        }
    }
    ensure!(many > 0, "{} holds no profile: did the tests run?", folder.display());
    Ok(counts)
}
