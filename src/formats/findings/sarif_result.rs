//! A result of a SARIF run (SARIF 2.1.0 §3.27): looked at, or held until it is known what explains it.

use serde::{Deserialize, Deserializer};

use super::finding::Place;
use super::sarif_rules::{Properties, Rated, Reference};
use super::values::{Number, Text, line, list_or_null, or_default, short};
use crate::formats::json::each_or_null;

/// The longest line of a result that waits, and what is more than any level, in characters.
const LINE: usize = 1_000;
const LONGEST_LEVEL: usize = 20;

/// What is asked of a result.
pub(super) trait Told {
    /// The name of its rule; empty where it has none.
    fn rule_id(&self) -> &str;
    /// The index of its rule.
    fn rule_index(&self) -> Option<i64>;
    /// What more it says of its rule.
    fn rule(&self) -> Option<&Reference>;
    /// Its level, where it has one of its own.
    fn level(&self) -> Option<&str>;
    /// The first line of its message, of the Markdown where it has no text.
    fn line(&self) -> String;
    /// Where it is.
    fn place(&self) -> Option<Place>;
    /// Let pass by its author, and nobody has yet to agree or has disagreed (§3.35.3).
    fn is_suppressed(&self) -> bool;
    /// What it says of its severity.
    fn rated(&self) -> Rated;
}

/// A result. Its texts are held (`Text`), or only looked at (`Words`). Snippets, which may hold secrets, are not read.
#[derive(Deserialize, Default)]
#[serde(default, rename_all = "camelCase", bound(deserialize = "T: Deserialize<'de> + Default"))]
pub(super) struct Hit<T> {
    rule_id: T,
    rule_index: Option<i64>,
    rule: Reference,
    pub(super) kind: T,
    level: Option<T>,
    message: Message<T>,
    #[serde(deserialize_with = "first")]
    locations: Option<Location<T>>,
    #[serde(deserialize_with = "list_or_null")]
    suppressions: Vec<Suppression>,
    baseline_state: T,
    #[serde(deserialize_with = "or_default")]
    properties: Properties,
}

/// What is kept of a result until it is known what explains it: many may wait.
pub(super) struct Waiting {
    rule_id: String,
    rule_index: Option<i64>,
    /// Few results say more of their rule than its name and index.
    rule: Option<Box<Reference>>,
    level: Option<String>,
    line: String,
    place: Option<Place>,
    suppressed: bool,
    rated: Rated,
}

/// A text, or what stands for it.
#[derive(Deserialize, Default)]
#[serde(default, bound(deserialize = "T: Deserialize<'de> + Default"))]
pub(super) struct Message<T> {
    pub(super) text: T,
    markdown: T,
}

#[derive(Deserialize, Default)]
#[serde(default, rename_all = "camelCase", bound(deserialize = "T: Deserialize<'de> + Default"))]
struct Location<T> {
    physical_location: Physical<T>,
}

#[derive(Deserialize, Default)]
#[serde(default, rename_all = "camelCase", bound(deserialize = "T: Deserialize<'de> + Default"))]
struct Physical<T> {
    artifact_location: ArtifactLocation<T>,
    region: Region,
}

#[derive(Deserialize, Default)]
#[serde(default, bound(deserialize = "T: Deserialize<'de> + Default"))]
struct ArtifactLocation<T> {
    uri: T,
}

#[derive(Deserialize, Default)]
#[serde(default, rename_all = "camelCase")]
struct Region {
    start_line: Number,
    start_column: Number,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Suppression {
    status: Text,
}

/// The first of a list that may be long.
fn first<'de, D, T>(deserializer: D) -> Result<Option<Location<T>>, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de> + Default,
{
    let mut found = None;
    let list = each_or_null(|location: Location<T>| {
        found.get_or_insert(location);
        Ok(())
    });
    serde::de::DeserializeSeed::deserialize(list, deserializer)?;
    Ok(found)
}

impl<T: AsRef<str>> Hit<T> {
    /// Whether it was there once and is gone (§3.27.24).
    pub(super) fn is_absent(&self) -> bool {
        self.baseline_state.as_ref() == "absent"
    }

    /// What is kept of it.
    pub(super) fn waiting(self) -> Waiting {
        let cut = |text: &str, most: usize| {
            let mut text = text.to_owned();
            short(&mut text, most);
            text
        };
        Waiting {
            line: self.line(),
            place: self.place(),
            suppressed: self.is_suppressed(),
            rated: self.rated(),
            rule_id: self.rule_id.as_ref().to_owned(),
            rule_index: self.rule_index,
            level: self.level().map(|level| cut(level, LONGEST_LEVEL)),
            rule: (!self.rule.is_empty()).then(|| Box::new(self.rule)),
        }
    }
}

impl<T: AsRef<str>> Told for Hit<T> {
    fn rule_id(&self) -> &str {
        self.rule_id.as_ref()
    }

    fn rule_index(&self) -> Option<i64> {
        self.rule_index
    }

    fn rule(&self) -> Option<&Reference> {
        (!self.rule.is_empty()).then_some(&self.rule)
    }

    fn level(&self) -> Option<&str> {
        self.level.as_ref().map(AsRef::as_ref)
    }

    fn line(&self) -> String {
        let lines = [&self.message.text, &self.message.markdown].map(|text| line(text.as_ref()));
        let mut line = lines.into_iter().find(|line| !line.is_empty()).unwrap_or_default().to_owned();
        short(&mut line, LINE);
        line
    }

    fn place(&self) -> Option<Place> {
        let physical = &self.locations.as_ref()?.physical_location;
        let uri = physical.artifact_location.uri.as_ref();
        let path = uri.strip_prefix("file://").unwrap_or(uri);
        let file = percent_encoding::percent_decode_str(path).decode_utf8_lossy().replace('\\', "/");
        let Region { start_line, start_column } = physical.region;
        (!file.is_empty()).then_some(Place { file, line: start_line.0, column: start_column.0 })
    }

    fn is_suppressed(&self) -> bool {
        let open = |it: &Suppression| matches!(it.status.0.as_str(), "underReview" | "rejected");
        !self.suppressions.is_empty() && !self.suppressions.iter().any(open)
    }

    fn rated(&self) -> Rated {
        self.properties.severity()
    }
}

impl Told for Waiting {
    fn rule_id(&self) -> &str {
        &self.rule_id
    }

    fn rule_index(&self) -> Option<i64> {
        self.rule_index
    }

    fn rule(&self) -> Option<&Reference> {
        self.rule.as_deref()
    }

    fn level(&self) -> Option<&str> {
        self.level.as_deref()
    }

    fn line(&self) -> String {
        self.line.clone()
    }

    fn place(&self) -> Option<Place> {
        self.place.clone()
    }

    fn is_suppressed(&self) -> bool {
        self.suppressed
    }

    fn rated(&self) -> Rated {
        self.rated
    }
}
