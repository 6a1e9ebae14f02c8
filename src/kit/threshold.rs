//! Percentages compared as fractions of integers, never as rounded numbers.

use std::borrow::Cow;
use std::fmt;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A percentage with up to four decimals, held as ten-thousandths of a percent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Percent(u64);

impl Percent {
    /// 100 %.
    pub const WHOLE: Self = Self(1_000_000);

    /// A whole number of percent, at most 100.
    #[must_use]
    pub const fn whole(percent: u8) -> Self {
        Self(if percent > 100 { 1_000_000 } else { percent as u64 * 10_000 })
    }

    /// Reads `85`, `85.5` or `85.5 %`.
    ///
    /// # Errors
    ///
    /// If it is no number from 0 to 100 with at most four decimals.
    pub fn parse(text: &str) -> Result<Self, String> {
        let wrong = || {
            format!(
                "`{text}` is no percentage: a number from 0 to 100 with at most four decimals is expected"
            )
        };
        let digits = text.trim().trim_end_matches('%').trim_end();
        let (whole, part) = digits.split_once('.').unwrap_or((digits, "0"));
        let plain = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        if !plain(whole) || !plain(part) || whole.len() > 3 || part.len() > 4 {
            return Err(wrong());
        }
        let whole: u64 = whole.parse().map_err(|_| wrong())?;
        let part: u64 = format!("{part:0<4}").parse().map_err(|_| wrong())?;
        let value = whole * 10_000 + part;
        if value > Self::WHOLE.0 { Err(wrong()) } else { Ok(Self(value)) }
    }

    /// Whether `part` of `total` reaches this percentage, exactly. Nothing of nothing reaches nothing.
    #[must_use]
    pub fn reached_by(self, part: u64, total: u64) -> bool {
        total > 0 && u128::from(part) * u128::from(Self::WHOLE.0) >= u128::from(self.0) * u128::from(total)
    }

    /// How many more would have to be covered `now` to be at most this many percentage points below `before`, each
    /// a part and its total; 0 where it holds. None where that cannot be told: of nothing, of a part that is more
    /// than the whole, or of numbers beyond [`EXACT`].
    #[must_use]
    pub fn missing_since(self, before: (u64, u64), now: (u64, u64)) -> Option<u64> {
        let (before, now) = (checked(before)?, checked(now)?);
        // now.0 / now.1 >= before.0 / before.1 - self, all times both totals; below 2^126.
        let least = (before.0 * u128::from(Self::WHOLE.0)).saturating_sub(u128::from(self.0) * before.1);
        let needed = (now.1 * least).div_ceil(before.1 * u128::from(Self::WHOLE.0));
        u64::try_from(needed.saturating_sub(now.0)).ok()
    }

    /// As a difference of percentages: `0.5 points`.
    #[must_use]
    pub fn points(self) -> String {
        let text = self.to_string();
        let digits = text.trim_end_matches(" %");
        format!("{digits} {}", if digits == "1" { "point" } else { "points" })
    }

    /// How many more of `total` would be needed.
    #[must_use]
    pub fn missing(self, part: u64, total: u64) -> u64 {
        let needed = (u128::from(self.0) * u128::from(total)).div_ceil(u128::from(Self::WHOLE.0));
        u64::try_from(needed.saturating_sub(u128::from(part))).unwrap_or(u64::MAX)
    }
}

impl fmt::Display for Percent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = format!("{}.{:04}", self.0 / 10_000, self.0 % 10_000);
        write!(f, "{} %", text.trim_end_matches('0').trim_end_matches('.'))
    }
}

/// Differences are exact up to these numbers; more lines or statements than this no project has.
pub const EXACT: u64 = 1 << 53;

fn checked((part, total): (u64, u64)) -> Option<(u128, u128)> {
    (total > 0 && part <= total && total <= EXACT).then_some((part.into(), total.into()))
}

/// By how many percentage points `now` is below `before`, for reading: rounded up, so that a difference that is
/// too large never looks like the largest that is allowed. None where it is not below.
#[must_use]
pub fn lost(before: (u64, u64), now: (u64, u64)) -> Option<String> {
    let (before, now) = (checked(before)?, checked(now)?);
    let less = (before.0 * now.1).checked_sub(now.0 * before.1).filter(|less| *less > 0)?;
    let points = (less * u128::from(Percent::WHOLE.0)).div_ceil(before.1 * now.1);
    Some(Percent(u64::try_from(points).ok()?).points())
}

/// `part` of `total` for reading: two decimals rounded down, `100 %` only if it is whole.
#[must_use]
pub fn shown(part: u64, total: u64) -> String {
    if total == 0 {
        return "nothing to measure".into();
    }
    if part == total {
        return "100 %".into();
    }
    let hundredths = u128::from(part) * 10_000 / u128::from(total);
    format!("{}.{:02} %", hundredths / 100, hundredths % 100)
}

impl Serialize for Percent {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        // A number, as people write it. Seven digits at most, so a double holds and prints them exactly.
        match u32::try_from(self.0) {
            Ok(value) if value % 10_000 == 0 => serializer.serialize_u32(value / 10_000),
            Ok(value) => serializer.serialize_f64(f64::from(value) / 10_000.0),
            Err(_) => Err(serde::ser::Error::custom("a percentage above 100")),
        }
    }
}

impl<'de> Deserialize<'de> for Percent {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        // Through JSON's own number, whose text is what was written: 85.1 stays 85.1.
        let text = match serde_json::Value::deserialize(deserializer)? {
            serde_json::Value::Number(number) => number.to_string(),
            serde_json::Value::String(text) => text,
            other => return Err(serde::de::Error::custom(format!("`{other}` is no percentage"))),
        };
        Self::parse(&text).map_err(serde::de::Error::custom)
    }
}

impl JsonSchema for Percent {
    fn schema_name() -> Cow<'static, str> {
        "Percent".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": ["number", "string"],
            "description": "A percentage from 0 to 100 with at most four decimals.",
            "minimum": 0, "maximum": 100,
            "pattern": "^ *[0-9]{1,3}(\\.[0-9]{1,4})? *%? *$"
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn compares_without_rounding() {
        let limit = Percent::whole(85);
        assert!(limit.reached_by(85, 100) && limit.reached_by(17, 20));
        assert!(!limit.reached_by(8_499_999, 10_000_000));
        assert!(!Percent::whole(0).reached_by(0, 0), "no evidence reaches no limit");
        assert_eq!(limit.missing(80, 100), 5);
        assert_eq!(limit.missing(0, 7), 6);
    }

    #[test]
    fn differences_are_exact() {
        let half = Percent::parse("0.5").unwrap();
        // 90 % and 89.5 %, and one less of ten million.
        assert_eq!(half.missing_since((9, 10), (179, 200)), Some(0));
        assert_eq!(half.missing_since((9, 10), (8_949_999, 10_000_000)), Some(1));
        assert_eq!(lost((9, 10), (8_949_999, 10_000_000)).unwrap(), "0.5001 points");
        assert_eq!(lost((9, 10), (179, 200)).unwrap(), "0.5 points");
        assert_eq!(lost((9, 10), (90, 100)), None);
        // A third is no number of decimals.
        assert_eq!(Percent::whole(0).missing_since((1, 3), (333_333, 1_000_000)), Some(1));
        assert_eq!(Percent::whole(0).missing_since((1, 3), (2, 6)), Some(0));
        assert_eq!(Percent::WHOLE.missing_since((EXACT, EXACT), (0, EXACT)), Some(0));
        assert_eq!(Percent::whole(0).missing_since((EXACT, EXACT), (0, EXACT)), Some(EXACT));
        assert_eq!(Percent::whole(0).missing_since((EXACT, EXACT), (EXACT - 1, EXACT)), Some(1));
        for (before, now) in [((0, 0), (1, 1)), ((1, 1), (0, 0)), ((2, 1), (1, 1)), ((1, EXACT + 1), (1, 1))]
        {
            assert_eq!(Percent::WHOLE.missing_since(before, now), None, "{before:?} {now:?}");
        }
    }

    #[test]
    fn shows_rounded_down() {
        assert_eq!(shown(8_499_999, 10_000_000), "84.99 %");
        assert_eq!(shown(999_999, 1_000_000), "99.99 %");
        assert_eq!(shown(3, 3), "100 %");
    }

    #[test]
    fn reads_numbers_and_text() {
        assert_eq!(Percent::parse("85.5 %").unwrap().to_string(), "85.5 %");
        assert_eq!(serde_json::from_str::<Percent>("85.1").unwrap(), Percent::parse("85.1").unwrap());
        for text in ["85", "85.1", "0.0001", "99.9999", "100", "33.3333"] {
            let percent: Percent = serde_json::from_str(text).unwrap();
            assert_eq!(serde_json::to_string(&percent).unwrap(), text, "written as it was read");
        }
        for text in ["", "-1", "100.0001", "101", "8 5", "1e1", "85.00001", "nan"] {
            assert!(Percent::parse(text).is_err(), "{text}");
        }
    }
}
