//! What scanners and linters found, whatever format said so.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::Severity;
use super::listed::Listed;
use crate::formats::{Dated, Made};

/// Where in a file.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Place {
    /// The file as the tool names it; never opened by that name.
    pub file: String,
    /// The line, from 1; 0 where the whole file is meant.
    pub line: u32,
    /// The column, from 1; 0 where the whole line is meant.
    pub column: u32,
}

/// A package in which something is wrong.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Package {
    /// The ecosystem in OSV's names (https://ossf.github.io/osv-schema/#affectedpackage-field): `Go`, `crates.io`,
    /// `npm`; empty where the tool does not say.
    pub ecosystem: String,
    /// Its name.
    pub name: String,
    /// The version that is used, without a leading `v`.
    pub version: String,
}

/// How near the program comes to what is wrong, the farthest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reach {
    /// A module with it is required.
    Required,
    /// A package with it is imported.
    Imported,
    /// It is called.
    Called,
}

/// One thing that was found. It holds no secret: readers cut those out.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Finding {
    /// The rule or the advisory: `G104`, `GO-2021-0113`.
    pub id: String,
    /// Other names of the same advisory: CVE, GHSA and so on.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub aliases: BTreeSet<String>,
    /// How bad; none where the tool does not say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub severity: Option<Severity>,
    /// One line for people.
    pub message: String,
    /// Where.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub place: Option<Place>,
    /// In what.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub package: Option<Package>,
    /// The versions without it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub fixed: Vec<String>,
    /// How near the program comes to it, where the tool looks.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reach: Option<Reach>,
    /// True where its author let it pass in the source: shown, and judged by policy.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub suppressed: bool,
    /// A page about it.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub url: String,
    /// The ways of compiling for which it was found, by name; empty where that is not told.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub platforms: BTreeSet<String>,
    /// What the tool itself knows it by, where it has such a thing: `COMMIT:FILE:RULE:LINE`.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub fingerprint: String,
}

impl Finding {
    /// All that it is known by: its name, its other names, and what the tool itself knows it by.
    #[must_use]
    pub fn names(&self) -> BTreeSet<String> {
        let own = [&self.id, &self.fingerprint].into_iter().filter(|name| !name.is_empty());
        own.chain(&self.aliases).cloned().collect()
    }
}

/// What a report is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Subject {
    /// Weaknesses, in packages or in the code.
    #[default]
    Security,
    /// Secrets in files or commits.
    Secrets,
    /// Style and likely mistakes.
    Lint,
}

/// A database of vulnerabilities, as a report tells of it.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Database {
    /// Where it is, or its commit.
    pub name: String,
    /// When it was last changed, as the tool writes it; empty where this report does not say.
    pub modified: String,
}

/// A whole report.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Findings {
    /// The tool that wrote it, as it calls itself: `gosec`.
    pub tool: String,
    /// Its version, empty where the report does not say.
    pub version: String,
    /// What was looked at, counted in the tool's own unit (`files`, `modules`, `packages`, `commits`); none where the
    /// report does not say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub looked_at: Option<(u64, String)>,
    /// What it is about.
    #[serde(default)]
    pub subject: Subject,
    /// The database that it looked things up in; none where its tool never says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub database: Option<Database>,
    /// The projects that it was made of, by their own names (Go's module paths); empty where its tool never says.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub projects: Vec<String>,
    /// The ways of compiling that it looked at, by name; empty where that is not told.
    #[serde(skip)]
    pub platforms: BTreeSet<String>,
    /// The findings, in the report's order; where not all are kept, the worst come first.
    pub findings: Vec<Finding>,
    /// How many more there are, none worse than those that are kept.
    #[serde(default)]
    pub left_out: u64,
    /// How many comments in the source its tool heeded, where it does not tell what they let pass.
    #[serde(default)]
    pub hushed: u64,
    /// What it names as looked at; empty where its tool lists nothing.
    #[serde(skip)]
    pub listed: Listed,
    /// When it says that it was made.
    #[serde(skip)]
    pub made: Option<Made>,
    /// The commits that each run in it says it is of, in Git's names; empty where none says so.
    #[serde(skip)]
    pub revisions: BTreeSet<BTreeSet<String>>,
}

impl Findings {
    /// Notes of which ways of compiling it is.
    #[must_use]
    pub fn of(mut self, platforms: &BTreeSet<String>) -> Self {
        for finding in &mut self.findings {
            finding.platforms.clone_from(platforms);
        }
        Self { platforms: platforms.clone(), ..self }
    }
}

/// Most tools tell no time, so it is the file's; how old a database is is asked by itself.
impl Dated for Findings {
    fn made(&self) -> Option<Made> {
        self.made
    }

    fn revisions(&self) -> Option<&BTreeSet<BTreeSet<String>>> {
        Some(&self.revisions)
    }
}
