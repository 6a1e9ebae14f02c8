//! JSON read as a stream: a document is never held whole.

mod brief;
mod scan;
mod stream;
#[cfg(test)]
mod stream_tests;

use std::fmt;
use std::io::Read;
use std::marker::PhantomData;

use serde::de::{
    Deserialize, DeserializeOwned, DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor,
};

use self::stream::Stream;
use crate::formats::BadReport;

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
        let mut name = String::new();
        while map.next_key_seed(Name(&mut name))?.is_some() {
            self.0.field(&name, &mut map)?;
        }
        self.0.end().map_err(A::Error::custom)
    }
}

/// A name that is read into this: the same memory for all names of an object.
struct Name<'a>(&'a mut String);

impl<'de> DeserializeSeed<'de> for Name<'_> {
    type Value = ();
    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl Visitor<'_> for Name<'_> {
    type Value = ();
    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a name")
    }
    fn visit_str<E: Error>(self, name: &str) -> Result<(), E> {
        self.0.clear();
        self.0.push_str(name);
        Ok(())
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

/// Reads the one value that a report is.
pub fn value<R: Read, S: for<'de> DeserializeSeed<'de, Value = V>, V>(
    source: R,
    seed: S,
) -> Result<V, BadReport> {
    let mut json = Stream::new(source)?;
    let value = json.value(seed)?;
    json.end()?;
    Ok(value)
}

/// Reads the one object that a report is.
pub fn object<R: Read, S: Fields>(source: R, state: &mut S) -> Result<(), BadReport> {
    value(source, Object(state))
}

/// Reads objects that follow one another, with or without blanks and lines between them; how many there were.
pub fn objects<R: Read, S: Fields>(source: R, state: &mut S) -> Result<u64, BadReport> {
    let mut json = Stream::new(source)?;
    let mut count = 0;
    while json.peek()?.is_some() {
        json.value(Object(&mut *state))?;
        count += 1;
    }
    Ok(count)
}
