//! XML read as a stream of elements, with limits. Nothing outside the report is read: a document type may be
//! named and is never fetched, one that defines something is refused, and no entity but XML's own five and
//! numbers is known.
//!
//! Each piece is read where it lies in the window, in one pass. quick-xml itself, which searches a tag for quotes
//! first and takes it apart then, needs most of the time that there is; the tests hold this reader against it.

mod document;
mod markup;
#[cfg(test)]
mod oracle_tests;
mod plain;
mod tag;

use std::borrow::Cow;
use std::io::Read;

use quick_xml::escape::{EscapeError, unescape};

use self::document::{Document, LONGEST, Stop};
use self::markup::Wrong;
use self::tag::Attribute;
use super::bad::BadReport;
use super::made::Made;
use super::window::{Window, text};
use crate::kit::plain::cut;

/// What comes next.
#[derive(Debug)]
pub(super) enum Node<'a> {
    /// An element begins.
    Start(Element<'a>),
    /// The innermost element that is open ends.
    End,
    /// Text in it; of one text several pieces may come.
    Text(Cow<'a, str>),
    /// A comment, as it is written.
    Comment(&'a str),
    /// What says nothing: a declaration.
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

/// Hands on the nodes of a document. What is refused of an element is told with the column of its beginning.
///
/// # Errors
///
/// If it is no XML, ends too early, is nested too deep, defines entities or uses unknown ones, and what `each` refuses.
pub(super) fn each_node(
    source: impl Read,
    mut each: impl FnMut(Node<'_>) -> Result<(), BadReport>,
) -> Result<(), BadReport> {
    let (mut window, mut document) = (Window::new(source), Document::default());
    let mut ended = false;
    loop {
        // Whether it is a text is asked once for all pieces of what is held, most of which are short.
        let held = window.held();
        let (text, torn) = text(held);
        let used = document.read(text, &mut each).map_err(|stop| placed(&window, stop))?;
        if torn.is_some_and(|torn| ended || torn.error_len().is_some()) {
            return Err(wrong(&window, text.len(), "it is no text in UTF-8"));
        }
        if ended {
            return document.end(text, used, &mut each).map_err(|stop| placed(&window, stop));
        }
        if held.len() - used > LONGEST {
            return Err(wrong(&window, used, &format!("a tag or a text is longer than {LONGEST} bytes")));
        }
        window.take(used);
        let more = window.more();
        ended = !more.map_err(|error| wrong(&window, 0, &format!("it cannot be read: {error}")))?;
    }
}

/// What is refused, with its column where it is the piece that was read.
#[cold]
fn placed<R: Read>(window: &Window<R>, stop: Stop) -> BadReport {
    match stop {
        Stop::Wrong(Wrong { why, ahead }) => wrong(window, ahead, &why),
        Stop::Refused(bad, ahead) => {
            let place = ahead.filter(|_| bad.column == 0).map(|ahead| window.place(ahead));
            let column = place.filter(|(lines, _)| bad.line == lines + 1).map(|(_, column)| column + 1);
            BadReport { column: column.unwrap_or(bad.column), ..bad }
        }
    }
}

/// What is wrong with what stands so many bytes ahead.
#[cold]
fn wrong<R: Read>(window: &Window<R>, ahead: usize, why: &str) -> BadReport {
    let (lines, column) = window.place(ahead);
    BadReport::place(lines + 1, column + 1, why)
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
                true => unescape(value).map_err(|error| BadReport::at(self.line, unresolved(&error).1))?,
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

/// A whole number, as `str::parse` reads it. For the few digits that most have that took a twentieth of all work on a
/// report of JaCoCo.
#[inline]
pub(super) fn count(text: &str) -> Option<u64> {
    let digit = |number, digit: &u8| digit.is_ascii_digit().then(|| 10 * number + u64::from(digit - b'0'));
    match text.as_bytes() {
        few @ ([_] | [_, _] | [_, _, _] | [_, _, _, _]) => few.iter().try_fold(0, digit),
        _ => None,
    }
    .or_else(|| text.parse().ok())
}

/// An element's name without its namespace.
#[inline]
fn local(name: &str) -> &str {
    match name.bytes().rposition(|byte| byte == b':') {
        Some(colon) => &name[colon + 1..],
        None => name,
    }
}

/// Where in a piece of text a reference stands that means nothing, in bytes, and why it does not.
fn unresolved(error: &EscapeError) -> (usize, String) {
    match error {
        EscapeError::UnrecognizedEntity(at, name) => {
            let name = cut(&name.escape_debug().to_string(), 40);
            (at.start.saturating_sub(1), format!("`&{name};` is none of the five entities that XML has"))
        }
        EscapeError::UnterminatedEntity(at) => {
            (at.start, "an `&` begins no reference: no `;` follows".into())
        }
        EscapeError::InvalidCharRef(_) | EscapeError::TooManyNestedEntities => (0, error.to_string()),
    }
}
