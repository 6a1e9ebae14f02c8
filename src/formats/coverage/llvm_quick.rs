//! A file of `llvm-cov export` from its bytes, as LLVM writes it: with whole numbers alone.
//!
//! Nearly all of an export are segments. What is written in any other way, or is wrong, is left to the reader that
//! takes all of JSON and tells what is wrong: here nothing is taken that it would not take.

use serde::de::DeserializeOwned;

use super::llvm::Summary;
use super::llvm_lines::{LinesOf, Segment};
use crate::formats::json::quick::{comma, list, number, skip, truth, value, whole};

/// What is told of a file.
#[derive(Default)]
pub(super) struct Told {
    pub(super) name: Option<String>,
    pub(super) lines: Option<LinesOf>,
    pub(super) summary: Option<Summary>,
}

/// Reads the object of a file; none if it is not written as LLVM does, not in order, or without a name.
pub(super) fn told(object: &str) -> Option<Told> {
    let mut told = Told::default();
    whole(object.as_bytes(), |name, rest| match name {
        b"segments" if told.lines.is_none() => {
            let lines = told.lines.insert(LinesOf::default());
            list(rest, |rest| {
                let (segment, rest) = segment(rest)?;
                lines.take(segment).ok()?;
                Some(rest)
            })
        }
        b"filename" if told.name.is_none() => set(&mut told.name, rest),
        b"summary" if told.summary.is_none() => set(&mut told.summary, rest),
        b"segments" | b"filename" | b"summary" => None,
        _ => skip(rest),
    })?;
    told.name.is_some().then_some(told)
}

/// Reads the value that comes next: what follows it.
fn set<'a, T: DeserializeOwned>(field: &mut Option<T>, rest: &'a [u8]) -> Option<&'a [u8]> {
    let (read, rest) = value(rest)?;
    *field = Some(read);
    Some(rest)
}

/// Reads a segment, `[line,column,count,has a count,is an entry,is a gap]`, and gives what follows it.
#[inline]
fn segment(rest: &[u8]) -> Option<(Segment, &[u8])> {
    let (line, rest) = number(rest.strip_prefix(b"[")?)?;
    let (_, rest) = number(comma(rest)?)?;
    let (count, rest) = number(comma(rest)?)?;
    let (has_count, rest) = truth(comma(rest)?)?;
    let (entry, rest) = truth(comma(rest)?)?;
    // Before LLVM 8 there were no gaps.
    let (gap, rest) = match comma(rest) {
        Some(rest) => truth(rest)?,
        None => (false, rest),
    };
    Some((Segment { line, ran: count > 0, has_count, entry, gap }, rest.strip_prefix(b"]")?))
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
