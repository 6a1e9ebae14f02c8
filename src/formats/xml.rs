//! XML read as a stream of elements, with limits. Nothing outside the report is read: a document type may be
//! named and is never fetched, one that defines something is refused, and no entity but XML's own five and
//! numbers is known.
//!
//! Each node is read where it lies in the window, in one pass. quick-xml itself, which searches a tag for quotes
//! first and takes it apart then, needs most of the time that there is; the tests hold this reader against it.

mod markup;
#[cfg(test)]
mod oracle_tests;
mod tag;

use std::borrow::Cow;
use std::io::Read;

use quick_xml::escape::unescape;

use self::markup::{Kind, Look, Wrong, look};
use self::tag::Attribute;
use super::bad::BadReport;
use super::made::Made;
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
    /// A document type was there.
    typed: bool,
    /// The outermost element was there.
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
    fn pop(&mut self, name: &str) -> Result<(), String> {
        let Some(start) = self.starts.pop() else {
            return Err(format!("</{name}> ends what has not begun"));
        };
        if &self.names[start..] != name {
            return Err(format!("</{name}> stands where <{}> should end", &self.names[start..]));
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
            typed: false,
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
        self.used = length;
        let node = std::str::from_utf8(&self.window.held()[..length])
            .map_err(|error| self.wrong_at(error.valid_up_to(), "it is no text in UTF-8"))?;
        let line = self.lines + 1;
        self.lines += feeds;
        let outside = self.open.starts.is_empty();
        match kind {
            Kind::Start { name, empty } => {
                if outside && std::mem::replace(&mut self.begun, true) {
                    return Err(self.wrong("there is a second document behind the first"));
                }
                if self.open.starts.len() >= DEEPEST {
                    return Err(self.wrong(&format!("elements nest deeper than {DEEPEST}")));
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
                let ended = self.open.pop(node[2..length - 1].trim_ascii_end());
                ended.map_err(|why| self.wrong(&why))?;
                Ok(Some(Node::End))
            }
            Kind::Text { .. } if outside && node.trim().is_empty() => Ok(Some(Node::Nothing)),
            Kind::Text { .. } | Kind::Data if outside => {
                Err(self.wrong("there is text outside of its elements"))
            }
            Kind::Text { references: false } => Ok(Some(Node::Text(Cow::Borrowed(node)))),
            Kind::Text { references: true } => {
                Ok(Some(Node::Text(unescape(node).map_err(|error| self.wrong(&error.to_string()))?)))
            }
            Kind::Data => Ok(Some(Node::Text(Cow::Borrowed(&node[9..length - 3])))),
            Kind::Type if self.begun => {
                Err(self.wrong("a document type stands behind where its document begins"))
            }
            Kind::Type if std::mem::replace(&mut self.typed, true) => {
                Err(self.wrong("there is a second document type"))
            }
            Kind::Type | Kind::Nothing => Ok(Some(Node::Nothing)),
        }
    }

    /// Looks at what comes next until it is held whole; none at the end.
    fn whole(&mut self) -> Result<Option<Look>, BadReport> {
        loop {
            let held = self.window.held();
            let look = look(held, &mut self.attributes);
            if let Some(look) = look.map_err(|Wrong { why, ahead }| self.wrong_at(ahead, &why))? {
                return Ok(Some(look));
            }
            if held.len() > LONGEST {
                return Err(self.wrong(&format!("a tag or a text is longer than {LONGEST} bytes")));
            }
            let more = self.window.more();
            if more.map_err(|error| self.wrong(&format!("it cannot be read: {error}")))? {
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

    /// What is wrong with the node that was handed on last, if it is that one, with its column.
    #[cold]
    fn placed(&self, bad: BadReport) -> BadReport {
        let (lines, column) = self.window.place(0);
        let here = bad.column == 0 && bad.line == lines + 1;
        if here { BadReport { column: column + 1, ..bad } } else { bad }
    }

    /// What is wrong with the node that comes next, or was looked at last.
    #[cold]
    fn wrong(&self, why: &str) -> BadReport {
        self.wrong_at(0, why)
    }

    /// What is wrong with what stands so many bytes behind the beginning of that.
    #[cold]
    fn wrong_at(&self, ahead: usize, why: &str) -> BadReport {
        let (lines, column) = self.window.place(ahead);
        BadReport::place(lines + 1, column + 1, why)
    }
}

/// Hands on the nodes of a document. What is refused of an element is told with the column of its beginning.
///
/// # Errors
///
/// As [`Xml::next`], and what `each` refuses.
pub(super) fn each_node(
    source: impl Read,
    mut each: impl FnMut(Node<'_>) -> Result<(), BadReport>,
) -> Result<(), BadReport> {
    let mut xml = Xml::new(source);
    while let Some(node) = xml.next()? {
        each(node).map_err(|bad| xml.placed(bad))?;
    }
    Ok(())
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

    /// Hands on each attribute by its name as it is written, with its references resolved: one of another namespace
    /// is another attribute.
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
            each(&tag[attribute.name.clone()], value)?;
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

    /// When an attribute says that the report was made.
    ///
    /// # Errors
    ///
    /// As [`Element::attributes`], and if it is no time.
    pub(super) fn time(&self, name: &str) -> Result<Option<Made>, BadReport> {
        let told = self.attribute(name)?.map_or(Ok(None), |value| Made::told(&value));
        told.map_err(|why| BadReport::at(self.line, format!("`{name}`: {why}")))
    }
}

/// An element's name without its namespace.
#[inline]
fn local(name: &str) -> &str {
    match name.bytes().rposition(|byte| byte == b':') {
        Some(colon) => &name[colon + 1..],
        None => name,
    }
}
