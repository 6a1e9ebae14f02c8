//! A stream of JSON: a value that fits the window is read out of it by `serde_json`, of a larger one the parts are.
//!
//! `serde_json` reads a slice several times as fast as it reads byte by byte from a reader. So this only tells where
//! values end, and walks through those containers that are larger than what is held.

use std::io::Read;

use serde::de::value::MapAccessDeserializer;
use serde::de::{DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};

use super::brief::{Brief, Written};
use super::cut::Cut;
use super::scan::{DEEPEST, Scan, too_deep};
use super::wrong::{Kind, Wrong};
use crate::formats::BadReport;
use crate::formats::window::{Window, text};

/// The longest report, in bytes.
const LONGEST: u64 = 8 << 30;

/// The longest text, in bytes: it must be held to be read.
const STRING: usize = 16 << 20;

/// A container longer than this is read part by part unless it is said otherwise, in bytes.
const LARGE: usize = 256 * 1024;

/// Values that follow one another.
pub(super) struct Stream<R> {
    window: Window<R>,
    /// The containers around us.
    depth: usize,
    /// A container longer than this is read part by part, in bytes.
    large: usize,
    /// What was last looked at in vain.
    cut: Cut,
    /// How many bytes were looked at, each as often as it was.
    #[cfg(test)]
    looked: usize,
}

impl<R: Read> Stream<R> {
    /// Begins to read.
    ///
    /// # Errors
    ///
    /// If nothing can be read.
    pub(super) fn new(source: R) -> Result<Self, BadReport> {
        let mut window = Window::new(source);
        window.more().map_err(|error| BadReport::at(0, format!("it cannot be read: {error}")))?;
        Ok(Self {
            window,
            depth: 0,
            large: LARGE,
            cut: Cut::default(),
            #[cfg(test)]
            looked: 0,
        })
    }

    /// Reads containers longer than this part by part.
    #[cfg(test)]
    pub(super) fn with_large(self, large: usize) -> Self {
        Self { large, ..self }
    }

    /// How many bytes were looked at, each as often as it was.
    #[cfg(test)]
    pub(super) fn looked(&self) -> usize {
        self.looked
    }

    /// What is wrong here.
    fn wrong(&self, kind: Kind, what: impl Into<String>) -> Wrong {
        let (lines, column) = self.window.place(0);
        // The byte that is wrong is the one that comes next; none comes behind the end.
        let column = column + u64::from(!self.window.held().is_empty());
        Wrong { kind, what: what.into(), place: Some((lines + 1, column)) }
    }

    /// What `serde_json` says is wrong in a value that begins here.
    fn wrong_in(&self, error: &serde_json::Error) -> Wrong {
        let kind = match error.classify() {
            serde_json::error::Category::Eof => Kind::CutOff,
            serde_json::error::Category::Io => Kind::Unread,
            serde_json::error::Category::Syntax => Kind::Syntax,
            serde_json::error::Category::Data => Kind::Data,
        };
        let (line, column) = (error.line() as u64, error.column() as u64);
        let told = error.to_string();
        let what = told.strip_suffix(&format!(" at line {line} column {column}")).unwrap_or(&told);
        let (lines, before) = self.window.place(0);
        let place = match line {
            0 => (lines + 1, before + 1),
            1 => (lines + 1, before + column),
            _ => (lines + line, column),
        };
        Wrong { kind, what: what.to_owned(), place: Some(place) }
    }

    /// What begins here has bytes that are no text in UTF-8.
    fn no_text(&self, torn: std::str::Utf8Error) -> Wrong {
        let (lines, column) = self.window.place(torn.valid_up_to());
        let (kind, what) = match torn.error_len() {
            Some(_) => (Kind::Syntax, "invalid unicode code point"),
            None => (Kind::CutOff, "EOF while parsing a character"),
        };
        Wrong { kind, what: what.to_owned(), place: Some((lines + 1, column + 1)) }
    }

    /// An error that does not know yet where it is, is here.
    fn placed(&self, mut wrong: Wrong) -> Wrong {
        let (lines, column) = self.window.place(0);
        wrong.place.get_or_insert((lines + 1, column.max(1)));
        wrong
    }

    fn more(&mut self) -> Result<bool, Wrong> {
        let more = self.window.more();
        let more = more.map_err(|error| self.wrong(Kind::Unread, error.to_string()))?;
        if self.window.seen() > LONGEST {
            return Err(self.wrong(Kind::Unread, format!("it is longer than {} GiB", LONGEST >> 30)));
        }
        Ok(more)
    }

    /// The next byte that is no blank; none at the end.
    #[inline]
    pub(super) fn peek(&mut self) -> Result<Option<u8>, Wrong> {
        loop {
            let held = self.window.held();
            let blank = |byte: &u8| matches!(byte, b' ' | b'\n' | b'\r' | b'\t');
            if let Some(at) = held.iter().position(|byte| !blank(byte)) {
                let byte = held[at];
                self.window.take(at);
                return Ok(Some(byte));
            }
            let blanks = held.len();
            self.window.take(blanks);
            if !self.more()? {
                return Ok(None);
            }
        }
    }

    /// Nothing may follow.
    pub(super) fn end(&mut self) -> Result<(), Wrong> {
        match self.peek()? {
            None => Ok(()),
            Some(_) => Err(self.wrong(Kind::Syntax, "trailing characters")),
        }
    }

    /// The length of the value that begins here, if it is held; none for a container that is too large for that.
    /// What the report ends in is held, whole or not.
    ///
    /// Of all bytes each is looked at at most four times: here in vain and then for [`Cut`], which is never done again
    /// for the same; here for the end of the value that it is read in, which is taken then; and for that one's depth.
    /// Looked at in blocks, so behind each value that ends up to a block of bytes is looked at for nothing.
    fn length(&mut self) -> Result<Option<usize>, Wrong> {
        let mut scan = Scan::default();
        let container = matches!(self.window.held().first(), Some(b'{' | b'['));
        if container && self.cut.holds(self.window.position()) {
            return Ok(None);
        }
        loop {
            let held = self.window.held();
            let most = if container { self.large } else { STRING };
            let part = &held[..held.len().min(most)];
            if let Some(length) = scan.end(part) {
                let near = self.depth + scan.deepest() > DEEPEST;
                #[cfg(test)]
                {
                    self.looked += scan.looked().max(length) + if near { length } else { 0 };
                }
                // `serde_json` counts exactly, and does not know of what is around it.
                if near && let Some(at) = too_deep(&part[..length], DEEPEST - self.depth) {
                    let (lines, column) = self.window.place(at);
                    let wrong = self.wrong(Kind::Syntax, "recursion limit exceeded");
                    return Err(Wrong { place: Some((lines + 1, column + 1)), ..wrong });
                }
                return Ok(Some(length));
            }
            if part.len() == most && container {
                self.cut = Cut::of(self.window.position(), part);
                #[cfg(test)]
                {
                    self.looked += 2 * most;
                }
                return Ok(None);
            }
            if part.len() == most {
                let what = format!("a text in it is longer than {} MiB", STRING >> 20);
                return Err(self.wrong(Kind::Unread, what));
            }
            if !self.more()? {
                return Ok(Some(self.window.held().len()));
            }
        }
    }

    /// Reads a value.
    ///
    /// # Errors
    ///
    /// If there is none, or it is not what is asked for.
    #[inline]
    pub(super) fn value<'de, S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<S::Value, Wrong> {
        if self.peek()?.is_none() {
            return Err(self.wrong(Kind::CutOff, "EOF while parsing a value"));
        }
        let Some(length) = self.length()? else {
            let read = seed.deserialize(Large(&mut *self));
            return read.map_err(|wrong| self.placed(wrong));
        };
        let held = &self.window.held()[..length];
        // Looked at once for all texts in it. What is behind bytes that are no text is not asked for.
        let (text, torn) = text(held);
        let written = Written::new(text);
        let mut json = serde_json::Deserializer::from_str(text);
        let read = seed.deserialize(Brief::whole(&mut json, &written));
        let ended = |value| if written.enough() { Ok(value) } else { json.end().map(|()| value) };
        let read = read.and_then(ended);
        let value = match (read, torn) {
            (Ok(value), None) => value,
            (Err(error), Some(_)) if !error.is_eof() => return Err(self.wrong_in(&error)),
            (_, Some(torn)) => return Err(self.no_text(torn)),
            (Err(error), None) => return Err(self.wrong_in(&error)),
        };
        self.window.take(length);
        Ok(value)
    }

    /// What stands between the parts of a container: true if one more comes.
    fn next_part(&mut self, first: &mut bool, close: u8, what: &str) -> Result<bool, Wrong> {
        let cut_off = |this: &Self| this.wrong(Kind::CutOff, format!("EOF while parsing {what}"));
        let next = self.peek()?.ok_or_else(|| cut_off(self))?;
        if next == close {
            return Ok(false);
        }
        if std::mem::take(first) {
            return Ok(true);
        }
        if next != b',' {
            let ends = if close == b']' { "`,` or `]`" } else { "`,` or `}`" };
            return Err(self.wrong(Kind::Syntax, format!("expected {ends}")));
        }
        self.window.take(1);
        match self.peek()? {
            None => Err(cut_off(self)),
            Some(byte) if byte == close => Err(self.wrong(Kind::Syntax, "trailing comma")),
            Some(_) => Ok(true),
        }
    }

    /// A container has been read: only its end may come.
    fn close(&mut self, close: u8) -> Result<(), Wrong> {
        self.depth -= 1;
        if self.peek()? != Some(close) {
            return Err(self.wrong(Kind::Syntax, "trailing characters"));
        }
        self.window.take(1);
        Ok(())
    }
}

/// A container that is larger than what is held; its first byte is `{` or `[`.
struct Large<'s, R>(&'s mut Stream<R>);

impl<R: Read> Large<'_, R> {
    /// Goes into it: the byte that ends it.
    fn open(&mut self) -> Result<u8, Wrong> {
        if self.0.depth >= DEEPEST {
            return Err(self.0.wrong(Kind::Syntax, "recursion limit exceeded"));
        }
        let close = if self.0.window.held().first() == Some(&b'{') { b'}' } else { b']' };
        self.0.depth += 1;
        self.0.window.take(1);
        Ok(close)
    }
}

impl<'de, R: Read> Deserializer<'de> for Large<'_, R> {
    type Error = Wrong;

    fn deserialize_any<V: Visitor<'de>>(mut self, visitor: V) -> Result<V::Value, Wrong> {
        let close = self.open()?;
        let stream = self.0;
        let parts = Parts { stream: &mut *stream, first: true };
        let value = if close == b'}' { visitor.visit_map(parts) } else { visitor.visit_seq(parts) };
        let value = value.map_err(|wrong| stream.placed(wrong))?;
        stream.close(close)?;
        Ok(value)
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Wrong> {
        visitor.visit_some(self)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, Wrong> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        mut self,
        name: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Wrong> {
        let close = self.open()?;
        if close == b']' {
            return Err(self.0.wrong(Kind::Data, format!("invalid type: sequence, expected enum {name}")));
        }
        let parts = Parts { stream: &mut *self.0, first: true };
        let value = MapAccessDeserializer::new(parts).deserialize_enum(name, variants, visitor);
        let value = value.map_err(|wrong| self.0.placed(wrong))?;
        self.0.close(close)?;
        Ok(value)
    }

    serde::forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit unit_struct seq
        tuple tuple_struct map struct identifier ignored_any
    }
}

/// The parts of a container.
struct Parts<'s, R> {
    stream: &'s mut Stream<R>,
    first: bool,
}

impl<'de, R: Read> MapAccess<'de> for Parts<'_, R> {
    type Error = Wrong;

    fn next_key_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<Option<S::Value>, Wrong> {
        if !self.stream.next_part(&mut self.first, b'}', "an object")? {
            return Ok(None);
        }
        if self.stream.peek()? != Some(b'"') {
            return Err(self.stream.wrong(Kind::Syntax, "key must be a string"));
        }
        self.stream.value(seed).map(Some)
    }

    fn next_value_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<S::Value, Wrong> {
        match self.stream.peek()? {
            Some(b':') => self.stream.window.take(1),
            Some(_) => return Err(self.stream.wrong(Kind::Syntax, "expected `:`")),
            None => return Err(self.stream.wrong(Kind::CutOff, "EOF while parsing an object")),
        }
        self.stream.value(seed)
    }
}

impl<'de, R: Read> SeqAccess<'de> for Parts<'_, R> {
    type Error = Wrong;

    fn next_element_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<Option<S::Value>, Wrong> {
        if self.stream.next_part(&mut self.first, b']', "a list")? {
            self.stream.value(seed).map(Some)
        } else {
            Ok(None)
        }
    }
}
