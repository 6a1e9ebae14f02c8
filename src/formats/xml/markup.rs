//! What the next piece of XML is and where it ends, found in one pass over it.

use std::ops::Range;

use memchr::memmem::find;
use memchr::{memchr, memchr_iter};

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
    /// A comment, an instruction, a document type that defines nothing.
    Nothing,
}

/// Where an attribute stands in its tag.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Attribute {
    pub(super) name: Range<usize>,
    /// Without its quotes.
    pub(super) value: Range<usize>,
    /// Whether there are references in it.
    pub(super) references: bool,
}

/// Looks at what these bytes begin with; none if it goes on behind them. The attributes of a tag go to `attributes`.
///
/// # Errors
///
/// If it is no XML, or a document type that defines something.
#[inline]
pub(super) fn look(bytes: &[u8], attributes: &mut Vec<Attribute>) -> Result<Option<Look>, &'static str> {
    match bytes {
        [] | [b'<'] => Ok(None),
        [b'<', b'/', ..] => Ok(end(bytes)),
        [b'<', b'?', b'>', ..] => Err("an instruction has no name"),
        [b'<', b'?', rest @ ..] => Ok(find(rest, b"?>").map(|at| nothing(bytes, 2 + at + 2))),
        [b'<', b'!', ..] => declaration(bytes),
        [b'<', ..] => {
            attributes.clear();
            Tag { bytes, at: 1, feeds: 0 }.read(attributes)
        }
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

/// Most texts are a line feed and some blanks.
#[inline]
fn before_markup(bytes: &[u8]) -> Option<Look> {
    let mut feeds = 0;
    for (at, byte) in bytes.iter().enumerate().take(64) {
        match byte {
            b'<' => return Some(Look { kind: Kind::Text { references: false }, length: at, feeds }),
            b'\n' => feeds += 1,
            b'&' => break,
            _ => {}
        }
    }
    memchr(b'<', bytes).map(|length| text(bytes, length))
}

#[inline]
fn end(bytes: &[u8]) -> Option<Look> {
    let mut feeds = 0;
    for (at, byte) in bytes.iter().enumerate() {
        match byte {
            b'>' => return Some(Look { kind: Kind::End, length: at + 1, feeds }),
            b'\n' => feeds += 1,
            _ => {}
        }
    }
    None
}

/// What begins with `<!`.
fn declaration(bytes: &[u8]) -> Result<Option<Look>, &'static str> {
    const COMMENT: &[u8] = b"<!--";
    const DATA: &[u8] = b"<![CDATA[";
    const TYPE: &[u8] = b"<!DOCTYPE";
    let begins = |with: &[u8]| {
        let both = bytes.len().min(with.len());
        bytes[..both].eq_ignore_ascii_case(&with[..both])
    };
    if bytes.starts_with(COMMENT) {
        return Ok(find(&bytes[4..], b"-->").map(|at| nothing(bytes, 4 + at + 3)));
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
    if goes_on { Ok(None) } else { Err("`<!` begins neither a comment nor a document type") }
}

fn document_type(bytes: &[u8], name: usize) -> Result<Option<Look>, &'static str> {
    let mut quote = None;
    for (at, &byte) in bytes.iter().enumerate().skip(name) {
        match (quote, byte) {
            (_, b'[') => {
                return Err("its document type defines something (`<!DOCTYPE … [`): no report needs that");
            }
            (Some(open), byte) if open == byte => quote = None,
            (None, b'"' | b'\'') => quote = Some(byte),
            (None, b'>') if bytes[name..at].trim_ascii().is_empty() => {
                return Err("its document type has no name");
            }
            (None, b'>') => return Ok(Some(nothing(bytes, at + 1))),
            _ => {}
        }
    }
    Ok(None)
}

/// What a byte is to a tag.
const PLAIN: u8 = 0;
const BLANK: u8 = 1;
/// It ends a name or has no place in one.
const MARK: u8 = 2;

const CLASSES: [u8; 256] = {
    let mut classes = [PLAIN; 256];
    let (blanks, marks) = (b" \t\r\n", b"<>/=\"'");
    let mut at = 0;
    while at < blanks.len() {
        classes[blanks[at] as usize] = BLANK;
        at += 1;
    }
    at = 0;
    while at < marks.len() {
        classes[marks[at] as usize] = MARK;
        at += 1;
    }
    classes
};

/// A tag that is taken apart.
struct Tag<'a> {
    bytes: &'a [u8],
    at: usize,
    feeds: u64,
}

impl Tag<'_> {
    #[inline]
    fn read(mut self, attributes: &mut Vec<Attribute>) -> Result<Option<Look>, &'static str> {
        let name = self.name();
        if name.is_empty() && self.at < self.bytes.len() {
            return Err("a tag has no name");
        }
        loop {
            self.blanks();
            match self.bytes.get(self.at) {
                None => return Ok(None),
                Some(b'>') => return Ok(Some(self.start(name.end, false))),
                Some(b'/') => {
                    return match self.bytes.get(self.at + 1) {
                        None => Ok(None),
                        Some(b'>') => {
                            self.at += 1;
                            Ok(Some(self.start(name.end, true)))
                        }
                        Some(_) => Err("a tag has a `/` before its end"),
                    };
                }
                Some(_) => match self.attribute()? {
                    Some(attribute) => attributes.push(attribute),
                    None => return Ok(None),
                },
            }
        }
    }

    fn start(&self, name: usize, empty: bool) -> Look {
        Look { kind: Kind::Start { name, empty }, length: self.at + 1, feeds: self.feeds }
    }

    #[inline]
    fn name(&mut self) -> Range<usize> {
        let from = self.at;
        while let Some(&byte) = self.bytes.get(self.at)
            && CLASSES[usize::from(byte)] == PLAIN
        {
            self.at += 1;
        }
        from..self.at
    }

    #[inline]
    fn blanks(&mut self) {
        while let Some(&byte) = self.bytes.get(self.at)
            && CLASSES[usize::from(byte)] == BLANK
        {
            self.feeds += u64::from(byte == b'\n');
            self.at += 1;
        }
    }

    /// An attribute; none if it goes on behind the bytes.
    #[inline]
    fn attribute(&mut self) -> Result<Option<Attribute>, &'static str> {
        let name = self.name();
        self.blanks();
        match self.bytes.get(self.at) {
            None => return Ok(None),
            Some(b'=') if !name.is_empty() => self.at += 1,
            Some(_) => return Err("an attribute has no value, or no name"),
        }
        self.blanks();
        let quote = match self.bytes.get(self.at) {
            None => return Ok(None),
            Some(quote @ (b'"' | b'\'')) => *quote,
            Some(_) => return Err("an attribute's value stands in no quotes"),
        };
        self.at += 1;
        let (from, mut references) = (self.at, false);
        while let Some(&byte) = self.bytes.get(self.at) {
            if byte == quote {
                let value = from..self.at;
                self.at += 1;
                return Ok(Some(Attribute { name, value, references }));
            }
            references |= byte == b'&';
            self.feeds += u64::from(byte == b'\n');
            self.at += 1;
        }
        Ok(None)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn looked(text: &str) -> Result<Option<Look>, &'static str> {
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
            ("<!-- <a> -- > \n -->", Kind::Nothing, 1),
            ("<![CDATA[ ]] > <a> ]]>", Kind::Data, 0),
            ("<?xml version='1.0' > ?>", Kind::Nothing, 0),
            ("<!doctype a SYSTEM '>'>", Kind::Nothing, 0),
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
