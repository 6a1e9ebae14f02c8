//! What tools hand on of advisories in OSV's form (<https://ossf.github.io/osv-schema/>).

use serde::Deserialize;

use super::values::{Text, list_or_null};

/// What of which package an advisory is about.
#[derive(Deserialize, Default)]
#[serde(default)]
pub struct Affected {
    /// The package.
    pub package: Named,
    /// Its versions.
    #[serde(deserialize_with = "list_or_null")]
    pub ranges: Vec<Span>,
}

/// A package.
#[derive(Deserialize, Default)]
#[serde(default)]
pub struct Named {
    /// Its name.
    pub name: Text,
    /// The version that is used, where one is.
    pub version: Text,
    /// The ecosystem in OSV's names.
    pub ecosystem: Text,
}

/// Versions one after the other.
#[derive(Deserialize, Default)]
#[serde(default)]
pub struct Span {
    /// Where it begins and ends, in order.
    #[serde(deserialize_with = "list_or_null")]
    pub events: Vec<Event>,
}

/// A version with which something changes; one of the two is empty.
#[derive(Deserialize, Default)]
#[serde(default)]
pub struct Event {
    /// The first that is affected; `0` for all from the beginning.
    pub introduced: Text,
    /// The first that is not any more.
    pub fixed: Text,
}

impl Affected {
    /// Whether a version lies in the ranges; one that is no version may.
    pub fn holds(&self, version: &str) -> bool {
        let parse = |text: &str| semver::Version::parse(text.trim_start_matches('v'));
        let Ok(version) = parse(version) else { return true };
        let inside = |span: &Span| {
            span.events.iter().fold(false, |inside, event| {
                let Event { introduced, fixed } = event;
                let reached = |text: &str| text == "0" || parse(text).map_or(true, |from| version >= from);
                match (introduced.0.as_str(), fixed.0.as_str()) {
                    ("", "") => inside,
                    ("", fixed) => inside && parse(fixed).map_or(true, |fixed| version < fixed),
                    (introduced, _) => inside || reached(introduced),
                }
            })
        };
        self.ranges.iter().any(inside)
    }

    /// The versions without it.
    pub fn fixed(&self) -> impl Iterator<Item = &str> {
        let events = self.ranges.iter().flat_map(|span| &span.events);
        events.map(|event| event.fixed.0.as_str()).filter(|fixed| !fixed.is_empty())
    }
}
