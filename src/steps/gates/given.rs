//! Reports that the user gives (`--report FILE`, `gates.reports`): the gate that one is for reads it and runs
//! no tool.
//!
//! A room takes them in three places. Its `look` gives [`look`]`(FORMATS, outlook)`: those of the reports
//! that are of its formats, with their digests. Its `plan` asks [`Given::of`]`(scene)`: with nothing there
//! it plans its tools as ever; else it plans one check, `keyed("given", &given.key())`, and keeps no verdict, since
//! what was fresh enough yesterday may not be today. That check calls [`Given::read`], which refuses what is stale or
//! was changed meanwhile. A report that is not there, is empty or fits no format of any room is told once, by the room
//! `known`.

use std::collections::BTreeSet;
use std::io::Read;
use std::sync::Arc;

use camino::{Utf8Path, Utf8PathBuf};
use serde::{Deserialize, Serialize};

use super::fitting::{Wanted, fitting};
use super::fresh::Fresh;
use super::settings::{GatesSettings, Named, TestKind};
use crate::formats::{self, Dated, Format};
use crate::kit::span::Span;
use crate::model::{Digest, Hasher, Problem, Proof};
use crate::ports::Files;
use crate::ports::files::Meta;
use crate::steps::room::{Outlook, Scene, Seen, Site};

/// What the keys begin with under which a room notes the reports that it saw.
const NOTED: &str = "report ";

/// A report of a room's formats.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Report {
    /// As the user named it, with its kind.
    pub named: Named,
    /// The format's name.
    pub format: String,
    /// What was in it when it was looked at.
    pub digest: Digest,
}

/// The reports that a room takes.
#[derive(Debug, Clone)]
pub struct Given {
    reports: Vec<Report>,
    max_age: Span,
    /// The commit and its tree, of which they have to speak.
    of: (String, String),
}

/// A report that was read.
#[derive(Debug)]
pub struct ReadReport<T> {
    /// Which one.
    pub report: Report,
    /// What it says.
    pub content: T,
}

/// The reports among those given that are of one of these formats, for a room's `look`.
///
/// # Errors
///
/// If one is there and cannot be read.
pub async fn look<T: 'static>(formats: &'static [Format<T>], outlook: &Outlook) -> Result<Seen, Problem> {
    let settings: GatesSettings = outlook.step()?;
    let (files, root) = (Arc::clone(&outlook.ports.files), outlook.facts.root.clone());
    let looking = tokio::task::spawn_blocking(move || {
        let mut seen = Seen::new();
        let mut known = BTreeSet::new();
        let mut meant = Vec::new();
        for named in &settings.reports {
            let fits = fitting(files.as_ref(), &root, named, Wanted::Files);
            meant.extend(fits.map_err(|problem| problem.of_setting("gates.reports"))?);
        }
        for (index, named) in meant.into_iter().enumerate() {
            let Some((path, _)) = find(files.as_ref(), &root, &named)? else { continue };
            let (format, _, _) =
                formats::choose(formats, files.open(&path)?).map_err(|error| unread(&named, &error))?;
            let Some(format) = format else { continue };
            let (_, digest) = files.digest(&path)?;
            // The same report named twice says nothing twice.
            if !known.insert((named.kind, digest.to_string())) {
                continue;
            }
            let report = Report { named, format: format.name.into(), digest };
            let noted = serde_json::to_string(&report)
                .map_err(|error| Problem::new("what was seen cannot be noted").caused_by(&error))?;
            seen.insert(format!("{NOTED}{index:06}"), noted);
        }
        Ok(seen)
    });
    looking.await.map_err(|error| Problem::new("the reports could not be looked at").caused_by(&error))?
}

/// The reports that [`look`] noted.
///
/// # Errors
///
/// If the notes are not its own.
pub fn noted(seen: &Seen) -> Result<Vec<Report>, Problem> {
    let noted = seen.iter().filter(|(name, _)| name.starts_with(NOTED));
    let reports: Result<Vec<Report>, _> = noted.map(|(_, text)| serde_json::from_str(text)).collect();
    reports.map_err(|error| Problem::new("what was seen cannot be read").caused_by(&error))
}

/// The file behind a name and what is known of it, links followed; none where nothing to read is there.
///
/// # Errors
///
/// If it is there and cannot be looked at.
pub fn find(
    files: &dyn Files,
    root: &Utf8Path,
    named: &Named,
) -> Result<Option<(Utf8PathBuf, Meta)>, Problem> {
    let path = match files.real_path(&root.join(&named.file)) {
        Err(error) if error.is_missing() => return Ok(None),
        path => path?,
    };
    let meta = files.meta(&path)?.filter(|meta| !meta.is_dir && meta.len > 0);
    Ok(meta.map(|meta| (path, meta)))
}

fn unread(named: &Named, error: &(dyn std::error::Error + 'static)) -> Problem {
    Problem::new(format!("{} cannot be read", named.file)).caused_by(error)
}

impl Given {
    /// What the room noted when it looked; none where no report is for it.
    ///
    /// # Errors
    ///
    /// If the step's settings are not those of `gates`, or the notes are not those of [`look`].
    pub fn of(scene: &Scene) -> Result<Option<Self>, Problem> {
        let reports = noted(scene.seen)?;
        if reports.is_empty() {
            return Ok(None);
        }
        let settings: GatesSettings = scene.step()?;
        let of = (scene.facts.commit.id.clone(), scene.facts.commit.tree.clone());
        Ok(Some(Self { reports, max_age: settings.max_report_age, of }))
    }

    /// Whether one of them is of one of these formats.
    #[must_use]
    pub fn is_any_of<T>(&self, formats: &[Format<T>]) -> bool {
        self.reports.iter().any(|report| formats.iter().any(|format| format.name == report.format))
    }

    /// What of them decides an outcome: what they are called, what is in them, and the commit that they have to
    /// be younger than: a verdict on one is none on the next.
    #[must_use]
    pub fn key(&self) -> (&(String, String), Vec<(String, Digest)>) {
        (&self.of, self.reports.iter().map(|report| (report.named.to_string(), report.digest)).collect())
    }

    /// Reads all of them; `wanted` says what they have in common, `coverage report`.
    ///
    /// # Errors
    ///
    /// All that prove nothing: stale, changed since they were looked at, or broken.
    pub async fn read<T: Dated + Send + 'static>(
        &self,
        formats: &'static [Format<T>],
        wanted: &'static str,
        site: &Site,
    ) -> Result<Vec<ReadReport<T>>, Problem> {
        let named: Vec<&str> = self.reports.iter().map(|report| report.named.file.as_str()).collect();
        refuse_tracked(site, &named).await?;
        let (files, facts) = (Arc::clone(&site.ports.files), Arc::clone(&site.facts));
        let (given, now) = (self.clone(), site.ports.clock.now());
        let reading = tokio::task::spawn_blocking(move || {
            let mut read = Vec::new();
            let mut problems = Vec::new();
            for report in given.reports {
                let fresh = Fresh { facts: &facts, max_age: given.max_age, now };
                match read_one(formats, wanted, files.as_ref(), &fresh, &report) {
                    Ok(content) => read.push(ReadReport { report, content }),
                    Err(problem) => problems.push(problem),
                }
            }
            Problem::none_of(problems)?;
            Ok(read)
        });
        reading.await.map_err(|error| Problem::new("the reports could not be read").caused_by(&error))?
    }
}

impl Report {
    /// The report as proof of a verdict.
    #[must_use]
    pub fn proof(&self) -> Proof {
        // A proof's file is one below dist; this one is wherever the user has it.
        Proof {
            what: format!("{} ({})", self.named.file, self.format),
            file: None,
            digest: Some(self.digest),
            tool: None,
        }
    }

    /// What kind of tests it is of.
    #[must_use]
    pub fn kind(&self) -> Option<TestKind> {
        self.named.kind
    }
}

/// Refuses reports, and folders of them, that are part of the commit: a checkout gives every file a new time, so such
/// a one always looks fresh.
///
/// # Errors
///
/// If one is, or it cannot be asked.
pub async fn refuse_tracked(site: &Site, names: &[&str]) -> Result<(), Problem> {
    let mut problems = Vec::new();
    let root = site.ports.files.real_path(&site.facts.root)?;
    for name in names {
        let path = match site.ports.files.real_path(&site.facts.root.join(name)) {
            // What is not there is told by who reads it.
            Err(error) if error.is_missing() => continue,
            path => path?,
        };
        let Ok(inside) = path.strip_prefix(&root) else { continue };
        let pattern = format!(":(top,literal){inside}");
        if !site.ports.git.run(&["ls-files", "-z", "--", &pattern]).await?.is_empty() {
            problems.push(
                Problem::new(format!("{name} is part of the commit"))
                    .because("it was made before the commit that it should speak of")
                    .fix("make the report from this commit, into a file that Git ignores"),
            );
        }
    }
    Problem::none_of(problems)
}

fn read_one<T: Dated>(
    formats: &'static [Format<T>],
    wanted: &str,
    files: &dyn Files,
    fresh: &Fresh,
    report: &Report,
) -> Result<T, Problem> {
    let name = &report.named.file;
    let gone =
        || Problem::new(format!("{name} has gone while it was to be read")).fix("run the step `gates` again");
    let (path, meta) = find(files, &fresh.facts.root, &report.named)?.ok_or_else(gone)?;
    fresh.refuse_stale(name, &meta)?;
    let mut source = Hashed { source: files.open(&path)?, hasher: Hasher::default() };
    let read = formats::read(formats, wanted, &mut source);
    let (_, content) = read.map_err(|bad| {
        bad.problem(name)
            .fix("mend what the cause names, and make the report again with a tool that ran to its end")
    })?;
    // A reader may stop before the end; the digest is of the whole.
    std::io::copy(&mut source, &mut std::io::sink()).map_err(|error| unread(&report.named, &error))?;
    if source.hasher.finish() != report.digest {
        return Err(Problem::new(format!("{name} was changed while it was read"))
            .fix("let the tool that writes it end, then run the step `gates` again"));
    }
    fresh.refuse_told(name, content.made())?;
    fresh.refuse_other(name, content.revisions())?;
    Ok(content)
}

/// Hashes what is read through it.
struct Hashed<R> {
    source: R,
    hasher: Hasher,
}

impl<R: Read> Read for Hashed<R> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let count = self.source.read(buffer)?;
        self.hasher.update(&buffer[..count]);
        Ok(count)
    }
}
