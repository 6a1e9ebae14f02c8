//! Steps over JSON that lies there as bytes, as tools write it: hardly a blank but one behind a colon or a comma,
//! mostly texts without escapes and whole numbers.
//!
//! Each step gives what follows what it went over; none where that is written in any other way or is no JSON at all,
//! which is then left to the reader that takes all of JSON and tells what is wrong. So a step may take less than JSON
//! allows, and never more.

use serde::de::{DeserializeOwned, IgnoredAny};
use wide::u8x16;

use super::{ends, too_deep};

/// How many containers in one another are stepped over; what is read so has six at the most.
const DEEPEST: usize = 16;

/// Goes over the one object that the whole text is, field by field: its name, and its value with all that follows, of
/// which `each` gives what is behind the value. None if that is not possible.
pub fn whole<'a>(object: &'a [u8], each: impl FnMut(&'a [u8], &'a [u8]) -> Option<&'a [u8]>) -> Option<()> {
    fields(object, each)?.is_empty().then_some(())
}

/// The fields of an object, as in [`whole`].
fn fields<'a>(
    rest: &'a [u8],
    mut each: impl FnMut(&'a [u8], &'a [u8]) -> Option<&'a [u8]>,
) -> Option<&'a [u8]> {
    parts(rest, b'{', b'}', |rest| {
        let (name, rest) = text(rest)?;
        each(name, behind(rest, b':')?)
    })
}

/// Goes over a list, of which `each` takes an element and gives what is behind it.
#[inline]
pub fn list<'a>(rest: &'a [u8], each: impl FnMut(&'a [u8]) -> Option<&'a [u8]>) -> Option<&'a [u8]> {
    parts(rest, b'[', b']', each)
}

#[inline]
fn parts<'a>(
    rest: &'a [u8],
    open: u8,
    close: u8,
    mut each: impl FnMut(&'a [u8]) -> Option<&'a [u8]>,
) -> Option<&'a [u8]> {
    let mut rest = rest.strip_prefix(&[open])?;
    if let Some(rest) = rest.strip_prefix(&[close]) {
        return Some(rest);
    }
    loop {
        rest = each(rest)?;
        if let Some(rest) = rest.strip_prefix(&[close]) {
            return Some(rest);
        }
        rest = comma(rest)?;
    }
}

/// What follows a comma.
#[inline]
pub fn comma(rest: &[u8]) -> Option<&[u8]> {
    behind(rest, b',')
}

#[inline]
fn behind(rest: &[u8], byte: u8) -> Option<&[u8]> {
    let rest = rest.strip_prefix(&[byte])?;
    Some(rest.strip_prefix(b" ").unwrap_or(rest))
}

/// A text in which nothing stands for anything else; whether it is one in UTF-8 is not asked.
#[inline]
pub fn text(rest: &[u8]) -> Option<(&[u8], &[u8])> {
    let rest = rest.strip_prefix(b"\"")?;
    let (text, rest) = rest.split_at(plain(rest));
    Some((text, rest.strip_prefix(b"\"")?))
}

/// A text, which is written to the end of `into`.
pub fn unescaped<'a>(rest: &'a [u8], into: &mut String) -> Option<&'a [u8]> {
    let mut rest = rest.strip_prefix(b"\"")?;
    loop {
        let (text, stop) = rest.split_at(plain(rest));
        into.push_str(str::from_utf8(text).ok()?);
        let (char, after) = match stop {
            [b'"', after @ ..] => return Some(after),
            [b'\\', b'u', after @ ..] => {
                let (digits, after) = after.split_first_chunk::<4>()?;
                let digit = |code: u32, digit: &u8| Some(16 * code + char::from(*digit).to_digit(16)?);
                // One of a pair is no character.
                (char::from_u32(digits.iter().try_fold(0, digit)?)?, after)
            }
            [b'\\', b'n', after @ ..] => ('\n', after),
            [b'\\', b't', after @ ..] => ('\t', after),
            [b'\\', b'r', after @ ..] => ('\r', after),
            [b'\\', char @ (b'"' | b'\\' | b'/'), after @ ..] => (char::from(*char), after),
            _ => return None,
        };
        into.push(char);
        rest = after;
    }
}

/// How many bytes stand for themselves up to what ends a text, escapes something or may not be in one.
#[inline]
fn plain(bytes: &[u8]) -> usize {
    /// Bytes that are looked at together.
    const PART: usize = 16;
    let mut at = 0;
    while let Some(part) = bytes[at..].first_chunk::<PART>() {
        let part = u8x16::new(*part);
        let is = |byte| part.simd_eq(u8x16::splat(byte));
        let stops = is(b'"') | is(b'\\') | part.min(u8x16::splat(b' ' - 1)).simd_eq(part);
        match stops.to_bitmask() {
            0 => at += PART,
            stops => return at + stops.trailing_zeros() as usize,
        }
    }
    let stops = |&byte: &u8| matches!(byte, b'"' | b'\\' | ..b' ');
    bytes[at..].iter().position(stops).map_or(bytes.len(), |end| at + end)
}

/// A whole number of at most 18 digits.
#[inline]
pub fn number(rest: &[u8]) -> Option<(u64, &[u8])> {
    let (mut number, mut digits) = (0_u64, 0);
    while let Some(byte @ b'0'..=b'9') = rest.get(digits) {
        if digits == 18 {
            return None;
        }
        number = 10 * number + u64::from(byte - b'0');
        digits += 1;
    }
    // JSON has no number that begins with a 0 and goes on.
    let is_one = digits == 1 || (digits > 1 && rest[0] != b'0');
    is_one.then(|| (number, &rest[digits..]))
}

/// As [`number`], below 0 too.
#[inline]
pub fn integer(rest: &[u8]) -> Option<(i64, &[u8])> {
    let (below, digits) = rest.strip_prefix(b"-").map_or((false, rest), |digits| (true, digits));
    let (number, rest) = number(digits)?;
    let number = i64::try_from(number).ok()?;
    // What is written as -0 is no whole number to most readers.
    (!below || number != 0).then_some((if below { -number } else { number }, rest))
}

/// `true` or `false`.
#[inline]
pub fn truth(rest: &[u8]) -> Option<(bool, &[u8])> {
    if let Some(rest) = rest.strip_prefix(b"true") {
        return Some((true, rest));
    }
    rest.strip_prefix(b"false").map(|rest| (false, rest))
}

/// A list, an object or a text, whatever is in it, read by its own rules.
pub fn value<T: DeserializeOwned>(rest: &[u8]) -> Option<(T, &[u8])> {
    let (value, rest) = rest.split_at(ends(rest)?);
    if too_deep(value).is_some() {
        return None;
    }
    // Whoever reads it again tells what is wrong.
    Some((serde_json::from_slice(value).ok()?, rest))
}

/// A number or a word, read by its own rules.
pub fn scalar<T: DeserializeOwned>(rest: &[u8]) -> Option<(T, &[u8])> {
    let end = rest.iter().position(|byte| matches!(byte, b',' | b']' | b'}' | b'"'))?;
    let (value, rest) = rest.split_at(end);
    Some((serde_json::from_slice(value).ok()?, rest))
}

/// What follows the value that comes next.
#[inline]
pub fn skip(rest: &[u8]) -> Option<&[u8]> {
    skip_within(rest, DEEPEST)
}

fn skip_within(rest: &[u8], most: usize) -> Option<&[u8]> {
    let inside = most.checked_sub(1);
    match rest.first()? {
        b'[' => inside.and_then(|most| list(rest, |rest| skip_within(rest, most))),
        b'{' => inside.and_then(|most| fields(rest, |_, rest| skip_within(rest, most))),
        b'"' => text(rest).map(|(_, rest)| rest),
        b'-' | b'0'..=b'9' | b't' | b'f' | b'n' => match number(rest) {
            Some((_, rest @ [b',' | b']' | b'}', ..])) => Some(rest),
            _ => scalar::<IgnoredAny>(rest).map(|(_, rest)| rest),
        },
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::Value;

    use super::*;
    use crate::formats::CASES;

    fn skipped(text: &str) -> Option<&str> {
        skip(text.as_bytes()).map(|rest| str::from_utf8(rest).unwrap())
    }

    #[test]
    fn what_tools_write_is_gone_over() {
        for value in [
            "[]",
            "{}",
            "[1, 2,3]",
            r#"{"a.b": 80.0, "": [true, null, -1], "c":{"d": "\u00e4"}}"#.replace("\\u00e4", "ä").as_str(),
        ] {
            assert_eq!(skipped(&format!("{value},7")), Some(",7"), "{value}");
            for cut in (1..value.len()).filter(|&cut| value.is_char_boundary(cut)) {
                assert_eq!(skipped(&value[..cut]), None, "{value} at {cut}");
            }
        }
        for (text, number) in
            [("0", 0), ("7,", 7), ("-12]", -12), ("999999999999999999", 999_999_999_999_999_999)]
        {
            assert_eq!(integer(text.as_bytes()).unwrap().0, number);
        }
        assert_eq!(value::<Vec<String>>(br#"["\"]"], 1"#).unwrap(), (vec!["\"]".to_owned()], &b", 1"[..]));
    }

    #[test]
    fn what_is_in_doubt_is_left_to_others() {
        for text in [
            "",
            "x",
            "[1,]",
            "[,1]",
            "[1 2]",
            "[01]",
            "[1.]",
            "[ 1]",
            "[1,  2]",
            "[\n1]",
            r#"{"a":1,}"#,
            r#"{"a" :1}"#,
            r#"{a:1}"#,
            r#"{"a"}"#,
            r#"["\n"]"#,
            "[\"\t\"]",
            "[1}",
            "{]",
            "[tru]",
            "[--1]",
            "7",
        ] {
            assert_eq!(skipped(text), None, "{text}");
        }
        assert_eq!(skipped(&("[".repeat(DEEPEST) + &"]".repeat(DEEPEST))), Some(""));
        assert_eq!(skipped(&("[".repeat(DEEPEST + 1) + &"]".repeat(DEEPEST + 1))), None);
        for text in ["-0", "00", "-", "", "+1", "1000000000000000000"] {
            assert_eq!(integer(text.as_bytes()), None, "{text}");
        }
        assert!(
            whole(b"{} ", |_, rest| skip(rest)).is_none() && whole(b"{}", |_, rest| skip(rest)).is_some()
        );
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(CASES))]

        /// Nothing is gone over that is no JSON, and what was is one value.
        #[test]
        fn no_more_is_taken_than_json_allows(
            text in prop::collection::vec(
                prop::sample::select(vec!["[", "]", "{", "}", ",", ", ", ":", "\"a\"", "\"a\":", "\"", "\\", "1", "0", "-", ".", "e", "true", " "]),
                1..12,
            ),
        ) {
            let text = text.concat();
            if let Some(rest) = skipped(&text) {
                let value = &text[..text.len() - rest.len()];
                prop_assert!(serde_json::from_str::<Value>(value).is_ok(), "{value}");
            }
        }
    }
}
