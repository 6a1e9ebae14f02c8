//! What OSV-Scanner writes, as far as it is read. Texts are held (`Text`), or only looked at (`Words`).

use std::fmt;
use std::marker::PhantomData;

use serde::de::value::MapAccessDeserializer;
use serde::de::{DeserializeSeed as _, MapAccess, Visitor};
use serde::{Deserialize, Deserializer};

use super::osv::{Affected, Named};
use super::values::{Score, list, list_or_null, or_default};
use crate::formats::json::entries;

/// A package with what is known of it. Its texts are held (`Text`), or only looked at (`Words`).
#[derive(Deserialize, Default)]
#[serde(bound(deserialize = "T: Deserialize<'de> + Default"))]
pub(super) struct Entry<T> {
    pub(super) package: Option<Named<T>>,
    #[serde(default, deserialize_with = "list_or_null")]
    pub(super) vulnerabilities: Vec<Osv<T>>,
    #[serde(default, deserialize_with = "list_or_null")]
    pub(super) groups: Vec<Group<T>>,
}

#[derive(Deserialize, Default)]
#[serde(default, bound(deserialize = "T: Deserialize<'de> + Default"))]
pub(super) struct Osv<T> {
    pub(super) id: T,
    #[serde(deserialize_with = "list_or_null")]
    pub(super) aliases: Vec<T>,
    pub(super) summary: T,
    pub(super) details: T,
    pub(super) withdrawn: T,
    #[serde(deserialize_with = "list_or_null")]
    pub(super) severity: Vec<Rated<T>>,
    #[serde(deserialize_with = "list_or_null")]
    pub(super) affected: Vec<Affected<T>>,
    #[serde(deserialize_with = "or_default")]
    pub(super) database_specific: Specific,
}

#[derive(Deserialize, Default)]
#[serde(default, bound(deserialize = "T: Deserialize<'de> + Default"))]
pub(super) struct Rated<T> {
    pub(super) score: T,
}

#[derive(Deserialize, Default)]
#[serde(default)]
pub(super) struct Specific {
    #[serde(deserialize_with = "lenient")]
    pub(super) severity: Score,
}

/// What databases put there is their own affair.
fn lenient<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Score, D::Error> {
    let value = serde_json::Value::deserialize(deserializer)?;
    Ok(serde_json::from_value(value).unwrap_or_default())
}

#[derive(Deserialize, Default)]
#[serde(default, bound(deserialize = "T: Deserialize<'de> + Default"))]
pub(super) struct Group<T> {
    #[serde(deserialize_with = "list")]
    pub(super) ids: Vec<T>,
    #[serde(deserialize_with = "list_or_null")]
    pub(super) aliases: Vec<T>,
    pub(super) max_severity: Score,
    #[serde(alias = "experimentalAnalysis", deserialize_with = "or_default")]
    pub(super) experimental_analysis: Analyses,
}

/// What was seen called, of however many.
#[derive(Default)]
pub(super) struct Analyses(pub(super) Option<bool>);

impl<'de> Deserialize<'de> for Analyses {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let mut called = None;
        let take = entries(|_, analysis: Analysis| {
            called = called.max(analysis.called);
            Ok(())
        });
        take.deserialize(deserializer)?;
        Ok(Self(called))
    }
}

#[derive(Deserialize, Default)]
#[serde(default)]
pub(super) struct Analysis {
    pub(super) called: Option<bool>,
}

/// A source with all of its packages.
#[derive(Deserialize)]
#[serde(bound(deserialize = "T: Deserialize<'de> + Default"))]
pub(super) struct Whole<T> {
    #[serde(default)]
    pub(super) source: Path<T>,
    #[serde(default, deserialize_with = "list_or_null")]
    pub(super) packages: Vec<AsObject<Entry<T>>>,
}

/// What is written as an object: a structure may be written as a list of its values as well, which no tool does.
pub(super) struct AsObject<T>(pub(super) T);

impl<'de, T: Deserialize<'de>> Deserialize<'de> for AsObject<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(Only(PhantomData)).map(Self)
    }
}

struct Only<T>(PhantomData<T>);

impl<'de, T: Deserialize<'de>> Visitor<'de> for Only<T> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<T, A::Error> {
        T::deserialize(MapAccessDeserializer::new(map))
    }
}

#[derive(Deserialize, Default)]
#[serde(default, bound(deserialize = "T: Deserialize<'de> + Default"))]
pub(super) struct Path<T> {
    pub(super) path: T,
}
