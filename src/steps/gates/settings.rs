//! What all gates share.

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::kit::span::Span;

/// The settings of `gates` beside its rooms.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct GatesSettings {
    /// Reports that exist already, by their path from the repository's root: each is read by the gate that it
    /// is for, which then runs no tool that it stands in for. `unit=FILE`, `integration=FILE` and
    /// `functional=FILE` say what kind of tests a report is of. A path may be a pattern: of `{a,b}` each must be
    /// there, `*` and `**` take what there is, which is at least one file.
    pub reports: Vec<Named>,
    /// How old such a report may be.
    pub max_report_age: Span,
    /// Whether the gates may be asked for alone although none of them has anything to look at. Otherwise that is no
    /// pass (exit code 11); a whole run tells of it and goes on.
    pub allow_none: bool,
}

impl Default for GatesSettings {
    fn default() -> Self {
        Self { reports: Vec::new(), max_report_age: Span::seconds(12 * 60 * 60), allow_none: false }
    }
}

/// What kind of tests a report is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TestKind {
    /// Of single pieces.
    Unit,
    /// Of pieces together.
    Integration,
    /// Of the whole, as its users have it.
    Functional,
}

impl TestKind {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Unit, Self::Integration, Self::Functional];

    /// The word before the `=`.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Unit => "unit",
            Self::Integration => "integration",
            Self::Functional => "functional",
        }
    }
}

/// A report as the user names it: `FILE` or `KIND=FILE`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Named {
    /// What kind of tests it is of, where that is said.
    pub kind: Option<TestKind>,
    /// The path, absolute or from the repository's root.
    pub file: String,
}

impl FromStr for Named {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let kind = TestKind::ALL.into_iter().find_map(|kind| {
            let file = text.strip_prefix(kind.word())?.strip_prefix('=')?;
            Some((kind, file))
        });
        let (kind, file) = kind.map_or((None, text), |(kind, file)| (Some(kind), file));
        if file.is_empty() || file.contains('\0') {
            return Err(format!("`{}` names no file", text.escape_debug()));
        }
        Ok(Self { kind, file: file.to_owned() })
    }
}

impl fmt::Display for Named {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.kind {
            Some(kind) => write!(f, "{}={}", kind.word(), self.file),
            None => f.write_str(&self.file),
        }
    }
}

impl Serialize for Named {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Named {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

impl JsonSchema for Named {
    fn schema_name() -> Cow<'static, str> {
        "Report".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "description": "A report's path, with its kind before it where that is said: `unit=coverage.info`." })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_kind_stands_before_the_file() {
        for (text, kind, file) in [
            ("a.info", None, "a.info"),
            ("unit=a.info", Some(TestKind::Unit), "a.info"),
            ("functional=dir/a=b", Some(TestKind::Functional), "dir/a=b"),
            ("./unit=a", None, "./unit=a"),
            ("other=a", None, "other=a"),
        ] {
            let named: Named = text.parse().unwrap();
            assert_eq!((named.kind, named.file.as_str()), (kind, file));
            assert_eq!(named.to_string(), text);
        }
        for text in ["", "unit=", "a\0b"] {
            assert!(text.parse::<Named>().is_err(), "{text}");
        }
    }
}
