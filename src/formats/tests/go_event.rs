//! An event of `go test -json` (cmd/test2json), as it stands in a line.

use std::borrow::Cow;

use serde::Deserialize;

/// An event; only the fields that decide something.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Event<'a> {
    #[serde(borrow, default)]
    pub(super) time: Cow<'a, str>,
    #[serde(borrow)]
    pub(super) action: Cow<'a, str>,
    #[serde(borrow, default)]
    pub(super) package: Cow<'a, str>,
    #[serde(borrow, default)]
    pub(super) test: Cow<'a, str>,
    #[serde(borrow, default)]
    pub(super) output: Cow<'a, str>,
    #[serde(borrow, default)]
    pub(super) failed_build: Cow<'a, str>,
    #[serde(borrow, default)]
    pub(super) import_path: Cow<'a, str>,
    #[serde(default)]
    pub(super) elapsed: f64,
}

impl<'a> Event<'a> {
    /// Reads a line.
    ///
    /// # Errors
    ///
    /// If it is no event.
    pub(super) fn of(line: &'a [u8]) -> Result<Self, serde_json::Error> {
        // Whether it is a text is asked once, and not of each part. What is none may be so in a part that nobody asks for.
        str::from_utf8(line).map_or_else(|_| serde_json::from_slice(line), serde_json::from_str)
    }
}

/// The package that could not be built, and why, of a line that Go has events for since 1.24 (its release notes).
pub(super) fn unbuilt(line: &[u8]) -> Option<(&str, &str)> {
    let (name, why) = str::from_utf8(line).ok()?.strip_prefix("FAIL\t")?.split_once(' ')?;
    (why.starts_with('[') && why.ends_with(']') && !name.is_empty()).then_some((name, why))
}
