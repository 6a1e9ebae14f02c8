//! Lists whose elements are looked at where their bytes are at hand: of most that is told of them nothing is kept.

use std::fmt;

use serde::de::{Deserialize, DeserializeOwned, DeserializeSeed, Deserializer, Error, SeqAccess, Visitor};

use super::brief;

/// What takes the elements of a list, one after the other.
pub trait Takes {
    /// An element that is held.
    type Held: DeserializeOwned;

    /// Takes an element that is only looked at, from its bytes; none, and nothing taken, where it is not written as its
    /// tool writes it.
    fn look(&mut self, element: &str) -> Option<Result<(), String>>;

    /// Takes an element.
    ///
    /// # Errors
    ///
    /// With what is wrong with it.
    fn take(&mut self, element: Self::Held) -> Result<(), String>;
}

/// A list whose elements are looked at where their bytes are at hand; how many there were.
pub struct Looked<'a, S>(pub &'a mut S);

impl<'de, S: Takes> DeserializeSeed<'de> for Looked<'_, S> {
    type Value = u64;
    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<u64, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de, S: Takes> Visitor<'de> for Looked<'_, S> {
    type Value = u64;
    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list")
    }
    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<u64, A::Error> {
        let mut count = 0;
        while list.next_element_seed(Element(&mut *self.0))?.is_some() {
            count += 1;
        }
        Ok(count)
    }
}

/// One of them.
struct Element<'a, S>(&'a mut S);

impl<'de, S: Takes> DeserializeSeed<'de> for Element<'_, S> {
    type Value = ();
    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_newtype_struct(brief::WHOLE, self)
    }
}

impl<'de, S: Takes> Visitor<'de> for Element<'_, S> {
    type Value = ();
    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an element")
    }
    fn visit_newtype_struct<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        self.0.take(S::Held::deserialize(deserializer)?).map_err(D::Error::custom)
    }
    /// The same twice: its bytes, and the element.
    fn visit_seq<A: SeqAccess<'de>>(self, mut twice: A) -> Result<(), A::Error> {
        if let Some(Some(taken)) = twice.next_element_seed(Look(&mut *self.0))? {
            return taken.map_err(A::Error::custom);
        }
        match twice.next_element::<S::Held>()? {
            Some(held) => self.0.take(held).map_err(A::Error::custom),
            None => Ok(()),
        }
    }
}

/// The bytes of an element.
struct Look<'a, S>(&'a mut S);

impl<'de, S: Takes> DeserializeSeed<'de> for Look<'_, S> {
    type Value = Option<Result<(), String>>;
    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl<S: Takes> Visitor<'_> for Look<'_, S> {
    type Value = Option<Result<(), String>>;
    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the bytes of an element")
    }
    fn visit_str<E: Error>(self, element: &str) -> Result<Self::Value, E> {
        Ok(self.0.look(element))
    }
}
