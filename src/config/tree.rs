//! The tree of what was written, each node with where it came from.

use std::fmt;

use serde_json::{Map, Value};

/// Who set a value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Origin {
    /// Built into release-action.
    Default,
    /// Seen in the project, with what was seen.
    Detected(String),
    /// The configuration file.
    File {
        /// The line, counted from 1.
        line: u32,
        /// The column, counted from 1 in characters.
        column: u32,
    },
    /// A variable of the environment.
    Env(String),
    /// An input of the Action.
    Input(String),
    /// A flag, as it was written.
    Flag(String),
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Default => f.write_str("default"),
            Self::Detected(why) => write!(f, "detected: {why}"),
            Self::File { line, column } => write!(f, "file:{line}:{column}"),
            Self::Env(name) => write!(f, "environment: {name}"),
            Self::Input(name) => write!(f, "input: {name}"),
            Self::Flag(text) => write!(f, "flag: {text}"),
        }
    }
}

/// An origin with the bytes of the file it covers; both 0 outside the file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mark {
    /// Who wrote it.
    pub origin: Origin,
    /// The first byte in the file.
    pub offset: usize,
    /// How many bytes.
    pub len: usize,
}

impl Mark {
    /// The mark of something outside the file.
    #[must_use]
    pub fn outside(origin: Origin) -> Self {
        Self { origin, offset: 0, len: 0 }
    }
}

/// A value with its place.
#[derive(Debug, Clone, PartialEq)]
pub struct Node {
    /// The value.
    pub kind: Kind,
    /// Its place.
    pub mark: Mark,
}

/// The kinds of values that YAML's core schema knows.
#[derive(Debug, Clone, PartialEq)]
pub enum Kind {
    /// Nothing.
    Null,
    /// True or false.
    Bool(bool),
    /// A number, with the text that was written.
    Number {
        /// Its value.
        value: serde_json::Number,
        /// The text.
        text: String,
    },
    /// A text.
    Text(String),
    /// A list.
    List(Vec<Node>),
    /// A mapping in the order of the file.
    Map(Vec<Entry>),
}

/// A key with its value.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    /// The key.
    pub key: String,
    /// The key's place.
    pub mark: Mark,
    /// The value.
    pub value: Node,
}

impl Node {
    /// An empty mapping.
    #[must_use]
    pub fn empty(mark: Mark) -> Self {
        Self { kind: Kind::Map(Vec::new()), mark }
    }

    /// A node made of plain data, all of one origin.
    #[must_use]
    pub fn of(value: &Value, mark: &Mark) -> Self {
        let kind = match value {
            Value::Null => Kind::Null,
            Value::Bool(truth) => Kind::Bool(*truth),
            Value::Number(number) => Kind::Number { value: number.clone(), text: number.to_string() },
            Value::String(text) => Kind::Text(text.clone()),
            Value::Array(items) => Kind::List(items.iter().map(|item| Self::of(item, mark)).collect()),
            Value::Object(map) => Kind::Map(
                map.iter()
                    .map(|(key, value)| Entry {
                        key: key.clone(),
                        mark: mark.clone(),
                        value: Self::of(value, mark),
                    })
                    .collect(),
            ),
        };
        Self { kind, mark: mark.clone() }
    }

    /// The plain data in it.
    #[must_use]
    pub fn value(&self) -> Value {
        match &self.kind {
            Kind::Null => Value::Null,
            Kind::Bool(truth) => Value::Bool(*truth),
            Kind::Number { value, .. } => Value::Number(value.clone()),
            Kind::Text(text) => Value::String(text.clone()),
            Kind::List(items) => Value::Array(items.iter().map(Self::value).collect()),
            Kind::Map(entries) => {
                let pairs = entries.iter().map(|entry| (entry.key.clone(), entry.value.value()));
                Value::Object(pairs.collect::<Map<_, _>>())
            }
        }
    }

    /// The entries; none where it is no mapping.
    #[must_use]
    pub fn entries(&self) -> &[Entry] {
        match &self.kind {
            Kind::Map(entries) => entries,
            _ => &[],
        }
    }

    /// The entry of this key.
    #[must_use]
    pub fn entry(&self, key: &str) -> Option<&Entry> {
        self.entries().iter().find(|entry| entry.key == key)
    }

    /// The value of this key, or the item of this index.
    #[must_use]
    pub fn child(&self, part: &str) -> Option<&Self> {
        match &self.kind {
            Kind::Map(_) => self.entry(part).map(|entry| &entry.value),
            Kind::List(items) => items.get(part.parse::<usize>().ok()?),
            _ => None,
        }
    }

    /// The value at the end of this path.
    #[must_use]
    pub fn at(&self, path: &[String]) -> Option<&Self> {
        path.iter().try_fold(self, |node, part| node.child(part))
    }

    /// The same, to be changed.
    pub fn at_mut(&mut self, path: &[String]) -> Option<&mut Self> {
        path.iter().try_fold(self, |node, part| match &mut node.kind {
            Kind::Map(entries) => {
                entries.iter_mut().find(|entry| &entry.key == part).map(|entry| &mut entry.value)
            }
            Kind::List(items) => items.get_mut(part.parse::<usize>().ok()?),
            _ => None,
        })
    }

    /// Takes the end of this path out of the tree; false where there is none.
    pub fn remove(&mut self, path: &[String]) -> bool {
        let Some((last, parents)) = path.split_last() else { return false };
        match self.at_mut(parents).map(|parent| &mut parent.kind) {
            Some(Kind::Map(entries)) => {
                let before = entries.len();
                entries.retain(|entry| &entry.key != last);
                entries.len() < before
            }
            Some(Kind::List(items)) => match last.parse::<usize>() {
                Ok(index) if index < items.len() => {
                    items.remove(index);
                    true
                }
                _ => false,
            },
            _ => false,
        }
    }
}
