//! JSON read as a stream: a document is never held whole.

use std::fmt;
use std::io::{self, BufRead, BufReader, Read};
use std::marker::PhantomData;

use serde::de::{
    Deserialize, DeserializeOwned, DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor,
};
use serde_json::de::IoRead;

use crate::formats::BadReport;

/// The longest report, in bytes.
const LONGEST: u64 = 8 << 30;

/// How many bytes may stand between two strings or in one. A string must be held to be read.
const STRING: usize = 16 << 20;

/// What reads an object field by field.
pub trait Fields {
    /// The object begins.
    fn begin(&mut self) {}

    /// Takes the value of a field.
    ///
    /// # Errors
    ///
    /// If it is not what it should be.
    fn field<'de, A: MapAccess<'de>>(&mut self, name: &str, map: &mut A) -> Result<(), A::Error>;

    /// The object ends.
    ///
    /// # Errors
    ///
    /// With what is wrong about the whole of it.
    fn end(&mut self) -> Result<(), String> {
        Ok(())
    }
}

/// What a reader refuses, as JSON's own errors tell it: with line and column.
pub fn refused<E: Error>(bad: BadReport) -> E {
    E::custom(bad.why)
}

/// Skips a value.
pub fn skip<'de, A: MapAccess<'de>>(map: &mut A) -> Result<(), A::Error> {
    map.next_value::<serde::de::IgnoredAny>().map(|_| ())
}

/// An object that is read into this.
pub struct Object<'a, S>(pub &'a mut S);

impl<'de, S: Fields> DeserializeSeed<'de> for Object<'_, S> {
    type Value = ();
    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de, S: Fields> Visitor<'de> for Object<'_, S> {
    type Value = ();
    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }
    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        self.0.begin();
        while let Some(name) = map.next_key::<String>()? {
            self.0.field(&name, &mut map)?;
        }
        self.0.end().map_err(A::Error::custom)
    }
}

/// A list of objects, each of which is read into this; how many there were.
pub struct Objects<'a, S>(pub &'a mut S);

impl<'de, S: Fields> DeserializeSeed<'de> for Objects<'_, S> {
    type Value = u64;
    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<u64, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de, S: Fields> Visitor<'de> for Objects<'_, S> {
    type Value = u64;
    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of objects")
    }
    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<u64, A::Error> {
        let mut count = 0;
        while list.next_element_seed(Object(&mut *self.0))?.is_some() {
            count += 1;
        }
        Ok(count)
    }
}

/// A list whose elements are handed on one by one; how many there were.
pub struct Each<T, F> {
    take: F,
    null: bool,
    of: PhantomData<T>,
}

/// A list of which each element goes to `take`.
pub fn each<T: DeserializeOwned, F: FnMut(T) -> Result<(), String>>(take: F) -> Each<T, F> {
    Each { take, null: false, of: PhantomData }
}

/// As [`each`]; `null` is an empty list, as Go writes it.
pub fn each_or_null<T: DeserializeOwned, F: FnMut(T) -> Result<(), String>>(take: F) -> Each<T, F> {
    Each { take, null: true, of: PhantomData }
}

impl<'de, T: DeserializeOwned, F: FnMut(T) -> Result<(), String>> DeserializeSeed<'de> for Each<T, F> {
    type Value = u64;
    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<u64, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de, T: DeserializeOwned, F: FnMut(T) -> Result<(), String>> Visitor<'de> for Each<T, F> {
    type Value = u64;
    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list")
    }
    fn visit_unit<E: Error>(self) -> Result<u64, E> {
        if self.null { Ok(0) } else { Err(E::invalid_type(serde::de::Unexpected::Unit, &self)) }
    }
    fn visit_seq<A: SeqAccess<'de>>(mut self, mut list: A) -> Result<u64, A::Error> {
        let mut count = 0;
        while let Some(element) = list.next_element()? {
            (self.take)(element).map_err(A::Error::custom)?;
            count += 1;
        }
        Ok(count)
    }
}

/// An object whose values are handed on one by one with their names; how many there were.
pub struct Entries<T, F>(F, PhantomData<T>);

/// An object of which each value goes to `take`.
pub fn entries<T: DeserializeOwned, F: FnMut(String, T) -> Result<(), String>>(take: F) -> Entries<T, F> {
    Entries(take, PhantomData)
}

impl<'de, T: DeserializeOwned, F: FnMut(String, T) -> Result<(), String>> DeserializeSeed<'de>
    for Entries<T, F>
{
    type Value = u64;
    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<u64, D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de, T: Deserialize<'de>, F: FnMut(String, T) -> Result<(), String>> Visitor<'de> for Entries<T, F> {
    type Value = u64;
    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }
    fn visit_map<A: MapAccess<'de>>(mut self, mut map: A) -> Result<u64, A::Error> {
        let mut count = 0;
        while let Some(name) = map.next_key()? {
            (self.0)(name, map.next_value()?).map_err(A::Error::custom)?;
            count += 1;
        }
        Ok(count)
    }
}

/// Bounds what comes: the whole, and the longest string.
struct Guard<R> {
    source: R,
    seen: u64,
    /// Bytes since the last quote that no backslash stands before: a string can't go on over one.
    run: usize,
    last: u8,
}

impl<R: Read> Read for Guard<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let count = self.source.read(into)?;
        let bytes = &into[..count];
        self.seen += count as u64;
        let mut before = self.last;
        let mut ends = |&byte: &u8| std::mem::replace(&mut before, byte) != b'\\' && byte == b'"';
        if bytes.iter().any(&mut ends) {
            // Where exactly does not matter: one buffer is far smaller than the limit.
            self.run = 0;
        } else {
            self.run += count;
        }
        self.last = bytes.last().copied().unwrap_or(self.last);
        if self.seen > LONGEST {
            return Err(io::Error::other(format!("it is longer than {} GiB", LONGEST >> 30)));
        }
        if self.run > STRING {
            return Err(io::Error::other(format!("a text in it is longer than {} MiB", STRING >> 20)));
        }
        Ok(count)
    }
}

type Source<R> = BufReader<Guard<R>>;

fn guarded<R: Read>(source: R) -> Result<Source<R>, BadReport> {
    let mut source = BufReader::with_capacity(64 * 1024, Guard { source, seen: 0, run: 0, last: 0 });
    let unread = |error: io::Error| BadReport::at(0, format!("it cannot be read: {error}"));
    if source.fill_buf().map_err(unread)?.starts_with(b"\xef\xbb\xbf") {
        source.consume(3);
    }
    Ok(source)
}

/// Why JSON could not be read, with its line and column.
fn bad(error: &serde_json::Error) -> BadReport {
    let what = match error.classify() {
        serde_json::error::Category::Eof => "it is cut off",
        serde_json::error::Category::Io => "it cannot be read to its end",
        serde_json::error::Category::Syntax => "it is no JSON",
        serde_json::error::Category::Data => "it is not as its tool writes it",
    };
    BadReport::at(error.line() as u64, format!("{what}: {error}"))
}

/// Reads the one value that a report is.
pub fn value<R: Read, S: for<'de> DeserializeSeed<'de, Value = V>, V>(
    source: R,
    seed: S,
) -> Result<V, BadReport> {
    let mut json = serde_json::Deserializer::from_reader(guarded(source)?);
    let value = seed.deserialize(&mut json).map_err(|error| bad(&error))?;
    json.end().map_err(|error| bad(&error))?;
    Ok(value)
}

/// Reads the one object that a report is.
pub fn object<R: Read, S: Fields>(source: R, state: &mut S) -> Result<(), BadReport> {
    value(source, Object(state))
}

/// Reads objects that follow one another, with or without blanks and lines between them; how many there were.
pub fn objects<R: Read, S: Fields>(source: R, state: &mut S) -> Result<u64, BadReport> {
    let mut json = serde_json::Deserializer::new(IoRead::new(guarded(source)?));
    let mut count = 0;
    while json.end().is_err() {
        Object(&mut *state).deserialize(&mut json).map_err(|error| bad(&error))?;
        count += 1;
    }
    Ok(count)
}
