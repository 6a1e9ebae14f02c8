//! What is wrong in a stream of JSON, and where.

use std::fmt;

use serde::de;

use crate::formats::BadReport;

/// What kind of thing is wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    CutOff,
    Unread,
    Syntax,
    Data,
}

/// What is wrong, and where: line and column.
#[derive(Debug)]
pub(super) struct Wrong {
    pub(super) kind: Kind,
    pub(super) what: String,
    pub(super) place: Option<(u64, u64)>,
}

impl fmt::Display for Wrong {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.what)
    }
}

impl std::error::Error for Wrong {}

impl de::Error for Wrong {
    fn custom<T: fmt::Display>(what: T) -> Self {
        Self { kind: Kind::Data, what: what.to_string(), place: None }
    }
}

impl From<Wrong> for BadReport {
    fn from(wrong: Wrong) -> Self {
        let (line, column) = wrong.place.unwrap_or_default();
        let kind = match wrong.kind {
            Kind::CutOff => "it is cut off",
            Kind::Unread => "it cannot be read to its end",
            Kind::Syntax => "it is no JSON",
            Kind::Data => "it is not as its tool writes it",
        };
        Self::place(line, column, format!("{kind}: {}", wrong.what))
    }
}
