//! What the next piece of XML is and where it ends, found in one pass over it.

use std::borrow::Cow;

use memchr::memmem::find;
use memchr::{memchr, memchr_iter};

use super::plain;
use super::tag::{Attribute, LONGEST_NAME, Tag, is_blank};

/// A piece that is whole.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Look {
    pub(super) kind: Kind,
    /// Its length in bytes.
    pub(super) length: usize,
    /// The line feeds in it.
    pub(super) feeds: u64,
}

/// What a piece is.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// A tag that begins an element.
    Start {
        /// Where its name ends.
        name: usize,
        /// It ends the element, too.
        empty: bool,
    },
    /// A tag that ends one.
    End,
    /// Text.
    Text {
        /// Whether there are references in it.
        references: bool,
    },
    /// A section of text without markup.
    Data,
    /// A document type that defines nothing.
    Type,
    /// A comment.
    Comment,
    /// An instruction.
    Nothing,
}

/// What is wrong, and how many bytes ahead.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Wrong {
    pub(super) why: Cow<'static, str>,
    pub(super) ahead: usize,
}

impl Wrong {
    #[cold]
    pub(super) fn at(ahead: usize, why: impl Into<Cow<'static, str>>) -> Self {
        Self { why: why.into(), ahead }
    }

    /// The same, this much further ahead.
    #[cold]
    pub(super) fn behind(self, before: usize) -> Self {
        Self { ahead: before + self.ahead, ..self }
    }

    #[cold]
    pub(super) fn long_name(ahead: usize) -> Self {
        Self::at(ahead, format!("a name is longer than {LONGEST_NAME} bytes"))
    }
}

/// Looks at what these bytes begin with; none if it goes on behind them. The attributes of a tag go to `attributes`.
///
/// # Errors
///
/// If it is no XML, a document type that defines something, or longer or more than is taken.
#[inline]
pub(super) fn look(bytes: &[u8], attributes: &mut Vec<Attribute>) -> Result<Option<Look>, Wrong> {
    match bytes {
        [] | [b'<'] => Ok(None),
        [b'<', b'/', ..] => end(bytes),
        [b'<', b'?', b'>', ..] => Err(Wrong::at(2, "an instruction has no name")),
        [b'<', b'?', rest @ ..] => Ok(find(rest, b"?>").map(|at| nothing(bytes, 2 + at + 2))),
        [b'<', b'!', ..] => declaration(bytes),
        [b'<', ..] => Tag::new(bytes).read(attributes),
        _ => Ok(before_markup(bytes)),
    }
}

/// Text of this length.
pub(super) fn text(bytes: &[u8], length: usize) -> Look {
    let bytes = &bytes[..length];
    Look { kind: Kind::Text { references: memchr(b'&', bytes).is_some() }, length, feeds: feeds(bytes) }
}

fn nothing(bytes: &[u8], length: usize) -> Look {
    Look { kind: Kind::Nothing, length, feeds: feeds(&bytes[..length]) }
}

fn feeds(bytes: &[u8]) -> u64 {
    memchr_iter(b'\n', bytes).count() as u64
}

#[inline]
fn before_markup(bytes: &[u8]) -> Option<Look> {
    if let Some((length, feeds)) = plain::text(bytes) {
        return Some(Look { kind: Kind::Text { references: false }, length, feeds });
    }
    memchr(b'<', bytes).map(|length| text(bytes, length))
}

/// Only blanks may make a tag that ends an element longer than its name.
#[inline]
fn end(bytes: &[u8]) -> Result<Option<Look>, Wrong> {
    let mut feeds = 0;
    for (at, byte) in bytes.iter().enumerate() {
        match byte {
            b'>' => return Ok(Some(Look { kind: Kind::End, length: at + 1, feeds })),
            b'\n' => feeds += 1,
            _ if at > LONGEST_NAME + 1 && !is_blank(char::from(*byte)) => return Err(Wrong::long_name(2)),
            _ => {}
        }
    }
    Ok(None)
}

/// What begins with `<!`.
fn declaration(bytes: &[u8]) -> Result<Option<Look>, Wrong> {
    const COMMENT: &[u8] = b"<!--";
    const DATA: &[u8] = b"<![CDATA[";
    const TYPE: &[u8] = b"<!DOCTYPE";
    let begins = |with: &[u8]| {
        let both = bytes.len().min(with.len());
        bytes[..both].eq_ignore_ascii_case(&with[..both])
    };
    if bytes.starts_with(COMMENT) {
        // The dashes that begin it end none: `<!-->` goes on.
        let end = find(&bytes[4..], b"-->");
        return Ok(end.map(|at| Look { kind: Kind::Comment, ..nothing(bytes, 4 + at + 3) }));
    }
    if bytes.starts_with(DATA) {
        return Ok(find(&bytes[9..], b"]]>").map(|at| {
            let length = 9 + at + 3;
            Look { kind: Kind::Data, length, feeds: feeds(&bytes[..length]) }
        }));
    }
    if begins(TYPE) && bytes.len() >= TYPE.len() {
        return document_type(bytes, TYPE.len());
    }
    let goes_on = bytes.len() < TYPE.len() && [COMMENT, DATA, TYPE].into_iter().any(begins);
    if goes_on { Ok(None) } else { Err(Wrong::at(0, "`<!` begins neither a comment nor a document type")) }
}

fn document_type(bytes: &[u8], name: usize) -> Result<Option<Look>, Wrong> {
    let mut quote = None;
    for (at, &byte) in bytes.iter().enumerate().skip(name) {
        match (quote, byte) {
            (_, b'[') => {
                let why = "its document type defines something (`<!DOCTYPE … [`): no report needs that";
                return Err(Wrong::at(at, why));
            }
            (Some(open), byte) if open == byte => quote = None,
            (None, b'"' | b'\'') => quote = Some(byte),
            (None, b'>') if bytes[name..at].iter().all(|&byte| is_blank(char::from(byte))) => {
                return Err(Wrong::at(at, "its document type has no name"));
            }
            (None, b'>') => return Ok(Some(Look { kind: Kind::Type, ..nothing(bytes, at + 1) })),
            _ => {}
        }
    }
    Ok(None)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn looked(text: &str) -> Result<Option<Look>, Wrong> {
        look(text.as_bytes(), &mut Vec::new())
    }

    #[test]
    fn each_piece_ends_where_it_ends() {
        for (piece, kind, feeds) in [
            ("<a>", Kind::Start { name: 2, empty: false }, 0),
            ("<n:a\n b = '>\n' c=\"/>&amp;\"/>", Kind::Start { name: 4, empty: true }, 2),
            ("</a\n>", Kind::End, 1),
            ("\n  ", Kind::Text { references: false }, 1),
            ("a &lt; b", Kind::Text { references: true }, 0),
            ("<!-- <a> -- > \n -->", Kind::Comment, 1),
            ("<!---->", Kind::Comment, 0),
            ("<!-->-->", Kind::Comment, 0),
            ("<!--->-->", Kind::Comment, 0),
            ("<![CDATA[ ]] > <a> ]]>", Kind::Data, 0),
            ("<?xml version='1.0' > ?>", Kind::Nothing, 0),
            ("<!doctype a SYSTEM '>'>", Kind::Type, 0),
        ] {
            let found = looked(&format!("{piece}<next>")).unwrap().unwrap();
            assert_eq!(found, Look { kind, length: piece.len(), feeds }, "{piece}");
            for cut in 0..piece.len() {
                assert_eq!(looked(&piece[..cut]), Ok(None), "{piece} at {cut}");
            }
        }
        let long = "x\n".repeat(100);
        let wanted = Look { kind: Kind::Text { references: false }, length: 200, feeds: 100 };
        assert_eq!(looked(&format!("{long}<")), Ok(Some(wanted)));
    }

    #[test]
    fn what_is_no_markup_is_refused() {
        for text in [
            "<>",
            "< a>",
            "<a b>",
            "<a b c='1'>",
            "<a b=1>",
            "<a 'b'>",
            "<a /b>",
            "<a<b>",
            "<!x>",
            "<!->",
            "<a =''>",
            "<!DOCTYPE >",
            "<!DOCTYPE a [",
            "<?>",
            "<='x'>",
        ] {
            assert!(looked(text).is_err(), "{text}");
        }
    }
}
