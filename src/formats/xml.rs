//! XML read as a stream of elements, with limits. Nothing outside the report is read: a document type may be
//! named and is never fetched, one that defines something is refused, and no entity but XML's own five and
//! numbers is known.

use std::borrow::Cow;
use std::cell::Cell;
use std::io::{self, BufRead, BufReader, Read};
use std::rc::Rc;

use quick_xml::Reader;
use quick_xml::escape::unescape;
use quick_xml::events::{BytesStart, Event};

use super::bad::BadReport;

/// How deep elements may nest.
const DEEPEST: usize = 200;

/// How long one tag or one text may be, in bytes.
const LONGEST: u64 = 16 * 1024 * 1024;

/// What comes next.
#[derive(Debug)]
pub(super) enum Node<'a> {
    /// An element begins.
    Start(Element<'a>),
    /// The innermost element that is open ends.
    End,
    /// Text in it; of one text several pieces may come.
    Text(Cow<'a, str>),
    /// What says nothing: a comment, a declaration.
    Nothing,
}

/// An element's name and attributes.
#[derive(Debug)]
pub(super) struct Element<'a> {
    tag: BytesStart<'a>,
    line: u64,
}

/// A document.
pub(super) struct Xml<R: Read> {
    reader: Reader<Counted<R>>,
    buffer: Vec<u8>,
    counts: Rc<Counts>,
    depth: usize,
    begun: bool,
}

#[derive(Default)]
struct Counts {
    lines: Cell<u64>,
    /// Bytes taken since the last node was whole.
    taken: Cell<u64>,
}

/// Counts line feeds, and refuses what has no end.
struct Counted<R> {
    inner: BufReader<R>,
    counts: Rc<Counts>,
}

impl<R: Read> Read for Counted<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let available = self.fill_buf()?;
        let count = available.len().min(buffer.len());
        buffer[..count].copy_from_slice(&available[..count]);
        self.consume(count);
        Ok(count)
    }
}

impl<R: Read> BufRead for Counted<R> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        if self.counts.taken.get() > LONGEST {
            return Err(io::Error::other(format!("a tag or a text is longer than {LONGEST} bytes")));
        }
        self.inner.fill_buf()
    }

    fn consume(&mut self, count: usize) {
        let taken = self.inner.buffer().get(..count).unwrap_or_default();
        let lines = taken.iter().filter(|&&byte| byte == b'\n').count() as u64;
        self.counts.lines.set(self.counts.lines.get() + lines);
        self.counts.taken.set(self.counts.taken.get() + count as u64);
        self.inner.consume(count);
    }
}

impl<R: Read> Xml<R> {
    /// Begins to read.
    pub(super) fn new(source: R) -> Self {
        let counts = Rc::new(Counts::default());
        let inner = BufReader::with_capacity(256 * 1024, source);
        let mut reader = Reader::from_reader(Counted { inner, counts: Rc::clone(&counts) });
        let config = reader.config_mut();
        config.expand_empty_elements = true;
        config.check_end_names = true;
        Self { reader, buffer: Vec::new(), counts, depth: 0, begun: false }
    }

    /// The next node; none at the end of the document.
    ///
    /// # Errors
    ///
    /// If it is no XML, ends too early, is nested too deep, defines entities or uses unknown ones.
    pub(super) fn next(&mut self) -> Result<Option<Node<'_>>, BadReport> {
        self.buffer.clear();
        self.counts.taken.set(0);
        let line = self.counts.lines.get() + 1;
        let event = self.reader.read_event_into(&mut self.buffer);
        let event = event.map_err(|error| BadReport::at(self.counts.lines.get() + 1, error.to_string()))?;
        match event {
            // Empty elements are expanded into a start and an end.
            Event::Decl(_) | Event::PI(_) | Event::Comment(_) | Event::Empty(_) => Ok(Some(Node::Nothing)),
            Event::DocType(doctype) if doctype.contains('[') => {
                let why = "its document type defines something (`<!DOCTYPE … [`): no report needs that";
                Err(BadReport::at(line, why))
            }
            Event::DocType(_) => Ok(Some(Node::Nothing)),
            Event::Text(text) if self.depth == 0 && text.trim().is_empty() => Ok(Some(Node::Nothing)),
            Event::Text(_) | Event::CData(_) | Event::GeneralRef(_) if self.depth == 0 => {
                Err(BadReport::at(line, "there is text outside of its elements"))
            }
            Event::Eof if self.depth > 0 => {
                Err(BadReport::at(line, "it ends before its elements do: it is cut off"))
            }
            Event::Eof => Ok(None),
            Event::Start(_) if self.depth == 0 && self.begun => {
                Err(BadReport::at(line, "there is a second document behind the first"))
            }
            Event::Start(tag) => {
                self.depth += 1;
                self.begun = true;
                if self.depth > DEEPEST {
                    return Err(BadReport::at(line, format!("elements nest deeper than {DEEPEST}")));
                }
                Ok(Some(Node::Start(Element { tag, line })))
            }
            Event::End(_) => {
                self.depth = self.depth.saturating_sub(1);
                Ok(Some(Node::End))
            }
            Event::Text(text) => Ok(Some(Node::Text(text.into_inner()))),
            Event::CData(text) => Ok(Some(Node::Text(text.into_inner()))),
            Event::GeneralRef(name) => Ok(Some(Node::Text(resolved(&name, line)?.into()))),
        }
    }
}

fn resolved(name: &quick_xml::events::BytesRef, line: u64) -> Result<String, BadReport> {
    let number = name.resolve_char_ref().map_err(|error| BadReport::at(line, error.to_string()))?;
    if let Some(char) = number {
        return Ok(char.to_string());
    }
    let known = quick_xml::escape::resolve_predefined_entity(name);
    known.map(Into::into).ok_or_else(|| BadReport::at(line, "it uses an entity that XML does not define"))
}

impl Element<'_> {
    /// Its name without a namespace.
    pub(super) fn name(&self) -> &str {
        self.tag.local_name().into_inner()
    }

    /// The line it stands in.
    pub(super) fn line(&self) -> u64 {
        self.line
    }

    /// Hands on each attribute by its name, with its references resolved.
    ///
    /// # Errors
    ///
    /// If they are no attributes, or use entities that XML does not define.
    pub(super) fn attributes(
        &self,
        mut each: impl FnMut(&str, Cow<'_, str>) -> Result<(), BadReport>,
    ) -> Result<(), BadReport> {
        let mut rest = self.tag.attributes_raw().trim_ascii_start();
        while !rest.is_empty() {
            let (key, quoted) =
                rest.split_once('=').ok_or_else(|| self.wrong("an attribute has no value"))?;
            let quoted = quoted.trim_ascii_start();
            let quote = quoted.chars().next().filter(|quote| matches!(quote, '"' | '\''));
            let quote = quote.ok_or_else(|| self.wrong("an attribute's value stands in no quotes"))?;
            let (value, after) =
                quoted[1..].split_once(quote).ok_or_else(|| self.wrong("an attribute's value has no end"))?;
            let value = match value.contains('&') {
                true => unescape(value).map_err(|error| self.wrong(&error.to_string()))?,
                false => Cow::Borrowed(value),
            };
            let key = key.trim_ascii_end();
            if key.is_empty() || key.contains(|c: char| c.is_ascii_whitespace()) {
                return Err(self.wrong("an attribute has no value, or no name"));
            }
            each(key.rsplit(':').next().unwrap_or(key), value)?;
            rest = after.trim_ascii_start();
        }
        Ok(())
    }

    fn wrong(&self, why: &str) -> BadReport {
        BadReport::at(self.line, why)
    }

    /// One attribute.
    ///
    /// # Errors
    ///
    /// As [`Element::attributes`].
    pub(super) fn attribute(&self, name: &str) -> Result<Option<String>, BadReport> {
        let mut found = None;
        self.attributes(|key, value| {
            if key == name {
                found = Some(value.into_owned());
            }
            Ok(())
        })?;
        Ok(found)
    }

    /// An attribute that cannot be left out.
    ///
    /// # Errors
    ///
    /// As [`Element::attributes`], and if it is not there or empty.
    pub(super) fn needed(&self, name: &str) -> Result<String, BadReport> {
        let found = self.attribute(name)?.filter(|value| !value.is_empty());
        found.ok_or_else(|| BadReport::at(self.line, format!("<{}> has no `{name}`", self.name())))
    }
}
