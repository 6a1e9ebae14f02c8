//! Amounts of memory in a configuration: `512m`, `4g`.

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// The least memory that an engine gives to a container.
const LEAST: u64 = 6 << 20;

/// An amount of memory in bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Memory(u64);

/// A text that is no amount of memory.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{0}` is no amount of memory: a whole number with m or g, at least 6m, is expected, as in `512m` or `4g`"
)]
pub struct NotMemory(String);

impl Memory {
    /// In bytes.
    #[must_use]
    pub fn bytes(self) -> u64 {
        self.0
    }
}

impl FromStr for Memory {
    type Err = NotMemory;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let wrong = || NotMemory(text.chars().take(40).collect());
        let at = text.find(|c: char| !c.is_ascii_digit()).ok_or_else(wrong)?;
        let count: u64 = text[..at].parse().map_err(|_| wrong())?;
        let unit = match &text[at..] {
            "m" => 1_u64 << 20,
            "g" => 1 << 30,
            _ => return Err(wrong()),
        };
        count.checked_mul(unit).filter(|bytes| (LEAST..=1 << 50).contains(bytes)).map(Self).ok_or_else(wrong)
    }
}

impl fmt::Display for Memory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mebibytes = self.0 >> 20;
        if mebibytes.is_multiple_of(1024) {
            write!(f, "{}g", mebibytes / 1024)
        } else {
            write!(f, "{mebibytes}m")
        }
    }
}

impl Serialize for Memory {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Memory {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

impl JsonSchema for Memory {
    fn schema_name() -> Cow<'static, str> {
        "Memory".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "string",
            "pattern": "^[0-9]+[mg]$",
            "description": "An amount of memory: a whole number with m or g."
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_read_and_written() {
        for (text, bytes) in [("512m", 512_u64 << 20), ("4g", 4 << 30), ("6m", 6 << 20)] {
            let memory: Memory = text.parse().unwrap();
            assert_eq!((memory.bytes(), memory.to_string().as_str()), (bytes, text));
        }
        for text in ["4", "4gb", "0g", "5m", "-1g", "g", "99999999999999999999g", "9999999g"] {
            assert_eq!(text.parse::<Memory>(), Err(NotMemory(text.into())), "{text}");
        }
    }
}
