//! Our reader against quick-xml: what it takes, quick-xml takes, and both see the same.

use proptest::prelude::*;
use quick_xml::events::{BytesStart, Event};

use super::{LONGEST, Node, each_node};
use crate::formats::{BadReport, CASES};

/// What is in a document, in a form in which both can tell it.
fn ours(text: &[u8]) -> Result<Vec<String>, BadReport> {
    let mut told = Vec::new();
    each_node(text, |node| {
        match node {
            Node::Start(element) => {
                told.push(format!("<{}", element.name()));
                element.attributes(|name, value| {
                    told.push(format!("{name}={value}"));
                    Ok(())
                })?;
            }
            Node::End => told.push(">".into()),
            Node::Text(text) => add(&mut told, &text),
            Node::Comment(_) | Node::Nothing => {}
        }
        Ok(())
    })?;
    Ok(told)
}

/// Text may come in pieces.
fn add(told: &mut Vec<String>, text: &str) {
    match told.last_mut() {
        Some(last) if last.starts_with('#') => last.push_str(text),
        _ if text.is_empty() => {}
        _ => told.push(format!("#{text}")),
    }
}

fn theirs(text: &[u8]) -> Result<Vec<String>, Box<dyn std::error::Error>> {
    let mut reader = quick_xml::Reader::from_reader(text);
    let mut told = Vec::new();
    let mut depth = 0;
    loop {
        let event = reader.read_event()?;
        match event {
            Event::Start(tag) => {
                depth += 1;
                begin(&mut told, &tag)?;
            }
            Event::Empty(tag) => {
                begin(&mut told, &tag)?;
                told.push(">".into());
            }
            Event::End(_) => {
                depth -= 1;
                told.push(">".into());
            }
            Event::Text(text) if depth > 0 => add(&mut told, &text),
            Event::CData(text) if depth > 0 => add(&mut told, &text),
            Event::GeneralRef(name) => {
                let text = format!("&{};", &*name);
                add(&mut told, &quick_xml::escape::unescape(&text)?);
            }
            Event::Eof => return Ok(told),
            _ => {}
        }
    }
}

fn begin(told: &mut Vec<String>, tag: &BytesStart) -> Result<(), Box<dyn std::error::Error>> {
    told.push(format!("<{}", tag.local_name().into_inner()));
    for attribute in tag.attributes() {
        let attribute = attribute?;
        let value = quick_xml::escape::unescape(&attribute.value)?;
        told.push(format!("{}={value}", attribute.key.into_inner()));
    }
    Ok(())
}

const DOCUMENT: &str = "<?xml version=\"1.0\"?>\n<!DOCTYPE a SYSTEM 'x'>\n<!-- <c> -->\n<n:a b='1' n:b=\"&lt;x&#65;\">\n \
    text &amp; more<![CDATA[<raw> & ]]]]>\n<d/><e f = '>'></e >\u{e4}<g h=\"\"\n/>&quot;</n:a>\n";

#[test]
fn both_see_the_same_in_a_whole_document() {
    assert_eq!(ours(DOCUMENT.as_bytes()).unwrap(), theirs(DOCUMENT.as_bytes()).unwrap());
    for report in [
        &include_bytes!("../../../tests/corpus/reports/py.xml")[..],
        include_bytes!("../../../tests/corpus/reports/pytest.xml"),
        include_bytes!("../../../tests/corpus/reports/node.junit"),
    ] {
        assert_eq!(ours(report).unwrap(), theirs(report).unwrap());
    }
}

#[test]
fn what_is_long_has_limits() {
    for (text, words) in [
        (format!("<a>{}", "x".repeat(40 << 20)), "longer than"),
        (format!("<a b='{}", "x".repeat(40 << 20)), "longer than"),
        (format!("<a><!--{}", "x".repeat(40 << 20)), "longer than"),
        (format!("<a>{}", "x".repeat(1 << 20)), "cut off"),
        (format!("<a b='{}", "x".repeat(1 << 20)), "cut off"),
    ] {
        let bad = ours(text.as_bytes()).unwrap_err();
        assert!(bad.why.contains(words), "{bad:?}");
    }
    for (length, taken) in [(LONGEST, true), (LONGEST + 1, false)] {
        let read = ours(format!("<a>{}</a>", "x".repeat(length)).as_bytes());
        assert_eq!(read.is_ok(), taken);
        assert!(read.err().is_none_or(|bad| (bad.line, bad.column) == (1, 4)));
    }
    let long = "\n<b c='d'>&lt;</b>".repeat(100_000);
    assert_eq!(ours(format!("<a>{long}</a>").as_bytes()).unwrap().len(), 500_002);
    let bad = ours(format!("<a>{long}\n</b>").as_bytes()).unwrap_err();
    assert_eq!((bad.line, bad.column), (100_002, 1));
    assert_eq!(bad.why, "</b> stands where <a> should end");
}

#[test]
fn a_character_may_lie_on_both_sides_of_what_is_held() {
    for before in 0..6 {
        let text =
            format!("<a>{}{}</a>", "x".repeat(before), "<b c='\u{1f600}'>\u{e4}\u{20ac}</b>".repeat(60_000));
        let told = ours(text.as_bytes()).unwrap();
        assert_eq!(told, theirs(text.as_bytes()).unwrap());
        assert_eq!(told.iter().filter(|told| *told == "#\u{e4}\u{20ac}").count(), 60_000);
    }
}

#[test]
fn what_is_no_xml_is_refused_with_its_place() {
    let long = "n".repeat(1001);
    for (text, line, column, words) in [
        ("<a>\n <b c='x<y'/></a>".to_owned(), 2, 9, "holds a `<`"),
        ("<a>\n <b\n  c='1'\n  d='' c='2'/></a>".to_owned(), 4, 8, "the attribute `c` is there twice"),
        ("<a>\n<!DOCTYPE a></a>".to_owned(), 2, 1, "a document type stands behind"),
        ("<a/><!DOCTYPE a>".to_owned(), 1, 5, "a document type stands behind"),
        ("<!DOCTYPE a>\n<!DOCTYPE a><a/>".to_owned(), 2, 1, "a second document type"),
        (format!("<a>\n<{long}/></a>"), 2, 2, "longer than 1000"),
        (format!("<a>\n</{long}>"), 2, 3, "longer than 1000"),
        (format!("<a>\n<b {long}='1'/></a>"), 2, 4, "longer than 1000"),
        ("<a>\n<b/>\n</ab></a>".to_owned(), 3, 1, "</ab> stands where <a> should end"),
        ("<a/>\nx".to_owned(), 1, 5, "text outside"),
        ("<a/>\u{a0}".to_owned(), 1, 5, "text outside"),
        ("<a></a\u{c}>".to_owned(), 1, 4, "stands where <a> should end"),
        ("\u{feff}<a/><b/>".to_owned(), 1, 5, "a second document"),
        ("<a>\n  b &x;</a>".to_owned(), 2, 5, "`&x;` is none of the five"),
        ("<a>\n&lt;&y</a>".to_owned(), 2, 5, "no `;` follows"),
        (format!("<b>{}", "<a>\n".repeat(300)), 200, 1, "nest deeper than 200"),
    ] {
        let bad = ours(text.as_bytes()).unwrap_err();
        assert!(bad.why.contains(words), "{bad:?}");
        assert_eq!((bad.line, bad.column), (line, column), "{bad:?}");
    }
    for (text, line, column) in [
        (&b"<a>\n<b \xff=''/></a>"[..], 2, 4),
        (b"<a>x\xff</b>", 1, 5),
        (b"<a>x\xc3", 1, 5),
        (b"<a/>\xf0\x9f\x98", 1, 5),
    ] {
        let bad = ours(text).unwrap_err();
        assert_eq!((bad.line, bad.column, bad.why.as_str()), (line, column, "it is no text in UTF-8"));
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(CASES))]

    #[test]
    fn what_we_take_quick_xml_takes_and_sees_the_same(
        changes in prop::collection::vec(
            (any::<prop::sample::Index>(), any::<prop::sample::Index>(),
             prop::sample::select(vec!["", "<", ">", "/", "'", "\"", "&", "=", " ", "!", "-", "]]>", "a", "<b>", "</b>", "&gt;", "<!--", "\u{e4}", "\u{c}", "\u{a0}"])),
            0..4,
        ),
    ) {
        let mut text = DOCUMENT.as_bytes().to_vec();
        for (from, length, with) in changes {
            let from = from.index(text.len());
            let to = (from + length.index(4)).min(text.len());
            text.splice(from..to, with.bytes());
            if text.is_empty() {
                text.push(b' ');
            }
        }
        if let Ok(told) = ours(&text) {
            prop_assert_eq!(told, theirs(&text).map_err(|error| TestCaseError::fail(error.to_string()))?);
        }
    }
}
