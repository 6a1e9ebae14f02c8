//! A file of `llvm-cov export` from its bytes, as LLVM writes it: without blanks, and with whole numbers.
//!
//! Nearly all of an export are segments. What is written in any other way, or is wrong, is left to the reader that
//! takes all of JSON and tells what is wrong: here nothing is taken that it would not take.

use serde::de::{DeserializeOwned, IgnoredAny};

use super::llvm::Summary;
use super::llvm_lines::{LinesOf, Segment};
use crate::formats::json::{ends, too_deep};

/// What is told of a file.
#[derive(Default)]
pub(super) struct Told {
    pub(super) name: Option<String>,
    pub(super) lines: Option<LinesOf>,
    pub(super) summary: Option<Summary>,
}

/// Reads the object of a file; none if it is not written as LLVM does, or not in order.
pub(super) fn told(object: &str) -> Option<Told> {
    let mut told = Told::default();
    let mut rest = object.as_bytes().strip_prefix(b"{")?;
    loop {
        let (name, value) = name(rest)?;
        rest = match name {
            b"segments" if told.lines.is_none() => {
                let mut lines = LinesOf::default();
                let rest = segments(value, &mut lines)?;
                told.lines = Some(lines);
                rest
            }
            b"filename" if told.name.is_none() => set(&mut told.name, value)?,
            b"summary" if told.summary.is_none() => set(&mut told.summary, value)?,
            b"segments" | b"filename" | b"summary" => return None,
            _ => set(&mut None::<IgnoredAny>, value)?,
        };
        match rest {
            b"}" => return Some(told),
            [b',', after @ ..] => rest = after,
            _ => return None,
        }
    }
}

/// A field's name in plain letters, and its value with all that follows.
fn name(rest: &[u8]) -> Option<(&[u8], &[u8])> {
    let rest = rest.strip_prefix(b"\"")?;
    let end = rest.iter().position(|byte| !byte.is_ascii_alphanumeric() && *byte != b'_')?;
    let (name, rest) = rest.split_at(end);
    Some((name, rest.strip_prefix(b"\":")?))
}

/// Reads the value that comes next: what follows it.
fn set<'a, T: DeserializeOwned>(field: &mut Option<T>, rest: &'a [u8]) -> Option<&'a [u8]> {
    let (value, rest) = rest.split_at(ends(rest)?);
    if too_deep(value).is_some() {
        return None;
    }
    // Whoever reads it again tells what is wrong.
    *field = Some(serde_json::from_slice(value).ok()?);
    Some(rest)
}

/// Reads a list of segments: what follows it.
fn segments<'a>(rest: &'a [u8], lines: &mut LinesOf) -> Option<&'a [u8]> {
    let mut rest = rest.strip_prefix(b"[")?;
    if let Some(rest) = rest.strip_prefix(b"]") {
        return Some(rest);
    }
    loop {
        let (segment, after) = segment(rest)?;
        lines.take(segment).ok()?;
        match after {
            [b',', after @ ..] => rest = after,
            [b']', after @ ..] => return Some(after),
            _ => return None,
        }
    }
}

/// Reads a segment, `[line,column,count,has a count,is an entry,is a gap]`, and gives what follows it.
#[inline]
fn segment(rest: &[u8]) -> Option<(Segment, &[u8])> {
    let (line, rest) = number(rest.strip_prefix(b"[")?)?;
    let (_, rest) = number(rest.strip_prefix(b",")?)?;
    let (count, rest) = number(rest.strip_prefix(b",")?)?;
    let (has_count, rest) = truth(rest.strip_prefix(b",")?)?;
    let (entry, rest) = truth(rest.strip_prefix(b",")?)?;
    // Before LLVM 8 there were no gaps.
    let (gap, rest) = match rest {
        [b',', rest @ ..] => truth(rest)?,
        _ => (false, rest),
    };
    Some((Segment { line, ran: count > 0, has_count, entry, gap }, rest.strip_prefix(b"]")?))
}

/// A whole number of at most 18 digits.
#[inline]
fn number(rest: &[u8]) -> Option<(u64, &[u8])> {
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

#[inline]
fn truth(rest: &[u8]) -> Option<(bool, &[u8])> {
    if let Some(rest) = rest.strip_prefix(b"true") {
        return Some((true, rest));
    }
    rest.strip_prefix(b"false").map(|rest| (false, rest))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::{Value, json};

    use super::super::llvm::read;
    use super::super::profile::Profile;
    use super::*;
    use crate::formats::CASES;

    fn export(files: &str) -> String {
        format!(r#"{{"data":[{{"files":[{files}],"totals":{{}}}}],"type":"llvm.coverage.json.export"}}"#)
    }

    /// All that is known of a profile.
    fn all(profile: &Profile) -> String {
        let lines: Vec<_> = profile.names().map(|name| profile.states_of(&name)).collect();
        format!("{:?} {:?} {lines:?}", profile.files(), profile.total())
    }

    fn files() -> impl Strategy<Value = Vec<Value>> {
        let count = prop_oneof![3 => 0_u64..3, 1 => any::<u64>()].prop_map(Value::from);
        let count =
            prop_oneof![9 => count, 1 => prop::sample::select(vec![json!(1.5), json!(-1), json!(0.0)])];
        let segment = (1_u64..3, 1_u64..99, count, any::<[bool; 3]>(), 0_usize..9);
        let file = (prop::collection::vec(segment, 0..6), "[ab\u{e4}\"/]{1,2}", 0_usize..9);
        let file = file.prop_map(|(steps, name, kind)| {
            let mut line = 0;
            let segments: Vec<Value> = steps
                .into_iter()
                .map(|(step, column, count, [has, entry, gap], short)| {
                    line += step - 1 + u64::from(line == 0);
                    match short {
                        0 => json!([line, column, count, has, entry]),
                        1 => json!([line, column, count, has, entry, gap, 7]),
                        _ => json!([line, column, count, has, entry, gap]),
                    }
                })
                .collect();
            let summary = json!({"lines": {"count": 9, "covered": 3, "percent": 33.3}});
            match kind {
                0 => json!({"filename": name, "summary": summary}),
                1 => json!({"segments": segments, "filename": name}),
                _ => json!({"branches": [], "filename": name, "mcdc_records": [[1]], "segments": segments,
                    "summary": summary}),
            }
        });
        prop::collection::vec(file, 1..4)
    }

    proptest! {
        // Each case reads hundreds of kilobytes of blanks.
        #![proptest_config(ProptestConfig::with_cases(CASES / 10))]

        /// A report that is small enough is read field by field; with blanks before it the list of files is too long
        /// to be held, and each of them is read by itself.
        #[test]
        fn what_is_taken_from_bytes_is_what_is_there(
            files in files(),
            changes in prop::collection::vec(
                (any::<prop::sample::Index>(), prop::sample::select(b"\"\\{}[],: 0159.-te\xff".to_vec())),
                0..2,
            ),
        ) {
            let files: Vec<String> = files.iter().map(Value::to_string).collect();
            let mut text = files.join(",").into_bytes();
            for (at, byte) in changes {
                let at = at.index(text.len());
                text[at] = byte;
            }
            let (begin, end) = (export("@"), " ".repeat(300_000));
            let (begin, rest) = begin.split_once('@').unwrap();
            let slow = read([begin.as_bytes(), &text, rest.as_bytes()].concat().as_slice());
            let quick = read([begin.as_bytes(), &text, end.as_bytes(), rest.as_bytes()].concat().as_slice());
            match (slow, quick) {
                (Ok(slow), Ok(quick)) => prop_assert_eq!(all(&slow), all(&quick)),
                (Err(_), Err(_)) => {}
                (slow, quick) => prop_assert!(false, "{:?} {:?}", slow.err(), quick.err()),
            }
        }
    }

    #[test]
    fn what_llvm_writes_is_taken_and_nothing_that_is_in_doubt() {
        let whole = r#"{"branches":[],"filename":"/a.rs","mcdc_records":[],"segments":[[1,2,3,true,false,false],[2,2,0,false,true]],"summary":{"lines":{"count":1,"covered":1}}}"#;
        let taken = told(whole).unwrap();
        assert_eq!(taken.name.as_deref(), Some("/a.rs"));
        assert!(taken.lines.is_some() && taken.summary.is_some());
        for (from, to) in [
            ("[1,2,", "[01,2,"),
            ("[1,2,", "[ 1,2,"),
            ("[1,2,", "[,2,"),
            ("[1,2,", "[1,-2,"),
            ("[1,2,", "[1,1234567890123456789,"),
            ("3,true", "3.0,true"),
            ("3,true", "3,True"),
            ("false,true]", "false]"),
            ("[2,2,", "[0,2,"),
            (",\"segments\"", ",\"segments\":[],\"segments\""),
            ("\"branches\"", "\"filename\":\"b\",\"branches\""),
            ("\"branches\"", "\"a\\u0062\""),
            ("[],\"f", "[x],\"f"),
            ("}}}", "}}},"),
            ("}}}", "}},}"),
            ("}}}", "}}"),
            ("\"/a.rs\"", "7"),
        ] {
            let text = whole.replacen(from, to, 1);
            assert!(text != whole && told(&text).is_none(), "{text}");
        }
        assert!(told("").is_none() && told("[]").is_none() && told("{}").is_none());
    }
}
