//! A tag that begins an element, taken apart in one pass over it.

use std::ops::Range;

use super::markup::{Kind, Look, Wrong};
use super::plain;

/// The longest name of an element or an attribute, in bytes.
pub(super) const LONGEST_NAME: usize = 1000;

/// The most attributes of an element.
pub(super) const MOST_ATTRIBUTES: usize = 100;

/// Where an attribute stands in its tag.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Attribute {
    pub(super) name: Range<usize>,
    /// Without its quotes.
    pub(super) value: Range<usize>,
    /// Whether there are references in it.
    pub(super) references: bool,
}

/// What a byte is to a tag, bit by bit: a blank.
const BLANK: u8 = 1;
/// It ends a name or has no place in one.
pub(super) const ENDS: u8 = 2;
/// In an attribute's value it asks for a closer look.
pub(super) const STOPS: u8 = 4;

/// What each byte is.
pub(super) const CLASSES: [u8; 256] = {
    let mut classes = [0; 256];
    let sets: [(&[u8], u8); 3] = [(b" \t\r\n", BLANK | ENDS), (b"<>/=\"'", ENDS), (b"\"'<&\n", STOPS)];
    let mut set = 0;
    while set < sets.len() {
        let (bytes, class) = sets[set];
        let mut at = 0;
        while at < bytes.len() {
            classes[bytes[at] as usize] |= class;
            at += 1;
        }
        set += 1;
    }
    classes
};

/// Whether it is white space, of which XML knows four (XML 1.0, 2.3).
pub(super) fn is_blank(char: char) -> bool {
    u8::try_from(char).is_ok_and(|byte| CLASSES[usize::from(byte)] & BLANK != 0)
}

/// A tag that is taken apart.
pub(super) struct Tag<'a> {
    bytes: &'a [u8],
    at: usize,
    feeds: u64,
    /// A bit for each name that was there; two names may share one.
    names: u64,
}

impl<'a> Tag<'a> {
    /// The tag that these bytes begin with.
    #[inline]
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, at: 1, feeds: 0, names: 0 }
    }

    /// Takes it apart; none if it goes on behind the bytes.
    ///
    /// # Errors
    ///
    /// If it is no tag of XML, or has more attributes or longer names than are taken.
    #[inline]
    pub(super) fn read(mut self, attributes: &mut Vec<Attribute>) -> Result<Option<Look>, Wrong> {
        attributes.clear();
        let name = self.name()?;
        if name.is_empty() && self.at < self.bytes.len() {
            return Err(Wrong::at(self.at, "a tag has no name"));
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
                        Some(_) => Err(Wrong::at(self.at, "a tag has a `/` before its end")),
                    };
                }
                Some(_) => {
                    let Some(attribute) = self.attribute()? else { return Ok(None) };
                    self.new_name(&attribute.name, attributes)?;
                    attributes.push(attribute);
                }
            }
        }
    }

    fn start(&self, name: usize, empty: bool) -> Look {
        Look { kind: Kind::Start { name, empty }, length: self.at + 1, feeds: self.feeds }
    }

    #[inline]
    fn name(&mut self) -> Result<Range<usize>, Wrong> {
        let from = self.at;
        self.at += plain::name(&self.bytes[from..]);
        if self.at - from > LONGEST_NAME { Err(Wrong::long_name(from)) } else { Ok(from..self.at) }
    }

    #[inline]
    fn blanks(&mut self) {
        while let Some(&byte) = self.bytes.get(self.at)
            && CLASSES[usize::from(byte)] & BLANK != 0
        {
            self.feeds += u64::from(byte == b'\n');
            self.at += 1;
        }
    }

    /// An attribute; none if it goes on behind the bytes.
    #[inline]
    fn attribute(&mut self) -> Result<Option<Attribute>, Wrong> {
        let name = self.name()?;
        self.blanks();
        match self.bytes.get(self.at) {
            None => return Ok(None),
            Some(b'=') if !name.is_empty() => self.at += 1,
            Some(_) => return Err(Wrong::at(self.at, "an attribute has no value, or no name")),
        }
        self.blanks();
        let quote = match self.bytes.get(self.at) {
            None => return Ok(None),
            Some(quote @ (b'"' | b'\'')) => *quote,
            Some(_) => return Err(Wrong::at(self.at, "an attribute's value stands in no quotes")),
        };
        self.at += 1;
        let (from, mut references) = (self.at, false);
        loop {
            self.at += plain::value(&self.bytes[self.at..], quote);
            match self.bytes.get(self.at) {
                None => return Ok(None),
                Some(b'<') => {
                    let why = "an attribute's value holds a `<`: it has to be `&lt;`";
                    return Err(Wrong::at(self.at, why));
                }
                Some(b'&') => references = true,
                Some(b'\n') => self.feeds += 1,
                Some(byte) if *byte == quote => {
                    let value = from..self.at;
                    self.at += 1;
                    return Ok(Some(Attribute { name, value, references }));
                }
                // The other kind of quote.
                Some(_) => {}
            }
            self.at += 1;
        }
    }

    /// An attribute may be told once, and there are not too many.
    #[inline]
    fn new_name(&mut self, name: &Range<usize>, attributes: &[Attribute]) -> Result<(), Wrong> {
        let text = &self.bytes[name.clone()];
        let ends = text.first().zip(text.last());
        let (first, last) = ends.map_or((0, 0), |(first, last)| (u64::from(*first), u64::from(*last)));
        let bit = 1 << ((first * 7 + last * 3 + text.len() as u64) % 64);
        if self.names & bit != 0 && attributes.iter().any(|other| self.bytes[other.name.clone()] == *text) {
            let why = format!("the attribute `{}` is there twice", String::from_utf8_lossy(text));
            return Err(Wrong::at(name.start, why));
        }
        self.names |= bit;
        if attributes.len() < MOST_ATTRIBUTES {
            Ok(())
        } else {
            Err(Wrong::at(name.start, format!("an element has more than {MOST_ATTRIBUTES} attributes")))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Option<Vec<Attribute>>, Wrong> {
        let mut attributes = Vec::new();
        Tag::new(text.as_bytes()).read(&mut attributes).map(|look| look.map(|_| attributes))
    }

    #[test]
    fn what_has_no_bound_in_xml_has_one_here() {
        let many = |count: usize| (0..count).map(|one| format!(" a{one}=''")).collect::<String>();
        assert_eq!(read(&format!("<a{}/>", many(MOST_ATTRIBUTES))).unwrap().unwrap().len(), MOST_ATTRIBUTES);
        let wrong = read(&format!("<a{} b=''/>", many(MOST_ATTRIBUTES))).unwrap_err();
        let ahead = 3 + many(MOST_ATTRIBUTES).len();
        assert_eq!(wrong, Wrong::at(ahead, "an element has more than 100 attributes"));
        let name = "n".repeat(LONGEST_NAME);
        assert_eq!(read(&format!("<{name} {name}=''>")).unwrap().unwrap().len(), 1);
        for (text, ahead) in [
            (format!("<{name}n>"), 1),
            (format!("<a {name}n=''>"), 3),
            // It is not read to its end.
            (format!("<{}", name.repeat(2)), 1),
        ] {
            assert_eq!(read(&text), Err(Wrong::at(ahead, "a name is longer than 1000 bytes")));
        }
    }

    #[test]
    fn an_attribute_is_told_once() {
        // Of the same length, beginning and end.
        for text in ["<a bc='' cb=''>", "<a bxc='' byc=''>", "<a n:b='' b='' m:b=''>"] {
            assert!(read(text).unwrap().is_some(), "{text}");
        }
        for (text, name, ahead) in
            [("<a b='' c='' b=''>", "b", 13), ("<a n:b='1' n:b='1'>", "n:b", 11), ("<a b='' b='", "b", 8)]
        {
            let why = format!("the attribute `{name}` is there twice");
            assert_eq!(read(&format!("{text}'>")), Err(Wrong::at(ahead, why)), "{text}");
        }
    }

    #[test]
    fn a_value_holds_no_tag() {
        let wrong = Wrong::at(7, "an attribute's value holds a `<`: it has to be `&lt;`");
        assert_eq!(read("<a b='x<y'>"), Err(wrong));
        assert!(read("<a b='x&lt;y>'>").unwrap().unwrap()[0].references);
    }
}
