//! How old a database is: too old is no evidence.

use chrono::{DateTime, Duration, Utc};

use super::plan::SETTING;
use super::settings::Days;
use crate::formats::findings::Database;
use crate::model::{Problem, Row};

/// How far clocks may be apart.
const APART: Duration = Duration::days(1);

/// What the age of databases is compared with.
#[derive(Debug, Clone, Copy)]
pub struct Ages {
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
        let of = format!("{name} is of {modified}, and `{SETTING}.max_age` is {}", self.max);
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_known_day_not_too_long_ago_is_evidence() {
        let ages = Ages { max: Days(7), now: "2026-05-08T12:00:00Z".parse().unwrap() };
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
