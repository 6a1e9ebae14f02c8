//! When a report says that it was made.

use std::collections::BTreeSet;

use chrono::{DateTime, FixedOffset, NaiveDateTime, TimeDelta, Utc};

use crate::kit::plain::cut;

/// As much of what is no time is shown, in characters, those of escapes among them.
const LONGEST: usize = 40;

/// The offsets of the farthest time zones, in hours: what has no zone may be of any.
const EAST: i64 = 14;
const WEST: i64 = 12;

/// Before this second no report of ours was made: tools that know no time write 0 or a day of their youth.
const FIRST: i64 = 946_684_800; // 2000-01-01

/// A count of fewer seconds is none since 1970: it may be a year, or anything.
const YOUTH: i64 = 365 * 24 * 60 * 60;

/// The times that a report tells of itself. Of a time without a zone both ends of what it may mean are kept, so
/// that nobody is refused for where he lives.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Made {
    /// The oldest of them, at the latest moment that it may mean.
    pub oldest: DateTime<Utc>,
    /// The newest of them, at the earliest moment that it may mean.
    pub newest: DateTime<Utc>,
}

/// What may say when, and of which commits, it was made.
pub trait Dated {
    /// When it was made, if it says so.
    fn made(&self) -> Option<Made>;

    /// The commits that each of its parts says it is of; none where such reports never say.
    fn revisions(&self) -> Option<&BTreeSet<BTreeSet<String>>> {
        None
    }
}

impl Made {
    /// What a report tells of itself: a count since 1970 in seconds, milliseconds or microseconds, whichever gives a time
    /// of our days, with or without a fraction; or a time as ISO 8601 has it, with or without a zone. None where it tells
    /// nothing, which is also `0` and a day of the youth of computers (`SOURCE_DATE_EPOCH` is often one of 1980).
    ///
    /// # Errors
    ///
    /// If it is no time: how old the report is would not be known.
    pub fn told(text: &str) -> Result<Option<Self>, String> {
        let told = match count(text) {
            Some(0) => Some(None),
            Some(count) => {
                moment(count).filter(|time| time.timestamp() >= YOUTH).map(|time| Self::at(time, time))
            }
            None if text.trim().is_empty() => Some(None),
            None => moments(text).map(|(oldest, newest)| Self::at(oldest, newest)),
        };
        told.ok_or_else(|| {
            let text = cut(&text.escape_debug().to_string(), LONGEST);
            format!("`{text}` is no time that is known: neither of ISO 8601 nor a count since 1970")
        })
    }

    /// The same for tests; what is no time says nothing here, too.
    #[cfg(test)]
    pub fn of(text: &str) -> Option<Self> {
        Self::told(text).ok().flatten()
    }

    fn at(oldest: DateTime<Utc>, newest: DateTime<Utc>) -> Option<Self> {
        (oldest.timestamp() >= FIRST).then_some(Self { oldest, newest })
    }

    /// Both together.
    #[must_use]
    pub fn and(one: Option<Self>, other: Option<Self>) -> Option<Self> {
        match (one, other) {
            (Some(one), Some(other)) => {
                Some(Self { oldest: one.oldest.min(other.oldest), newest: one.newest.max(other.newest) })
            }
            (one, other) => one.or(other),
        }
    }
}

/// A count since 1970 by its size, which tells its unit.
fn moment(count: i64) -> Option<DateTime<Utc>> {
    match count {
        ..100_000_000_000 => DateTime::from_timestamp(count, 0),
        100_000_000_000..100_000_000_000_000 => DateTime::from_timestamp_millis(count),
        _ => DateTime::from_timestamp_micros(count),
    }
}

/// A whole number, of one with a fraction the part before it.
fn count(text: &str) -> Option<i64> {
    let text = text.trim();
    let (whole, fraction) = text.split_once('.').unwrap_or((text, "0"));
    let digits = !fraction.is_empty() && fraction.bytes().all(|c| c.is_ascii_digit());
    whole.parse().ok().filter(|_| digits)
}

/// The latest and the earliest moment that a time as ISO 8601 has it may mean.
fn moments(text: &str) -> Option<(DateTime<Utc>, DateTime<Utc>)> {
    let text = text.trim();
    // What follows the day has a sign or a Z if it has a zone; to try in vain takes long.
    let zoned = text.get(10..).is_some_and(|time| time.contains(['+', '-', '\u{2212}', 'Z', 'z']));
    // These are what tools write; anything else tells no time.
    if zoned && let Ok(time) = DateTime::<FixedOffset>::parse_from_rfc3339(text) {
        return Some((time.to_utc(), time.to_utc()));
    }
    for form in ["%Y-%m-%dT%H:%M:%S%.f%z", "%Y-%m-%d %H:%M:%S%.f%z"].into_iter().filter(|_| zoned) {
        if let Ok(time) = DateTime::parse_from_str(text, form) {
            return Some((time.to_utc(), time.to_utc()));
        }
    }
    let local = ["%Y-%m-%dT%H:%M:%S%.f", "%Y-%m-%d %H:%M:%S%.f"]
        .into_iter()
        .find_map(|form| NaiveDateTime::parse_from_str(text, form).ok())?
        .and_utc();
    let latest = local.checked_add_signed(TimeDelta::hours(WEST))?;
    Some((latest, local.checked_sub_signed(TimeDelta::hours(EAST))?))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(made: Option<Made>) -> (String, String) {
        let made = made.unwrap();
        (made.oldest.to_rfc3339(), made.newest.to_rfc3339())
    }

    #[test]
    fn what_has_no_zone_may_be_of_any() {
        let (zoned, plain) = ("2026-05-01T10:00:00+02:00", "2026-05-01T10:00:00.25");
        assert_eq!(
            told(Made::of(zoned)),
            ("2026-05-01T08:00:00+00:00".into(), "2026-05-01T08:00:00+00:00".into())
        );
        assert_eq!(
            told(Made::of(plain)),
            ("2026-05-01T22:00:00.250+00:00".into(), "2026-04-30T20:00:00.250+00:00".into())
        );
        assert_eq!(Made::of("2026-05-01T10:00:00+0200"), Made::of(zoned));
        for text in
            ["", "0", "tbd", "yesterday", "1970-01-01T00:00:00Z", "2026-05-01", "999999-01-01T00:00:00"]
        {
            assert_eq!(Made::of(text), None, "{text}");
        }
    }

    #[test]
    fn what_is_no_time_tells_no_age() {
        for text in
            ["", " ", "0", "0.0", "315532800", "315532800000", "1970-01-01T00:00:00Z", "1998-12-31 23:59:59"]
        {
            assert_eq!(Made::told(text), Ok(None), "{text}");
        }
        for text in ["1777622400", "1777622400.0", "1777622400.123", "2026-05-01T08:00:00"] {
            let made = Made::told(text).unwrap().unwrap_or_else(|| panic!("{text}"));
            for moment in [made.oldest, made.newest] {
                assert!(moment.timestamp().abs_diff(1_777_622_400) <= 14 * 60 * 60, "{text}: {moment}");
            }
        }
        for text in [
            "tbd",
            "1",
            "2016",
            "-5",
            "2026-05-01",
            "9223372036854775807",
            "12.05.26",
            "1777622400.",
            "Fri May 1 08:00:00 2026",
        ] {
            assert!(Made::told(text).unwrap_err().contains(text), "{text}");
        }
        // Of what is hostile little is shown, and nothing of it is obeyed.
        let hostile = Made::told(&"\u{1b}[31m".repeat(100_000)).unwrap_err();
        assert!(hostile.len() < 200 && !hostile.contains('\u{1b}'), "{hostile}");
    }

    #[test]
    fn counts_are_known_by_their_size() {
        let day = "2026-05-01T08:00:00+00:00".to_owned();
        for text in
            ["1777622400", "1777622400.9", "1777622400000", "1777622400000000", "2026-05-01T08:00:00Z"]
        {
            assert_eq!(told(Made::of(text)), (day.clone(), day.clone()), "{text}");
        }
        for text in ["0", "-5", "1", "x", "", "9223372036854775807", "-9223372036854775808"] {
            assert_eq!(Made::of(text), None, "{text}");
        }
    }

    #[test]
    fn together_they_reach_from_the_oldest_to_the_newest() {
        let (one, other) = (Made::of("1777622400"), Made::of("1777622500"));
        let both = Made::and(other, one).unwrap();
        assert_eq!((both.oldest, both.newest), (one.unwrap().oldest, other.unwrap().newest));
        assert_eq!(Made::and(None, one), one);
    }
}
