//! JSON read as a stream: what is met is put where it belongs at once, and nothing else is ever held.

use std::fmt;
use std::io::{BufReader, Read};
use std::marker::PhantomData;

use serde::Deserialize;
use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};

use super::bad::BadReport;

/// Takes the fields of an object one by one.
pub(super) trait Fields {
    /// What the object is, for messages.
    const WHAT: &'static str;

    /// Takes the value of a field from the map; each is taken, if only as `IgnoredAny`.
    fn field<'de, M: MapAccess<'de>>(&mut self, name: &str, map: &mut M) -> Result<(), M::Error>;
}

/// An object; gives back what took its fields.
pub(super) struct Object<T>(pub(super) T);

impl<'de, T: Fields> DeserializeSeed<'de> for Object<T> {
    type Value = T;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<T, D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de, T: Fields> Visitor<'de> for Object<T> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str(T::WHAT)
    }

    fn visit_map<M: MapAccess<'de>>(mut self, mut map: M) -> Result<T, M::Error> {
        while let Some(name) = map.next_key::<String>()? {
            self.0.field(&name, &mut map)?;
        }
        Ok(self.0)
    }
}

/// A list of plain values, each handed on.
pub(super) struct Each<F, T>(F, PhantomData<T>);

/// A list of plain values, each handed on.
pub(super) fn each<T, F: FnMut(T) -> Result<(), BadReport>>(take: F) -> Each<F, T> {
    Each(take, PhantomData)
}

impl<'de, T: Deserialize<'de>, F: FnMut(T) -> Result<(), BadReport>> DeserializeSeed<'de> for Each<F, T> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_seq(self)
    }
}

impl<'de, T: Deserialize<'de>, F: FnMut(T) -> Result<(), BadReport>> Visitor<'de> for Each<F, T> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str("a list")
    }

    fn visit_seq<S: SeqAccess<'de>>(mut self, mut list: S) -> Result<(), S::Error> {
        while let Some(value) = list.next_element()? {
            (self.0)(value).map_err(refused)?;
        }
        Ok(())
    }
}

/// A list of objects, which one taker takes one after another.
pub(super) struct Objects<T>(pub(super) T);

impl<'de, T: Fields + Ends> DeserializeSeed<'de> for Objects<T> {
    type Value = T;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<T, D::Error> {
        deserializer.deserialize_seq(self)
    }
}

/// A taker that is told when one object has ended and another may begin.
pub(super) trait Ends {
    /// The object has ended.
    fn end(&mut self) -> Result<(), BadReport>;
}

impl<'de, T: Fields + Ends> Visitor<'de> for Objects<T> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
        write!(f, "a list of {}", T::WHAT)
    }

    fn visit_seq<S: SeqAccess<'de>>(mut self, mut list: S) -> Result<T, S::Error> {
        while list.next_element_seed(Lent(&mut self.0))?.is_some() {
            self.0.end().map_err(refused)?;
        }
        Ok(self.0)
    }
}

/// An object whose fields are taken by somebody else's taker.
struct Lent<'a, T>(&'a mut T);

impl<'de, T: Fields> DeserializeSeed<'de> for Lent<'_, T> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de, T: Fields> Visitor<'de> for Lent<'_, T> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str(T::WHAT)
    }

    fn visit_map<M: MapAccess<'de>>(self, mut map: M) -> Result<(), M::Error> {
        while let Some(name) = map.next_key::<String>()? {
            self.0.field(&name, &mut map)?;
        }
        Ok(())
    }
}

/// What a taker refuses, as the reader tells it: with line and column.
pub(super) fn refused<E: Error>(bad: BadReport) -> E {
    E::custom(bad.why)
}

/// Reads one document that is an object.
///
/// # Errors
///
/// If it is no JSON, is cut off, is nested too deep, has something behind it, or a taker refuses it.
pub(super) fn read<T: Fields>(source: impl Read, taker: T) -> Result<T, BadReport> {
    let source = BufReader::with_capacity(256 * 1024, source);
    let mut json = serde_json::Deserializer::from_reader(source);
    let taker = Object(taker).deserialize(&mut json).map_err(|error| bad(&error))?;
    json.end().map_err(|error| bad(&error))?;
    Ok(taker)
}

fn bad(error: &serde_json::Error) -> BadReport {
    let line = error.line() as u64;
    if error.is_eof() {
        return BadReport::at(line, "it ends before its JSON does: it is cut off");
    }
    BadReport::at(line, error.to_string())
}
