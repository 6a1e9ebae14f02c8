//! Which runner builds for which platform: the setting `build.runners`.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize};

/// What a workflow writes after `runs-on`: one label, or several that a runner must all have.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(untagged)]
pub enum Runner {
    /// One label.
    One(String),
    /// Several labels.
    All(Vec<String>),
}

impl Runner {
    /// One label.
    #[must_use]
    pub fn one(label: &str) -> Self {
        Self::One(label.to_owned())
    }

    /// The labels.
    #[must_use]
    pub fn labels(&self) -> &[String] {
        match self {
            Self::One(label) => std::slice::from_ref(label),
            Self::All(labels) => labels,
        }
    }

    /// Whether it runs Linux, as far as its labels tell: containers run nowhere else.
    #[must_use]
    pub fn is_linux(&self) -> bool {
        let foreign = |label: &String| {
            let label = label.to_ascii_lowercase();
            label.starts_with("macos") || label.starts_with("windows")
        };
        !self.labels().iter().any(foreign)
    }
}

impl fmt::Display for Runner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.labels().join(", "))
    }
}

impl<'de> Deserialize<'de> for Runner {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let wrong = || serde::de::Error::custom("a runner is a label, or a list of labels");
        let legal = |label: &str| !label.trim().is_empty() && !label.chars().any(char::is_control);
        match serde_json::Value::deserialize(deserializer)? {
            serde_json::Value::String(label) if legal(&label) => Ok(Self::One(label)),
            list @ serde_json::Value::Array(_) => {
                let labels: Vec<String> = serde_json::from_value(list).map_err(|_| wrong())?;
                let good = !labels.is_empty() && labels.iter().all(|label| legal(label));
                good.then_some(Self::All(labels)).ok_or_else(wrong)
            }
            _ => Err(wrong()),
        }
    }
}

impl JsonSchema for Runner {
    fn schema_name() -> Cow<'static, str> {
        "Runner".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": ["string", "array"],
            "description": "What stands after `runs-on` in a workflow: a label, or a list of labels.",
            "items": { "type": "string" }
        })
    }
}

/// Runners by platform: `linux/arm64`, or with `*` for any part, as in `darwin/*`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct Runners(pub BTreeMap<String, Runner>);

impl Runners {
    /// The runner for a platform. Of several patterns that fit, the one with the most letters that are no
    /// `*` counts.
    #[must_use]
    pub fn of(&self, platform: &str) -> Option<&Runner> {
        let fitting = self.0.iter().filter(|(pattern, _)| fits(pattern, platform));
        fitting.max_by_key(|(pattern, _)| pattern.chars().filter(|c| *c != '*').count()).map(|(_, run)| run)
    }

    /// A pattern that fits none of these platforms.
    #[must_use]
    pub fn idle<'a>(&'a self, platforms: &[String]) -> Option<&'a str> {
        let idle = |pattern: &&String| !platforms.iter().any(|platform| fits(pattern, platform));
        self.0.keys().find(idle).map(String::as_str)
    }
}

/// Whether a pattern fits a platform, part by part; a pattern of two parts fits every variant.
fn fits(pattern: &str, platform: &str) -> bool {
    if pattern == "*" {
        return true;
    }
    let (wanted, there): (Vec<_>, Vec<_>) = (pattern.split('/').collect(), platform.split('/').collect());
    wanted.len() <= there.len()
        && wanted.len() >= 2
        && wanted.iter().zip(&there).all(|(wanted, there)| *wanted == "*" || wanted == there)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn runners(text: &str) -> Runners {
        serde_json::from_str(text).unwrap()
    }

    #[test]
    fn the_most_exact_pattern_counts() {
        let runners = runners(r#"{"*":"a","darwin/*":"b","darwin/arm64":["self-hosted","macOS"]}"#);
        let of = |platform: &str| runners.of(platform).map(ToString::to_string);
        assert_eq!(of("linux/arm/7").as_deref(), Some("a"));
        assert_eq!(of("darwin/amd64/v3").as_deref(), Some("b"));
        assert_eq!(of("darwin/arm64").as_deref(), Some("self-hosted, macOS"));
        assert!(
            !runners.of("darwin/arm64").unwrap().is_linux() && runners.of("linux/amd64").unwrap().is_linux()
        );
        assert_eq!(runners.idle(&["linux/amd64".into()]), Some("darwin/*"));
    }

    #[test]
    fn a_runner_is_a_label_or_labels() {
        for text in
            [r#"{"a/b":""}"#, r#"{"a/b":[]}"#, r#"{"a/b":7}"#, r#"{"a/b":["x",""]}"#, r#"{"a/b":"x\ny"}"#]
        {
            assert!(serde_json::from_str::<Runners>(text).is_err(), "{text}");
        }
        let text = r#"{"a/b":"x","a/c":["x","y"]}"#;
        assert_eq!(serde_json::to_string(&runners(text)).unwrap(), text);
    }
}
