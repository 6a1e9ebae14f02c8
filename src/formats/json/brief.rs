//! Lets a value be read out of bytes that are held only for a moment.
//!
//! What reads out of a slice may hand on parts of it, for as long as the slice is there (`'a`); a stream's values
//! live for a time that nobody has chosen yet (`'de`). These types stand between both: every part that would be
//! handed on is only shown. They do nothing else, and nothing of them is left in the program.

use std::cell::Cell;
use std::fmt;
use std::marker::PhantomData;

use serde::de::value::StrDeserializer;
use serde::de::{
    DeserializeSeed, Deserializer, EnumAccess, Error, MapAccess, SeqAccess, VariantAccess, Visitor,
};

/// The name under which a value is asked for that is also given as it is written: a list of two, the text and then
/// the value. Who does not know this name gives the value alone, as a new type.
pub(super) const WHOLE: &str = "$release_action::whole";

/// Something of a slice that is there for `'a`, for those who ask for `'de`.
pub(super) struct Brief<'a, T> {
    inner: T,
    /// How it is written, where that is known.
    written: Option<&'a Written<'a>>,
}

/// A value as it is written.
pub(super) struct Written<'a> {
    text: &'a str,
    /// The text alone was enough: the value itself was not read.
    enough: Cell<bool>,
}

impl<'a> Written<'a> {
    #[inline]
    pub(super) fn new(text: &'a str) -> Self {
        Self { text, enough: Cell::new(false) }
    }

    #[inline]
    pub(super) fn enough(&self) -> bool {
        self.enough.get()
    }
}

impl<T> Brief<'_, T> {
    #[inline]
    fn new(inner: T) -> Self {
        Self { inner, written: None }
    }
}

impl<'a, T> Brief<'a, T> {
    /// A value that is written so.
    #[inline]
    pub(super) fn whole(inner: T, written: &'a Written<'a>) -> Self {
        Self { inner, written: Some(written) }
    }
}

/// The text of a value, and the value.
struct Twice<'a, D> {
    written: &'a Written<'a>,
    shown: bool,
    value: Option<D>,
}

impl<'de, 'a, D: Deserializer<'a>> SeqAccess<'de> for Twice<'a, D> {
    type Error = D::Error;

    fn next_element_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<Option<S::Value>, D::Error> {
        if !std::mem::replace(&mut self.shown, true) {
            self.written.enough.set(true);
            return seed.deserialize(StrDeserializer::new(self.written.text)).map(Some);
        }
        self.written.enough.set(false);
        self.value.take().map(|value| seed.deserialize(Brief::new(value))).transpose()
    }
}

/// Something that asks for `'de`, for those who have `'a`.
struct Asks<'de, T> {
    inner: T,
    of: PhantomData<&'de ()>,
}

impl<T> Asks<'_, T> {
    #[inline]
    fn new(inner: T) -> Self {
        Self { inner, of: PhantomData }
    }
}

macro_rules! handed_on {
    ($($method:ident)*) => {$(
        #[inline]
        fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Self::Error> {
            self.inner.$method(Asks::new(visitor))
        }
    )*};
}

impl<'de, 'a, D: Deserializer<'a>> Deserializer<'de> for Brief<'a, D> {
    type Error = D::Error;

    handed_on! {
        deserialize_any deserialize_bool deserialize_i8 deserialize_i16 deserialize_i32 deserialize_i64
        deserialize_i128 deserialize_u8 deserialize_u16 deserialize_u32 deserialize_u64 deserialize_u128
        deserialize_f32 deserialize_f64 deserialize_char deserialize_str deserialize_string deserialize_bytes
        deserialize_byte_buf deserialize_option deserialize_unit deserialize_seq deserialize_map
        deserialize_identifier deserialize_ignored_any
    }

    #[inline]
    fn deserialize_unit_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        visitor: V,
    ) -> Result<V::Value, D::Error> {
        self.inner.deserialize_unit_struct(name, Asks::new(visitor))
    }

    #[inline]
    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        visitor: V,
    ) -> Result<V::Value, D::Error> {
        if let (WHOLE, Some(written)) = (name, self.written) {
            return visitor.visit_seq(Twice { written, shown: false, value: Some(self.inner) });
        }
        self.inner.deserialize_newtype_struct(name, Asks::new(visitor))
    }

    #[inline]
    fn deserialize_tuple<V: Visitor<'de>>(self, len: usize, visitor: V) -> Result<V::Value, D::Error> {
        self.inner.deserialize_tuple(len, Asks::new(visitor))
    }

    #[inline]
    fn deserialize_tuple_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        len: usize,
        visitor: V,
    ) -> Result<V::Value, D::Error> {
        self.inner.deserialize_tuple_struct(name, len, Asks::new(visitor))
    }

    #[inline]
    fn deserialize_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, D::Error> {
        self.inner.deserialize_struct(name, fields, Asks::new(visitor))
    }

    #[inline]
    fn deserialize_enum<V: Visitor<'de>>(
        self,
        name: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, D::Error> {
        self.inner.deserialize_enum(name, variants, Asks::new(visitor))
    }

    fn is_human_readable(&self) -> bool {
        self.inner.is_human_readable()
    }
}

macro_rules! shown {
    ($($method:ident: $of:ty),* $(,)?) => {$(
        #[inline]
        fn $method<E: Error>(self, value: $of) -> Result<V::Value, E> {
            self.inner.$method(value)
        }
    )*};
}

/// What is borrowed is shown: the methods for it do so unless they are given.
impl<'a, 'de, V: Visitor<'de>> Visitor<'a> for Asks<'de, V> {
    type Value = V::Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.inner.expecting(f)
    }

    shown! {
        visit_bool: bool, visit_i8: i8, visit_i16: i16, visit_i32: i32, visit_i64: i64, visit_i128: i128,
        visit_u8: u8, visit_u16: u16, visit_u32: u32, visit_u64: u64, visit_u128: u128, visit_f32: f32,
        visit_f64: f64, visit_char: char, visit_str: &str, visit_string: String, visit_bytes: &[u8],
        visit_byte_buf: Vec<u8>,
    }

    #[inline]
    fn visit_none<E: Error>(self) -> Result<V::Value, E> {
        self.inner.visit_none()
    }

    #[inline]
    fn visit_unit<E: Error>(self) -> Result<V::Value, E> {
        self.inner.visit_unit()
    }

    #[inline]
    fn visit_some<D: Deserializer<'a>>(self, deserializer: D) -> Result<V::Value, D::Error> {
        self.inner.visit_some(Brief::new(deserializer))
    }

    #[inline]
    fn visit_newtype_struct<D: Deserializer<'a>>(self, deserializer: D) -> Result<V::Value, D::Error> {
        self.inner.visit_newtype_struct(Brief::new(deserializer))
    }

    #[inline]
    fn visit_seq<A: SeqAccess<'a>>(self, list: A) -> Result<V::Value, A::Error> {
        self.inner.visit_seq(Brief::new(list))
    }

    #[inline]
    fn visit_map<A: MapAccess<'a>>(self, map: A) -> Result<V::Value, A::Error> {
        self.inner.visit_map(Brief::new(map))
    }

    #[inline]
    fn visit_enum<A: EnumAccess<'a>>(self, data: A) -> Result<V::Value, A::Error> {
        self.inner.visit_enum(Brief::new(data))
    }
}

impl<'a, 'de, S: DeserializeSeed<'de>> DeserializeSeed<'a> for Asks<'de, S> {
    type Value = S::Value;

    #[inline]
    fn deserialize<D: Deserializer<'a>>(self, deserializer: D) -> Result<S::Value, D::Error> {
        self.inner.deserialize(Brief::new(deserializer))
    }
}

impl<'de, 'a, A: SeqAccess<'a>> SeqAccess<'de> for Brief<'a, A> {
    type Error = A::Error;

    #[inline]
    fn next_element_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<Option<S::Value>, A::Error> {
        self.inner.next_element_seed(Asks::new(seed))
    }

    fn size_hint(&self) -> Option<usize> {
        self.inner.size_hint()
    }
}

impl<'de, 'a, A: MapAccess<'a>> MapAccess<'de> for Brief<'a, A> {
    type Error = A::Error;

    #[inline]
    fn next_key_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<Option<S::Value>, A::Error> {
        self.inner.next_key_seed(Asks::new(seed))
    }

    #[inline]
    fn next_value_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<S::Value, A::Error> {
        self.inner.next_value_seed(Asks::new(seed))
    }

    fn size_hint(&self) -> Option<usize> {
        self.inner.size_hint()
    }
}

impl<'de, 'a, A: EnumAccess<'a>> EnumAccess<'de> for Brief<'a, A> {
    type Error = A::Error;
    type Variant = Brief<'a, A::Variant>;

    fn variant_seed<S: DeserializeSeed<'de>>(self, seed: S) -> Result<(S::Value, Self::Variant), A::Error> {
        let (value, variant) = self.inner.variant_seed(Asks::new(seed))?;
        Ok((value, Brief::new(variant)))
    }
}

impl<'de, 'a, A: VariantAccess<'a>> VariantAccess<'de> for Brief<'a, A> {
    type Error = A::Error;

    fn unit_variant(self) -> Result<(), A::Error> {
        self.inner.unit_variant()
    }

    fn newtype_variant_seed<S: DeserializeSeed<'de>>(self, seed: S) -> Result<S::Value, A::Error> {
        self.inner.newtype_variant_seed(Asks::new(seed))
    }

    fn tuple_variant<V: Visitor<'de>>(self, len: usize, visitor: V) -> Result<V::Value, A::Error> {
        self.inner.tuple_variant(len, Asks::new(visitor))
    }

    fn struct_variant<V: Visitor<'de>>(
        self,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, A::Error> {
        self.inner.struct_variant(fields, Asks::new(visitor))
    }
}
