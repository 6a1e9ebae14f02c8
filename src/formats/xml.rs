//! XML read as a stream of elements, with limits. Nothing outside the report is read: a document type may be
//! named and is never fetched, one that defines something is refused, and no entity but XML's own five and
//! numbers is known.
//!
//! Each node is read where it lies in the window, in one pass. quick-xml itself, which searches a tag for quotes
//! first and takes it apart then, needs most of the time that there is; the tests hold this reader against it.

mod markup;
#[cfg(test)]
mod oracle_tests;

use std::borrow::Cow;
use std::io::Read;

use quick_xml::escape::unescape;

use self::markup::{Attribute, Kind, Look, look};
use super::bad::BadReport;
use super::window::Window;

/// How deep elements may nest.
const DEEPEST: usize = 200;

/// How long one tag or one text may be, in bytes.
const LONGEST: usize = 16 * 1024 * 1024;

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
    tag: &'a str,
    name: &'a str,
    attributes: &'a [Attribute],
    line: u64,
}

/// A document.
pub(super) struct Xml<R> {
    window: Window<R>,
    /// The length of the node that was handed on last.
    used: usize,
    /// The line feeds before what comes next.
    lines: u64,
    open: Open,
    /// The attributes of the tag that was handed on last.
    attributes: Vec<Attribute>,
    /// The element that was handed on last has nothing in it: its end comes next.
    empty: bool,
    begun: bool,
}

/// The elements that are open.
#[derive(Default)]
struct Open {
    /// Their names, one behind the other.
    names: String,
    /// Where each of them begins.
    starts: Vec<usize>,
}

impl Open {
    #[inline]
    fn push(&mut self, name: &str) {
        self.starts.push(self.names.len());
        self.names.push_str(name);
    }

    /// The innermost one ends with this name.
    #[inline]
    fn pop(&mut self, name: &str, line: u64) -> Result<(), BadReport> {
        let Some(start) = self.starts.pop() else {
            return Err(BadReport::at(line, format!("</{name}> ends what has not begun")));
        };
        if &self.names[start..] != name {
            let why = format!("</{name}> stands where <{}> should end", &self.names[start..]);
            return Err(BadReport::at(line, why));
        }
        self.names.truncate(start);
        Ok(())
    }
}

impl<R: Read> Xml<R> {
    /// Begins to read.
    pub(super) fn new(source: R) -> Self {
        Self {
            window: Window::new(source),
            used: 0,
            lines: 0,
            open: Open::default(),
            attributes: Vec::new(),
            empty: false,
            begun: false,
        }
    }

    /// The next node; none at the end of the document.
    ///
    /// # Errors
    ///
    /// If it is no XML, ends too early, is nested too deep, defines entities or uses unknown ones.
    pub(super) fn next(&mut self) -> Result<Option<Node<'_>>, BadReport> {
        self.window.take(std::mem::take(&mut self.used));
        if std::mem::take(&mut self.empty) {
            return Ok(Some(Node::End));
        }
        let Some(Look { kind, length, feeds }) = self.whole()? else {
            return match self.open.starts.is_empty() {
                true => Ok(None),
                false => Err(self.wrong("it ends before its elements do: it is cut off")),
            };
        };
        let line = self.lines + 1;
        self.lines += feeds;
        self.used = length;
        let node = std::str::from_utf8(&self.window.held()[..length])
            .map_err(|_| BadReport::at(line, "it is no text in UTF-8"))?;
        let outside = self.open.starts.is_empty();
        match kind {
            Kind::Start { name, empty } => {
                if outside && std::mem::replace(&mut self.begun, true) {
                    return Err(BadReport::at(line, "there is a second document behind the first"));
                }
                if self.open.starts.len() >= DEEPEST {
                    return Err(BadReport::at(line, format!("elements nest deeper than {DEEPEST}")));
                }
                let name = &node[1..name];
                self.empty = empty;
                if !empty {
                    self.open.push(name);
                }
                let attributes = &self.attributes;
                Ok(Some(Node::Start(Element { tag: node, name, attributes, line })))
            }
            Kind::End => {
                self.open.pop(node[2..length - 1].trim_ascii_end(), line)?;
                Ok(Some(Node::End))
            }
            Kind::Text { .. } if outside && node.trim().is_empty() => Ok(Some(Node::Nothing)),
            Kind::Text { .. } | Kind::Data if outside => {
                Err(BadReport::at(line, "there is text outside of its elements"))
            }
            Kind::Text { references: false } => Ok(Some(Node::Text(Cow::Borrowed(node)))),
            Kind::Text { references: true } => {
                Ok(Some(Node::Text(unescape(node).map_err(|error| BadReport::at(line, error.to_string()))?)))
            }
            Kind::Data => Ok(Some(Node::Text(Cow::Borrowed(&node[9..length - 3])))),
            Kind::Nothing => Ok(Some(Node::Nothing)),
        }
    }

    /// Looks at what comes next until it is held whole; none at the end.
    fn whole(&mut self) -> Result<Option<Look>, BadReport> {
        loop {
            let held = self.window.held();
            let look = look(held, &mut self.attributes);
            if let Some(look) = look.map_err(|why| self.wrong(why))? {
                return Ok(Some(look));
            }
            if held.len() > LONGEST {
                return Err(self.wrong(&format!("a tag or a text is longer than {LONGEST} bytes")));
            }
            let first = self.window.seen() == 0;
            let more = self.window.more();
            if more.map_err(|error| self.wrong(&format!("it cannot be read: {error}")))? {
                if first && self.window.held().starts_with(b"\xef\xbb\xbf") {
                    self.window.take(3);
                }
                continue;
            }
            let held = self.window.held();
            return match held.first() {
                None => Ok(None),
                // A text may be the last thing.
                Some(byte) if *byte != b'<' => Ok(Some(markup::text(held, held.len()))),
                Some(_) => Err(self.wrong("it ends within a tag, a comment or a declaration: it is cut off")),
            };
        }
    }

    /// What is wrong with what comes next.
    fn wrong(&self, why: &str) -> BadReport {
        BadReport::at(self.lines + 1, why)
    }
}

impl<'a> Element<'a> {
    /// Its name without a namespace.
    #[inline]
    pub(super) fn name(&self) -> &'a str {
        local(self.name)
    }

    /// The line it stands in.
    #[inline]
    pub(super) fn line(&self) -> u64 {
        self.line
    }

    /// Hands on each attribute by its name, with its references resolved.
    ///
    /// # Errors
    ///
    /// If they use entities that XML does not define.
    #[inline]
    pub(super) fn attributes(
        &self,
        mut each: impl FnMut(&'a str, Cow<'a, str>) -> Result<(), BadReport>,
    ) -> Result<(), BadReport> {
        let tag = self.tag;
        for attribute in self.attributes {
            let value = &tag[attribute.value.clone()];
            let value = match attribute.references {
                true => unescape(value).map_err(|error| BadReport::at(self.line, error.to_string()))?,
                false => Cow::Borrowed(value),
            };
            each(local(&tag[attribute.name.clone()]), value)?;
        }
        Ok(())
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

/// A name without its namespace.
#[inline]
fn local(name: &str) -> &str {
    match name.bytes().rposition(|byte| byte == b':') {
        Some(colon) => &name[colon + 1..],
        None => name,
    }
}
