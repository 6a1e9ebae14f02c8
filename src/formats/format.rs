//! What a format is to those who do not know it: a name, a look, a reader.

use std::io::{Cursor, Read};

use super::bad::BadReport;
use super::head::{HEAD, Head};

/// A format of reports that come down to a `T`.
#[derive(Debug)]
pub struct Format<T: 'static> {
    /// What people call it: `LCOV tracefile`.
    pub name: &'static str,
    /// Whether a report that begins like this is one.
    pub is: fn(&Head) -> bool,
    /// Reads one.
    pub read: fn(&mut dyn Read) -> Result<T, BadReport>,
}

/// The name of the format that begins like this, of all that are known.
#[must_use]
pub fn recognised(head: &Head) -> Option<&'static str> {
    let coverage = super::coverage::FORMATS.iter().map(|format| (format.name, (format.is)(head)));
    let tests = super::tests::FORMATS.iter().map(|format| (format.name, (format.is)(head)));
    let findings = super::findings::FORMATS.iter().map(|format| (format.name, (format.is)(head)));
    coverage.chain(tests).chain(findings).find(|(_, is)| *is).map(|(name, _)| name)
}

/// What a report that begins like this looks like, as people say it.
#[must_use]
pub fn looks_like(head: &[u8]) -> String {
    let head = Head::of(head);
    recognised(&head).unwrap_or_else(|| head.words()).to_owned()
}

/// The first of these formats that a report is of, and the report, whole again.
///
/// # Errors
///
/// If it cannot be read.
pub fn choose<T, R: Read>(
    formats: &'static [Format<T>],
    mut source: R,
) -> std::io::Result<(Option<&'static Format<T>>, String, impl Read)> {
    let mut bytes = Vec::with_capacity(HEAD);
    source.by_ref().take(HEAD as u64).read_to_end(&mut bytes)?;
    let head = Head::of(&bytes);
    let format = formats.iter().find(|format| (format.is)(&head));
    let looks = recognised(&head).unwrap_or_else(|| head.words()).to_owned();
    Ok((format, looks, Cursor::new(bytes).chain(source)))
}

/// Reads a report of whichever of these formats it is of; `wanted` says what they have in common.
///
/// # Errors
///
/// If it is of none of them, cannot be read, or proves nothing.
pub fn read<T>(
    formats: &'static [Format<T>],
    wanted: &str,
    source: impl Read,
) -> Result<(&'static str, T), BadReport> {
    let chosen = choose(formats, source);
    let (format, looks, mut source) =
        chosen.map_err(|error| BadReport::at(0, format!("it cannot be read: {error}")))?;
    let Some(format) = format else {
        let known: Vec<&str> = formats.iter().map(|format| format.name).collect();
        return Err(BadReport::at(
            1,
            format!("it is no {wanted}; it looks like {looks}. Known are: {}", known.join(", ")),
        ));
    };
    Ok((format.name, (format.read)(&mut source)?))
}
