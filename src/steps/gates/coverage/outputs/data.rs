//! `coverage.json`: the coverage for programs.

use std::collections::BTreeMap;
use std::io::{self, Write};

use serde::{Deserialize, Serialize};

use super::told::Told;
use crate::formats::coverage::{Gap, Measure, Unit};
use crate::model::Digest;

/// Its name.
pub const DATA: &str = "coverage.json";

/// The same below the dist folder.
pub const DATA_PATH: &str = "report/coverage/coverage.json";

/// The version of its form. What is added later has a new name and leaves this number as it is.
pub const DATA_FORMAT: u32 = 1;

/// What is read back of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Totals {
    /// The form's version.
    pub format: u32,
    /// The commit that was measured.
    pub commit: String,
    /// The project's folder below the repository's root; empty for the root.
    pub dir: String,
    /// What was covered of the whole.
    pub totals: BTreeMap<Unit, Measure>,
}

/// A file's page.
#[derive(Serialize)]
pub struct Page {
    /// Beside `coverage.json`.
    pub file: String,
    /// What is in it.
    pub digest: Digest,
}

#[derive(Serialize)]
struct Data<'a> {
    #[serde(flatten)]
    totals: Totals,
    /// The digest of the source; another than the commit's tree where files were changed.
    tree: &'a str,
    project: &'a str,
    minimum: String,
    answer: &'static str,
    #[serde(skip_serializing_if = "nothing")]
    branches: Measure,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    kinds: &'a BTreeMap<&'static str, BTreeMap<Unit, Measure>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    functional_only: Vec<Only<'a>>,
    /// Names in the reports that are no file of the project.
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    foreign: &'a [String],
    files: Vec<File<'a>>,
}

#[derive(Serialize)]
struct Only<'a> {
    file: &'a str,
    unit: Unit,
    count: u64,
}

#[derive(Serialize)]
struct File<'a> {
    file: &'a str,
    unit: Unit,
    covered: u64,
    total: u64,
    #[serde(skip_serializing_if = "nothing")]
    branches: Measure,
    uncovered: Vec<Range>,
    #[serde(skip_serializing_if = "Option::is_none")]
    page: Option<&'a Page>,
}

#[derive(Serialize)]
struct Range {
    from: u32,
    to: u32,
    count: u64,
}

fn nothing(measure: &Measure) -> bool {
    measure.total == 0
}

/// Writes it; `pages` are those of files, by name.
pub fn data(told: &Told, pages: &BTreeMap<String, Page>, out: &mut dyn Write) -> io::Result<()> {
    let facts = told.facts;
    let range = |gap: &Gap| Range { from: gap.from, to: gap.to, count: gap.size };
    let files = told.files.iter().map(|file| File {
        file: &file.name,
        unit: file.unit,
        covered: file.measure.covered,
        total: file.measure.total,
        branches: file.branches,
        uncovered: file.gaps.iter().map(range).collect(),
        page: pages.get(&file.name),
    });
    let data = Data {
        totals: Totals {
            format: DATA_FORMAT,
            commit: facts.commit.id.clone(),
            dir: facts.dir.to_string(),
            totals: told.totals(),
        },
        tree: &facts.commit.tree,
        project: &facts.project,
        minimum: told.minimum.to_string(),
        answer: told.verdict.status.word(),
        branches: told.branches(),
        kinds: &told.kinds,
        functional_only: told
            .functional_only
            .iter()
            .map(|(file, unit, count)| Only { file, unit: *unit, count: *count })
            .collect(),
        foreign: told.foreign,
        files: files.collect(),
    };
    serde_json::to_writer_pretty(&mut *out, &data)?;
    out.write_all(b"\n")
}
