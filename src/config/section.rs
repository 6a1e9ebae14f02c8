//! What a section of `.release.yaml` looks like to the loader: a step, and the rooms in it.
//!
//! The loader knows no room: every room hands in its shape, and schema, checks, `--help` and the
//! reference pages follow from it.

use std::borrow::Cow;

use schemars::generate::SchemaGenerator;
use schemars::{JsonSchema, Schema, json_schema};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::Value;

use crate::model::Step;

/// The settings type of a room or step: all keys optional, unknown keys refused.
///
/// Implementors derive `Serialize, Deserialize, JsonSchema, Default` and carry
/// `#[serde(default, deny_unknown_fields)]`. The docstring of a field is its description in the
/// schema and in the reference pages.
pub trait Settings: Serialize + DeserializeOwned + JsonSchema + Default + 'static {}

impl<T: Serialize + DeserializeOwned + JsonSchema + Default + 'static> Settings for T {}

/// The settings of a step or room that has none.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, serde::Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct NoSettings {}

/// Why a value does not fit its settings type.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Misfit {
    /// The path inside the section, `packages.0.minimum`; empty for the section itself.
    pub path: String,
    /// What does not fit, in serde's words.
    pub message: String,
}

/// A settings type without its type: three functions.
#[derive(Clone, Copy)]
pub struct Shape {
    /// The JSON schema.
    pub schema: fn(&mut SchemaGenerator) -> Schema,
    /// Reads a value and gives it back with every default filled in.
    pub fill: fn(Value) -> Result<Value, Misfit>,
}

impl Shape {
    /// The shape of a settings type.
    #[must_use]
    pub const fn of<T: Settings>() -> Self {
        Self { schema: |generator| T::json_schema(generator), fill: fill::<T> }
    }
}

fn fill<T: Settings>(value: Value) -> Result<Value, Misfit> {
    let value = if value.is_null() { Value::Object(serde_json::Map::new()) } else { value };
    let settings: T = serde_path_to_error::deserialize(value)
        .map_err(|error| Misfit { path: dotted(error.path()), message: error.inner().to_string() })?;
    serde_json::to_value(settings).map_err(|error| Misfit { path: String::new(), message: error.to_string() })
}

fn dotted(path: &serde_path_to_error::Path) -> String {
    use serde_path_to_error::Segment;
    let parts = path.iter().filter_map(|segment| match segment {
        Segment::Seq { index } => Some(index.to_string()),
        Segment::Map { key } => Some(key.clone()),
        Segment::Enum { variant } => Some(variant.clone()),
        Segment::Unknown => None,
    });
    parts.collect::<Vec<_>>().join(".")
}

/// A room's section.
#[derive(Clone, Copy)]
pub struct RoomShape {
    /// The section's name in its step.
    pub id: &'static str,
    /// One sentence for `--help` and the reference pages.
    pub about: &'static str,
    /// Its settings, without `enabled`, which every room has.
    pub shape: Shape,
    /// The keys that ask for the room by being written: a threshold that nobody looks at is passed by accident.
    pub asked_by: &'static [&'static str],
}

/// A step's section: its own settings beside those of its rooms.
#[derive(Clone)]
pub struct StepShape {
    /// The step, whose name is the section's.
    pub step: Step,
    /// One sentence.
    pub about: &'static str,
    /// Settings that stand beside the rooms, as `build.targets` does.
    pub shape: Shape,
    /// The rooms.
    pub rooms: Vec<RoomShape>,
}

/// `enabled:` of a room, written `auto`, `true` or `false`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Switch {
    /// Where the project has what the room needs.
    #[default]
    Auto,
    /// Always; what is missing is an error.
    On,
    /// Never.
    Off,
}

impl Switch {
    /// Reads the three words, `true` and `false` also as text, as a variable would give them.
    #[must_use]
    pub fn read(value: &Value) -> Option<Self> {
        match value {
            Value::Null => Some(Self::Auto),
            Value::Bool(true) => Some(Self::On),
            Value::Bool(false) => Some(Self::Off),
            Value::String(text) => match text.as_str() {
                "auto" => Some(Self::Auto),
                "true" => Some(Self::On),
                "false" => Some(Self::Off),
                _ => None,
            },
            _ => None,
        }
    }
}

impl Serialize for Switch {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Auto => serializer.serialize_str("auto"),
            Self::On => serializer.serialize_bool(true),
            Self::Off => serializer.serialize_bool(false),
        }
    }
}

impl<'de> Deserialize<'de> for Switch {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let value = Value::deserialize(deserializer)?;
        Self::read(&value)
            .ok_or_else(|| serde::de::Error::custom(format!("auto, true or false is expected, not {value}")))
    }
}

impl JsonSchema for Switch {
    fn schema_name() -> Cow<'static, str> {
        "Switch".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "description": "auto: where the project has what the room needs; true: always; false: never.",
            "enum": ["auto", true, false]
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_switch_is_written_as_it_is_read() {
        for text in ["\"auto\"", "true", "false"] {
            let switch: Switch = serde_json::from_str(text).unwrap();
            assert_eq!(serde_json::to_string(&switch).unwrap(), text);
        }
        let error = serde_json::from_str::<Switch>("\"yes\"").unwrap_err().to_string();
        assert!(error.starts_with("auto, true or false is expected, not \"yes\""), "{error}");
    }
}
