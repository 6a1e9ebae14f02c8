//! A document, read piece by piece out of the text that is held of it.

use std::borrow::Cow;

use quick_xml::escape::unescape;

use super::markup::{self, Kind, Look, Wrong, look};
use super::tag::{Attribute, is_blank};
use super::{Element, Node, unresolved};
use crate::formats::BadReport;

/// How long one tag or one text may be, in bytes.
pub(super) const LONGEST: usize = 16 * 1024 * 1024;

/// How deep elements may nest.
const DEEPEST: usize = 200;

/// What is known of a document up to where it is read.
#[derive(Default)]
pub(super) struct Document {
    /// The line feeds before what comes next.
    lines: u64,
    open: Open,
    /// The attributes of the tag that was read last.
    attributes: Vec<Attribute>,
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

/// Why it is read no further.
pub(super) enum Stop {
    /// It is no XML that is taken.
    Wrong(Wrong),
    /// Who is told of it refuses what stands so many bytes ahead; none where an element ended, since what is wrong may
    /// be all of it.
    Refused(BadReport, Option<usize>),
}

impl Document {
    /// Hands on what is whole in the text that comes next: how long that is.
    ///
    /// # Errors
    ///
    /// If it is no XML, is nested too deep or uses unknown entities, and what `each` refuses.
    pub(super) fn read(
        &mut self,
        text: &str,
        each: &mut impl FnMut(Node<'_>) -> Result<(), BadReport>,
    ) -> Result<usize, Stop> {
        let mut at = 0;
        loop {
            let rest = &text[at..];
            let look = match look(rest.as_bytes(), &mut self.attributes) {
                Ok(Some(look)) => look,
                Ok(None) => return Ok(at),
                Err(wrong) => return Err(Stop::Wrong(wrong.behind(at))),
            };
            self.piece(&look, &rest[..look.length], at, each)?;
            at += look.length;
            if matches!(look.kind, Kind::Start { empty: true, .. }) {
                each(Node::End).map_err(|bad| Stop::Refused(bad, None))?;
            }
        }
    }

    /// Nothing comes behind this text, which is read up to here.
    ///
    /// # Errors
    ///
    /// As [`Document::read`], and if the document ends too early.
    pub(super) fn end(
        &mut self,
        text: &str,
        at: usize,
        each: &mut impl FnMut(Node<'_>) -> Result<(), BadReport>,
    ) -> Result<(), Stop> {
        let rest = &text[at..];
        if rest.starts_with('<') {
            let why = "it ends within a tag, a comment or a declaration: it is cut off";
            return Err(Stop::Wrong(Wrong::at(at, why)));
        }
        // A text may be the last thing.
        if !rest.is_empty() {
            self.piece(&markup::text(rest.as_bytes(), rest.len()), rest, at, each)?;
        }
        if self.open.starts.is_empty() {
            return Ok(());
        }
        Err(Stop::Wrong(Wrong::at(text.len(), "it ends before its elements do: it is cut off")))
    }

    /// Hands on a piece that stands so many bytes ahead.
    ///
    /// It comes to each node in place: to hand one on in a `Result` would copy it, which took a tenth of the time.
    #[inline]
    fn piece(
        &mut self,
        look: &Look,
        piece: &str,
        ahead: usize,
        each: &mut impl FnMut(Node<'_>) -> Result<(), BadReport>,
    ) -> Result<(), Stop> {
        let wrong = |why: &str| Err(Stop::Wrong(Wrong::at(ahead, why.to_owned())));
        if piece.len() > LONGEST {
            return wrong(&format!("a tag or a text is longer than {LONGEST} bytes"));
        }
        let line = self.lines + 1;
        self.lines += look.feeds;
        let outside = self.open.starts.is_empty();
        let node = match look.kind {
            Kind::Start { name, empty } => {
                if outside && std::mem::replace(&mut self.begun, true) {
                    return wrong("there is a second document behind the first");
                }
                if self.open.starts.len() >= DEEPEST {
                    return wrong(&format!("elements nest deeper than {DEEPEST}"));
                }
                let name = &piece[1..name];
                if !empty {
                    self.open.push(name);
                }
                Node::Start(Element { tag: piece, name, attributes: &self.attributes, line })
            }
            Kind::End => match self.open.pop(piece[2..piece.len() - 1].trim_end_matches(is_blank)) {
                Ok(()) => Node::End,
                Err(why) => return wrong(&why),
            },
            Kind::Text { .. } if outside && piece.chars().all(is_blank) => Node::Nothing,
            Kind::Text { .. } | Kind::Data if outside => {
                return wrong("there is text outside of its elements");
            }
            Kind::Text { references: false } => Node::Text(Cow::Borrowed(piece)),
            Kind::Text { references: true } => match unescape(piece) {
                Ok(text) => Node::Text(text),
                Err(error) => {
                    let (at, why) = unresolved(&error);
                    return Err(Stop::Wrong(Wrong::at(ahead + at, why)));
                }
            },
            Kind::Data => Node::Text(Cow::Borrowed(&piece[9..piece.len() - 3])),
            Kind::Type if self.begun => {
                return wrong("a document type stands behind where its document begins");
            }
            Kind::Type if std::mem::replace(&mut self.typed, true) => {
                return wrong("there is a second document type");
            }
            Kind::Comment => Node::Comment(&piece[4..piece.len() - 3]),
            Kind::Type | Kind::Nothing => Node::Nothing,
        };
        each(node).map_err(|bad| Stop::Refused(bad, (look.kind != Kind::End).then_some(ahead)))
    }
}
