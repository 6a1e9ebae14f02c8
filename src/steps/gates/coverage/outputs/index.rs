//! The page of all files, those first that cost most.

use std::collections::BTreeMap;

use minijinja::{Environment, Value, context};
use serde::Serialize;

use super::data::Page;
use super::safe::visible;
use super::told::Told;
use crate::formats::coverage::{FileCoverage, Measure};
use crate::kit::threshold::shown;
use crate::model::{Row, Status};

const INDEX: &str = include_str!("html/index.html");

/// How all pages look.
pub const STYLE: &str = include_str!("html/style.css");

/// How many files are listed.
pub const MOST_FILES: usize = 5_000;

#[derive(Serialize)]
struct Line {
    name: String,
    page: Option<String>,
    /// How long the bar is, in hundredths.
    width: u128,
    percent: String,
    missed: u64,
    of: String,
    branches: String,
}

fn line(file: &FileCoverage, pages: &BTreeMap<String, Page>) -> Line {
    let Measure { covered, total } = file.measure;
    let to = file.gaps.first().map(|gap| format!("#L{}", gap.from)).unwrap_or_default();
    Line {
        name: visible(&file.name),
        page: pages.get(&file.name).map(|page| format!("{}{to}", page.file)),
        width: (u128::from(covered) * 100).checked_div(u128::from(total)).unwrap_or(0),
        percent: shown(covered, total),
        missed: file.measure.missed(),
        of: file.unit.count(total),
        branches: match file.branches {
            Measure { total: 0, .. } => String::new(),
            Measure { covered, total } => shown(covered, total),
        },
    }
}

/// The page, with the picture of the trend.
///
/// # Errors
///
/// If the template fails, which would be a bug.
pub fn index(
    told: &Told,
    pages: &BTreeMap<String, Page>,
    trend: Option<&str>,
) -> Result<String, minijinja::Error> {
    let files: Vec<Line> =
        told.by_cost().into_iter().take(MOST_FILES).map(|file| line(file, pages)).collect();
    let row = |row: &Row| Row { metric: visible(&row.metric), actual: visible(&row.actual), ..row.clone() };
    let rows: Vec<Row> = told.verdict.rows.iter().map(row).collect();
    let facts = told.facts;
    let mut environment = Environment::new();
    environment.add_template("index.html", INDEX)?;
    environment.get_template("index.html")?.render(context! {
        style => Value::from_safe_string(STYLE.into()),
        good => told.verdict.status == Status::Pass,
        project => visible(&facts.project),
        summary => visible(&told.verdict.summary),
        commit => facts.commit.id.clone(),
        changed => !facts.commit.dirty.is_empty(),
        minimum => told.minimum.to_string(),
        trend => trend.map(|trend| Value::from_safe_string(trend.to_owned())),
        left_out => told.files.len().saturating_sub(MOST_FILES),
        without_page => files.iter().any(|file| file.page.is_none()),
        branches => told.branches().total > 0,
        rows => minijinja::value::Serde(rows),
        files => minijinja::value::Serde(files),
    })
}
