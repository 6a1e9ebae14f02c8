//! What tools hand on of advisories in OSV's form (<https://ossf.github.io/osv-schema/>).

use serde::Deserialize;

use super::values::{Text, list_or_null};

/// What of which package an advisory is about.
#[derive(Deserialize, Default)]
#[serde(default, bound(deserialize = "T: Deserialize<'de> + Default"))]
pub struct Affected<T = Text> {
    /// The package.
    pub package: Named<T>,
    /// Its versions.
    #[serde(deserialize_with = "list_or_null")]
    pub ranges: Vec<Span<T>>,
}

/// A package.
#[derive(Deserialize, Default)]
#[serde(default, bound(deserialize = "T: Deserialize<'de> + Default"))]
pub struct Named<T = Text> {
    /// Its name.
    pub name: T,
    /// The version that is used, where one is.
    pub version: T,
    /// The ecosystem in OSV's names.
    pub ecosystem: T,
}

/// Versions one after the other.
#[derive(Deserialize, Default)]
#[serde(default, bound(deserialize = "T: Deserialize<'de> + Default"))]
pub struct Span<T = Text> {
    /// Where it begins and ends, in order.
    #[serde(deserialize_with = "list_or_null")]
    pub events: Vec<Event<T>>,
}

/// A version with which something changes; one of the two is empty.
#[derive(Deserialize, Default)]
#[serde(default, bound(deserialize = "T: Deserialize<'de> + Default"))]
pub struct Event<T = Text> {
    /// The first that is affected; `0` for all from the beginning.
    pub introduced: T,
    /// The first that is not any more.
    pub fixed: T,
}

impl<T: AsRef<str>> Affected<T> {
    /// Whether a version lies in the ranges; one that is no version may.
    pub fn holds(&self, version: &str) -> bool {
        let parse = |text: &str| semver::Version::parse(text.trim_start_matches('v'));
        let Ok(version) = parse(version) else { return true };
        let inside = |span: &Span<T>| {
            span.events.iter().fold(false, |inside, event| {
                let Event { introduced, fixed } = event;
                let reached = |text: &str| text == "0" || parse(text).map_or(true, |from| version >= from);
                match (introduced.as_ref(), fixed.as_ref()) {
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
        events.map(|event| event.fixed.as_ref()).filter(|fixed| !fixed.is_empty())
    }
}
