//! An event as Go's encoder writes nearly all of them (encoding/json): with escapes only in what a test printed.
//!
//! What is written in any other way, as the name of a test with a `<` in it, is left to the reader of all of JSON;
//! nothing is taken here that it would not take.

use std::borrow::Cow;

use super::go_event::Event;
use crate::formats::json::quick::{scalar, skip, text, unescaped, whole};

/// Reads an event; what it printed is written into `output`, which is empty. None if it is not written as Go does.
pub(super) fn event<'a>(line: &'a [u8], output: &'a mut String) -> Option<Event<'a>> {
    let mut event = Event::default();
    let mut known = 0_u8;
    whole(line, |name, rest| {
        let (field, place) = match name {
            b"Time" => (1, Some(&mut event.time)),
            b"Action" => (ACTION, Some(&mut event.action)),
            b"Package" => (4, Some(&mut event.package)),
            b"Test" => (8, Some(&mut event.test)),
            b"FailedBuild" => (16, Some(&mut event.failed_build)),
            b"ImportPath" => (32, Some(&mut event.import_path)),
            b"Output" => (64, None),
            b"Elapsed" => (ELAPSED, None),
            // A name that is no text in UTF-8 is refused; a value that nobody asks for is not looked at.
            other => return str::from_utf8(other).ok().and_then(|_| skip(rest)),
        };
        // What is told twice is in doubt.
        if known & field != 0 {
            return None;
        }
        known |= field;
        if let Some(place) = place {
            let (value, rest) = text(rest)?;
            *place = Cow::Borrowed(str::from_utf8(value).ok()?);
            return Some(rest);
        }
        if field != ELAPSED {
            return unescaped(rest, output);
        }
        let (elapsed, rest) = scalar(rest)?;
        event.elapsed = elapsed;
        Some(rest)
    })?;
    event.output = Cow::Borrowed(output);
    (known & ACTION != 0).then_some(event)
}

const ACTION: u8 = 2;
const ELAPSED: u8 = 128;

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::formats::CASES;

    const EVENTS: [&str; 4] = [
        r#"{"Time":"2026-01-05T09:30:00.123456789+01:00","Action":"output","Package":"a.b/c","Test":"TestÄ/x","Output":"a\t\u003c \"b\" ä\n"}"#,
        r#"{"Action":"pass","Package":"a.b/c","Elapsed":0.25}"#,
        r#"{"ImportPath":"a [a.test]","Action":"build-output","Output":"","Other":[1,{"a":null}]}"#,
        r#"{"Action":"fail","Package":"a","Elapsed":0,"FailedBuild":"a [a.test]"}"#,
    ];

    #[test]
    fn what_go_writes_is_taken() {
        for line in EVENTS {
            let (mut output, wanted) = (String::new(), serde_json::from_str(line).unwrap());
            assert_eq!(event(line.as_bytes(), &mut output), Some(wanted), "{line}");
        }
    }

    #[test]
    fn what_is_in_doubt_is_left_to_others() {
        for line in [
            "{}",
            "[]",
            r#"{"Package":"a"}"#,
            r#"{"Action":"run","Action":"run"}"#,
            r#"{"Action":null}"#,
            r#"{"Action":"r\u0075n"}"#,
            r#"{"Action":"run","Output":"\ud83d\ude00"}"#,
            r#"{"Action":"run","Output":"\u+12a"}"#,
            r#"{"Action":"run","Output":"\x"}"#,
            r#"{"Action":"run","Elapsed":"1"}"#,
            r#"{"Action":"run","Elapsed":1.}"#,
            "{\"Action\":\"run\",\"Output\":\"\u{1}\"}",
        ] {
            assert_eq!(event(line.as_bytes(), &mut String::new()), None, "{line}");
        }
        assert_eq!(event(b"{\"Action\":\"\xff\"}", &mut String::new()), None);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(CASES))]

        #[test]
        fn no_more_is_taken_than_the_other_reader_takes(
            event_of in prop::sample::select(EVENTS.to_vec()),
            changes in prop::collection::vec(
                (any::<prop::sample::Index>(), prop::sample::select(b"\"\\{}[],: 015u.-eEtn\xff\xc3\x01".to_vec())),
                0..4,
            ),
        ) {
            let mut line = event_of.as_bytes().to_vec();
            for (at, byte) in changes {
                let at = at.index(line.len());
                line[at] = byte;
            }
            let (mut output, other) = (String::new(), serde_json::from_slice::<Event>(&line));
            if let Some(event) = event(&line, &mut output) {
                prop_assert_eq!(event, other.unwrap());
            }
        }
    }
}
