//! How old a database is: too old is no evidence.

use std::borrow::Cow;
use std::fmt;

use chrono::{DateTime, Duration, Utc};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::formats::findings::Database;
use crate::model::{Problem, Row};

/// How far clocks may be apart.
const APART: Duration = Duration::days(1);

/// What the age of databases is compared with.
#[derive(Debug, Clone, Copy)]
pub struct Ages {
    /// The section whose `max_age` says so.
    pub setting: &'static str,
    /// How old they may be.
    pub max: Days,
    /// The moment.
    pub now: DateTime<Utc>,
}

impl Ages {
    /// The age of a tool's database.
    ///
    /// # Errors
    ///
    /// If it is too old, of a day to come, or of a day that nobody knows.
    pub fn row(&self, tool: &str, database: &Database) -> Result<Row, Problem> {
        let Database { name, modified } = database;
        let modified = DateTime::parse_from_rfc3339(modified).map_err(|error| {
            Problem::new(format!("the database of {tool} does not say of which day it is"))
                .because(if modified.is_empty() { "its report names none".into() } else { modified.clone() })
                .caused_by(&error)
                .fix("let the tool fetch its database itself when it makes the report, or let release-action look")
        })?;
        let age = self.now.signed_duration_since(modified);
        let of = format!("{name} is of {modified}, and `{}.max_age` is {}", self.setting, self.max);
        if age < -APART {
            return Err(Problem::new(format!("the database of {tool} is of a day to come"))
                .because(of)
                .fix("set this machine's clock right, or fetch the database anew"));
        }
        if age > Duration::days(i64::from(self.max.0)) {
            return Err(Problem::new(format!("the database of {tool} is {} days old", age.num_days()))
                .because(of)
                .fix("fetch a newer one"));
        }
        Ok(Row {
            metric: format!("age of the database of {tool}"),
            comparator: "<=".into(),
            threshold: self.max.to_string(),
            actual: format!("{}d", age.num_days().max(0)),
            ok: true,
        })
    }
}

/// A number of days: `7d`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Days(pub u16);

impl fmt::Display for Days {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}d", self.0)
    }
}

impl Serialize for Days {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Days {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let days = text.strip_suffix('d').filter(|digits| digits.bytes().all(|byte| byte.is_ascii_digit()));
        let days = days.and_then(|digits| digits.parse().ok()).map(Self);
        days.ok_or_else(|| {
            serde::de::Error::custom(format!(
                "`{text}` is no number of days: a whole number with d is expected, as in `7d`"
            ))
        })
    }
}

impl JsonSchema for Days {
    fn schema_name() -> Cow<'static, str> {
        "Days".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "pattern": "^[0-9]+d$", "description": "A number of days: `7d`." })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_known_day_not_too_long_ago_is_evidence() {
        let ages = Ages { setting: "x", max: Days(7), now: "2026-05-08T12:00:00Z".parse().unwrap() };
        let row = |modified: &str| ages.row("x", &Database { name: "db".into(), modified: modified.into() });
        assert_eq!(row("2026-05-01T12:00:00Z").unwrap().actual, "7d");
        assert_eq!(row("2026-05-08T18:00:00+02:00").unwrap().actual, "0d");
        for (modified, words) in [
            ("2026-05-01T11:59:59Z", "7 days old"),
            ("2026-05-10T12:00:00Z", "a day to come"),
            ("", "does not say"),
            ("2026-05-08", "does not say"),
        ] {
            assert!(row(modified).unwrap_err().what.contains(words), "{modified}");
        }
    }
}
