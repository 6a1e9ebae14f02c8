//! What a line of `go test -json` (cmd/test2json) says: an event, when it was, or a package that failed without one.

use std::borrow::Cow;

use serde::Deserialize;

use super::go_quick;
use crate::formats::{BadReport, Made};

/// An event; only the fields that decide something.
#[derive(Debug, Default, Deserialize)]
#[cfg_attr(test, derive(PartialEq))]
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
    /// Reads a line; there is room for what a test printed.
    ///
    /// # Errors
    ///
    /// If it is no event.
    pub(super) fn of(line: &'a [u8], output: &'a mut String) -> Result<Self, serde_json::Error> {
        output.clear();
        if let Some(event) = go_quick::event(line, output) {
            return Ok(event);
        }
        // Whether it is a text is asked once, and not of each part. What is none may be so in a part that nobody asks
        // for.
        str::from_utf8(line).map_or_else(|_| serde_json::from_slice(line), serde_json::from_str)
    }
}

/// When the events were. They come in the order of time, but streams may have been joined.
#[derive(Debug, Default)]
pub(super) struct Times {
    made: Option<Made>,
    /// The time of the last event as it is written, and its line.
    last: (String, u64),
}

impl Times {
    /// Takes the time of an event in this line.
    ///
    /// # Errors
    ///
    /// If it is none.
    pub(super) fn take(&mut self, time: &str, line: u64) -> Result<(), BadReport> {
        // To read each of them takes longer than to read the rest of the event: only one of each second is.
        if !follows(&self.last.0, time) {
            self.made = Made::and(self.end()?, told(time, line)?);
        }
        self.last.0.clear();
        self.last.0.push_str(time);
        self.last.1 = line;
        Ok(())
    }

    /// From the earliest to the latest.
    ///
    /// # Errors
    ///
    /// If what was taken for a time is none.
    pub(super) fn end(&self) -> Result<Option<Made>, BadReport> {
        Ok(Made::and(self.made, told(&self.last.0, self.last.1)?))
    }
}

fn told(time: &str, line: u64) -> Result<Option<Made>, BadReport> {
    Made::told(time).map_err(|why| BadReport::at(line, why))
}

/// Whether a time is of the same second as the one before it, which is known to be one, and written as that one is:
/// as Go does it (RFC 3339, `time.RFC3339Nano`), with a fraction of the second or without.
fn follows(last: &str, time: &str) -> bool {
    const SECOND: usize = "0000-00-00T00:00:00".len();
    let (Some((before, rest)), Some((second, more))) =
        (last.split_at_checked(SECOND), time.split_at_checked(SECOND))
    else {
        return false;
    };
    second == before && zone(rest).is_some() && zone(rest) == zone(more)
}

/// What stands behind a second and its fraction.
fn zone(rest: &str) -> Option<&str> {
    let Some(fraction) = rest.strip_prefix('.') else { return Some(rest) };
    let digits = fraction.bytes().take_while(u8::is_ascii_digit).count();
    (digits > 0).then(|| &fraction[digits..])
}

/// A package that failed, of a line that is no event: `FAIL`, its name, and why it could not be built, for which there
/// are events since Go 1.24 (its release notes), or how long its tests took.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Failed<'a> {
    pub(super) package: &'a str,
    pub(super) why: &'a str,
    pub(super) unbuilt: bool,
}

impl<'a> Failed<'a> {
    pub(super) fn of(line: &'a [u8]) -> Option<Self> {
        let (package, why) = str::from_utf8(line).ok()?.strip_prefix("FAIL\t")?.split_once([' ', '\t'])?;
        let unbuilt = why.starts_with('[') && why.ends_with(']');
        let seconds = why.strip_suffix('s').is_some_and(|seconds| seconds.parse::<f64>().is_ok());
        (!package.is_empty() && (unbuilt || seconds)).then_some(Self { package, why, unbuilt })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_nobody_asks_for_need_be_no_text() {
        let package =
            |line: &[u8]| Event::of(line, &mut String::new()).map(|event| event.package.to_string());
        for blank in ["", " "] {
            let begin = [b"{\"Action\":", blank.as_bytes(), b" \"run\",\"Package\":\"m\","].concat();
            assert_eq!(package(&[&begin[..], b"\"X\":\"\xff\"}"].concat()).unwrap(), "m");
            assert!(package(&[&begin[..], b"\"Output\":\"\xff\"}"].concat()).is_err());
        }
    }

    #[test]
    fn a_package_that_failed_is_told_past_the_tool() {
        let of = |line: &'static str| Failed::of(line.as_bytes()).map(|told| (told.package, told.unbuilt));
        assert_eq!(of("FAIL\ta.b/c [build failed]"), Some(("a.b/c", true)));
        assert_eq!(of("FAIL\ta.b/c\t0.012s"), Some(("a.b/c", false)));
        for line in ["FAIL", "FAIL\t", "FAIL\t\t0.1s", "FAIL\ta.b/c", "FAIL\ta of words", "ok  \ta.b/c\t0.1s"]
        {
            assert_eq!(of(line), None, "{line}");
        }
    }

    fn made(times: &[&str]) -> Result<Option<Made>, BadReport> {
        let mut all = Times::default();
        (1..).zip(times).try_for_each(|(line, time)| all.take(time, line))?;
        all.end()
    }

    #[test]
    fn joined_streams_are_as_old_as_the_oldest() {
        let of = |oldest: &str, newest: &str| Made::and(Made::of(oldest), Made::of(newest));
        let (may, june, july) =
            ("2026-05-01T08:00:00.12Z", "2026-06-01T08:00:00.123456Z", "2026-07-01T08:00:00Z");
        assert_eq!(made(&[]), Ok(None));
        for order in [[may, june, july], [june, may, july], [july, june, may], [june, july, may]] {
            assert_eq!(made(&order).unwrap(), of(may, july), "{order:?}");
        }
        // The same moment by another clock.
        let zoned = "2026-07-01T10:30:00+02:00";
        assert_eq!(made(&[may, july, zoned, july]).unwrap(), of(may, zoned));
        assert_eq!(made(&["0", may, june]).unwrap(), of(may, june));
    }

    #[test]
    fn what_is_no_time_is_told_with_its_line() {
        let good = "2026-05-01T08:00:00Z";
        for (times, line) in [
            (&["x"][..], 1),
            (&[good, "x", good], 2),
            (&[good, "2026-05-01T8:00:00Z"], 2),
            (&[good, good, "2026-13-01T08:00:00Z"], 3),
            (&[good, "2026-05-01T08:00:61Z", good], 2),
            (&[good, "2026-05-01T08:00:61Z", "2026-05-01T08:01:00Z"], 2),
            (&[good, "2026-05-01T08:00:00.Z"], 2),
        ] {
            let bad = made(times).unwrap_err();
            assert_eq!(bad.line, line, "{times:?}");
            assert!(bad.why.contains("is no time"), "{bad:?}");
        }
    }
}
