//! JSON read as a stream: a document is never held whole.

mod brief;
mod cut;
mod looked;
pub mod quick;
mod scan;
mod stream;
#[cfg(test)]
mod stream_tests;
mod wrong;

use std::fmt;
use std::io::Read;
use std::marker::PhantomData;

use memchr::memchr2_iter;
use serde::de::{
    Deserialize, DeserializeOwned, DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor,
};

pub use self::looked::{Looked, Takes};
use self::stream::Stream;
use crate::formats::BadReport;

/// The column at which more containers are open at once in a value than any report needs, if they are. `serde_json`
/// does not ask that of what it is told to leave out.
pub fn too_deep(value: &[u8]) -> Option<usize> {
    // Nearly nothing has so many brackets at all, and to count them takes next to no time.
    memchr2_iter(b'{', b'[', value).nth(scan::DEEPEST)?;
    scan::too_deep(value, scan::DEEPEST).map(|at| at + 1)
}

/// Where the list, object or text ends that begins here; none if it does not, or is something else. Of one that is
/// [`too_deep`] it is only as much as was looked at.
pub fn ends(text: &[u8]) -> Option<usize> {
    matches!(text.first(), Some(b'"' | b'{' | b'[')).then(|| scan::Scan::default().end(text)).flatten()
}

/// What reads an object field by field.
pub trait Fields {
    /// Whether [`Fields::fields`] is worth a try.
    const QUICK: bool = false;

    /// The object begins.
    fn begin(&mut self) {}

    /// Takes the value of a field.
    ///
    /// # Errors
    ///
    /// If it is not what it should be.
    fn field<'de, A: MapAccess<'de>>(&mut self, name: &str, map: &mut A) -> Result<(), A::Error>;

    /// Takes all fields from the bytes of the object, where it is written as its tool writes it; then true. Otherwise
    /// what was taken of it may not count: field by field takes any JSON, and tells what is wrong and where.
    fn fields(&mut self, _object: &str) -> bool {
        false
    }

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
        if S::QUICK {
            deserializer.deserialize_newtype_struct(brief::WHOLE, Quick(self.0))
        } else {
            deserializer.deserialize_any(self)
        }
    }
}

/// An object that is read from its bytes where they are at hand, and where it is written as is expected.
struct Quick<'a, S>(&'a mut S);

impl<'de, S: Fields> Visitor<'de> for Quick<'_, S> {
    type Value = ();
    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }
    fn visit_newtype_struct<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(Object(self.0))
    }
    /// The same twice: its bytes, and the object.
    fn visit_seq<A: SeqAccess<'de>>(self, mut twice: A) -> Result<(), A::Error> {
        let Self(state) = self;
        if twice.next_element_seed(Bytes(&mut *state))? != Some(true) {
            return twice.next_element_seed(Any(Object(state))).map(drop);
        }
        state.end().map_err(A::Error::custom)
    }
}

/// The bytes of an object; true if they were enough.
struct Bytes<'a, S>(&'a mut S);

impl<'de, S: Fields> DeserializeSeed<'de> for Bytes<'_, S> {
    type Value = bool;
    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<bool, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl<S: Fields> Visitor<'_> for Bytes<'_, S> {
    type Value = bool;
    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the bytes of an object")
    }
    fn visit_str<E: Error>(self, object: &str) -> Result<bool, E> {
        self.0.begin();
        Ok(self.0.fields(object))
    }
}

/// What is read field by field.
struct Any<'a, S>(Object<'a, S>);

impl<'de, S: Fields> DeserializeSeed<'de> for Any<'_, S> {
    type Value = ();
    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self.0)
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

/// As [`Objects`]; `null` is an empty list, as Go writes it.
pub struct ObjectsOrNull<'a, S>(pub &'a mut S);

impl<'de, S: Fields> DeserializeSeed<'de> for ObjectsOrNull<'_, S> {
    type Value = u64;
    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<u64, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de, S: Fields> Visitor<'de> for ObjectsOrNull<'_, S> {
    type Value = u64;
    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of objects")
    }
    fn visit_unit<E: Error>(self) -> Result<u64, E> {
        Ok(0)
    }
    fn visit_seq<A: SeqAccess<'de>>(self, list: A) -> Result<u64, A::Error> {
        Objects(self.0).visit_seq(list)
    }
}

/// A list whose elements are handed on one by one; how many there were.
pub struct Each<T, F> {
    take: F,
    null: bool,
    of: PhantomData<T>,
}

/// A list of which each element goes to `take`.
pub fn each<T, F: FnMut(T) -> Result<(), String>>(take: F) -> Each<T, F> {
    Each { take, null: false, of: PhantomData }
}

/// As [`each`]; `null` is an empty list, as Go writes it.
pub fn each_or_null<T, F: FnMut(T) -> Result<(), String>>(take: F) -> Each<T, F> {
    Each { take, null: true, of: PhantomData }
}

impl<'de, T: Deserialize<'de>, F: FnMut(T) -> Result<(), String>> DeserializeSeed<'de> for Each<T, F> {
    type Value = u64;
    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<u64, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de, T: Deserialize<'de>, F: FnMut(T) -> Result<(), String>> Visitor<'de> for Each<T, F> {
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
