//! A stream reads what `serde_json` reads of the whole text, however little it holds.

use std::collections::BTreeMap;
use std::fmt::Write;

use proptest::prelude::*;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::stream::Stream;
use crate::formats::{BadReport, CASES};

/// How often a byte may be looked at before it is read.
const LOOKS: usize = 4;

/// Reads one value, holding containers of at most so many bytes.
fn read<T: DeserializeOwned>(text: &[u8], large: usize) -> Result<T, BadReport> {
    let mut stream = Stream::new(text)?.with_large(large);
    let value = stream.value(std::marker::PhantomData);
    let looked = stream.looked();
    assert!(looked <= LOOKS * text.len(), "{looked} looks at {} bytes with {large}", text.len());
    let value = value?;
    stream.end()?;
    Ok(value)
}

/// Every kind of thing that a value can be read into.
#[derive(Debug, PartialEq, Deserialize)]
struct All {
    option: Option<Vec<u8>>,
    none: Option<Vec<u8>>,
    kind: Kind,
    word: Kind,
    new: New,
    pair: (i64, f64),
    map: BTreeMap<String, Vec<bool>>,
}

#[derive(Debug, PartialEq, Deserialize)]
enum Kind {
    One,
    Two { list: Vec<u8> },
}

#[derive(Debug, PartialEq, Deserialize)]
struct New(Vec<String>);

const ALL: &str = r#"{"option":[1,2],"none":null,"kind":{"Two":{"list":[7,8,9]}},"word":"One","ignored":{"a":[{}]},
    "new":["x","\u00e4\"y"],"pair":[-3,2.5],"map":{"a":[true],"b":[]}}"#;

#[test]
fn every_kind_of_value_is_read_in_parts() {
    let whole: All = serde_json::from_str(ALL).unwrap();
    for large in 1..ALL.len() + 2 {
        assert_eq!(read::<All>(ALL.as_bytes(), large).unwrap(), whole, "{large}");
        assert!(read::<Kind>(b"[1, 2, 3]", large).is_err());
        assert!(read::<Kind>(b"{\"One\": 1, \"Two\": 2}", large).is_err());
    }
}

#[test]
fn places_are_those_of_the_whole_text() {
    let text = "{\n \"a\": [1,\n  2, x]\n}";
    for large in [1, 4, 10, 100] {
        let bad = read::<Value>(text.as_bytes(), large).unwrap_err();
        assert_eq!((bad.line, bad.column), (3, 6), "{large}");
        assert_eq!(bad.why, "it is no JSON: expected value", "{large}");
        let bad = read::<BTreeMap<String, Vec<u8>>>(b"{\n \"a\": [1],\n \"b\": [\"x\"]}", large).unwrap_err();
        assert!(
            bad.why.starts_with("it is not as its tool writes it: invalid type: string \"x\""),
            "{bad:?}"
        );
        assert_eq!((bad.line, bad.column), (3, 10), "{large}: {bad:?}");
        let bad = read::<Value>(b"[1,\n2", large).unwrap_err();
        assert!(bad.line == 2 && bad.why.starts_with("it is cut off: EOF"), "{bad:?}");
    }
}

#[test]
fn nesting_has_the_same_limit_in_parts() {
    for (depth, good) in [(127, true), (128, false), (100_000, false)] {
        let text = "[".repeat(depth) + &"]".repeat(depth);
        for large in [1, 16, 1_000_000] {
            let read = read::<Value>(text.as_bytes(), large);
            assert_eq!(read.is_ok(), good, "{depth} {large}: {read:?}");
            assert!(read.err().is_none_or(|bad| bad.why.contains("recursion limit")));
        }
    }
}

#[test]
fn containers_in_containers_are_not_looked_at_again_for_each() {
    // As deep as may be, and each container longer than what is held, a hundred times over.
    let deep = |open: &str, close: &str, inside: &str| open.repeat(120) + inside + &close.repeat(120);
    let list = format!("[{}1]", "\"]\\\"\",2,{},".repeat(40));
    for one in [deep("[", "]", &list), deep("{\"a\":", "}", &list), deep("[1,", ",2]", &list)] {
        let text = format!("[{}]", vec![one; 100].join(","));
        for large in [100, 101, 250, 500, 1_000_000] {
            // What `read` asserts is what this is about.
            let whole: Value = read(text.as_bytes(), large).unwrap();
            assert_eq!(whole, serde_json::from_str::<Value>(&text).unwrap(), "{large}");
        }
    }
}

#[test]
fn what_is_large_is_never_held() {
    let mut text = String::from("[");
    for number in 0..200_000 {
        write!(text, "{{\"number\": {number}, \"list\": [\"a\", \"b\"]}},\n ").unwrap();
    }
    text.push_str("\"end\"]");
    let values: Vec<Value> = read(text.as_bytes(), 256 * 1024).unwrap();
    assert_eq!(values.len(), 200_001);
    assert_eq!((&values[199_999]["number"], &values[200_000]), (&Value::from(199_999), &Value::from("end")));
    let blanks = " ".repeat(3_000_000);
    assert_eq!(read::<Value>(format!("{blanks}[1,{blanks}2]{blanks}").as_bytes(), 99).unwrap()[1], 2);
}

fn values() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        (-1e9..1e9).prop_map(Value::from),
        "[a-c\"\\\\\\n\u{e4}\\[{}\\]]{0,12}".prop_map(Value::from),
    ];
    leaf.prop_recursive(5, 40, 6, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
            prop::collection::btree_map("[a-c\"\\\\]{0,3}", inner, 0..6)
                .prop_map(|map| Value::Object(map.into_iter().collect())),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(CASES))]

    #[test]
    fn it_reads_and_refuses_what_serde_json_does(
        value in values(),
        pretty in any::<bool>(),
        large in 1_usize..60,
        changes in prop::collection::vec(
            (any::<prop::sample::Index>(), prop::sample::select(b"\"\\{}[],: \n19-tx\xff".to_vec())),
            0..3,
        ),
    ) {
        let text = if pretty { serde_json::to_string_pretty(&value) } else { serde_json::to_string(&value) };
        let mut text = text.unwrap().into_bytes();
        for (at, byte) in changes {
            let at = at.index(text.len());
            text[at] = byte;
        }
        let whole = serde_json::from_slice::<Value>(&text);
        let parts = read::<Value>(&text, large);
        match (whole, parts) {
            (Ok(whole), Ok(parts)) => prop_assert_eq!(whole, parts),
            (Err(whole), Err(parts)) => {
                let lines = 1..=whole.line() as u64 + 1;
                prop_assert!(lines.contains(&parts.line), "{} {}", whole, parts);
            }
            (whole, parts) => prop_assert!(false, "{:?} {:?}", whole, parts),
        }
    }
}
