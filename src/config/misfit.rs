//! serde's words about a value that does not fit, in the words of a person.

use super::tree::{Kind, Node};
use super::words::{called, nearest};
use crate::kit::template::Template;

/// What is wrong with a value, and what to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Explained {
    /// What is wrong.
    pub what: String,
    /// What to do.
    pub help: Option<String>,
}

/// Explains a message of serde about the value at this path.
pub fn explain(message: &str, path: &str, node: &Node) -> Explained {
    let says = |what: String, help: Option<String>| Explained { what, help };
    if let Some(rest) = message.strip_prefix("unknown variant ") {
        return variant(rest, path);
    }
    if let Some(field) = message.strip_prefix("missing field ") {
        return says(format!("`{path}` needs the key {field}"), Some(format!("add {field}")));
    }
    let typed = message.strip_prefix("invalid type: ").or_else(|| message.strip_prefix("invalid value: "));
    if let Some((_, expected)) = typed.and_then(|rest| rest.split_once(", expected ")) {
        return says(
            format!("`{path}` must be {}, but is {}", wanted(expected), called(node)),
            advice(expected, node),
        );
    }
    if NO_DAY.iter().any(|words| message.starts_with(words)) {
        let help = Some("write a day that there is, as in 2027-01-31".to_owned());
        return says(format!("`{path}` must be a day, but is {}", called(node)), help);
    }
    if message.starts_with("data did not match any variant") {
        return formless(path, node);
    }
    says(format!("`{path}`: {message}"), None)
}

/// A value of several possible forms: serde tells of none of them why it is not that one.
fn formless(path: &str, node: &Node) -> Explained {
    if let Kind::Text(text) = &node.kind
        && let Err(error) = Template::new(text)
    {
        let help = Some("every name in a template must be one of the known ones".to_owned());
        return Explained { what: format!("`{path}`: {error}"), help };
    }
    Explained { what: format!("`{path}` can't be {}", called(node)), help: None }
}

/// The key that a message misses.
pub fn missing_key(message: &str) -> Option<&str> {
    message.strip_prefix("missing field `").and_then(|rest| rest.split('`').next())
}

/// What the reader of days says of what is none.
const NO_DAY: [&str; 4] = [
    "input is out of range",
    "input contains invalid characters",
    "premature end of input",
    "trailing input",
];

/// The unknown key that a message is about.
pub fn unknown_key(message: &str) -> Option<&str> {
    message.strip_prefix("unknown field `").and_then(|rest| rest.split('`').next())
}

fn variant(rest: &str, path: &str) -> Explained {
    let names: Vec<&str> = rest.split('`').skip(1).step_by(2).collect();
    let (found, known) = names.split_first().map_or(("", &[][..]), |(found, known)| (*found, known));
    let list = known.join(", ");
    let help = match nearest(found, known.iter().copied()) {
        Some(near) => format!("did you mean `{near}`? Possible are: {list}"),
        None => format!("possible are: {list}"),
    };
    Explained { what: format!("`{path}` can't be `{found}`"), help: Some(help) }
}

fn wanted(expected: &str) -> String {
    let words = match expected {
        "a boolean" => "true or false",
        "a string" => "text",
        "u8" => "a whole number from 0 to 255",
        "u16" => "a whole number from 0 to 65535",
        "u32" => "a whole number from 0 to 4294967295",
        "u64" | "usize" => "a whole number of 0 or more",
        "i8" | "i16" | "i32" | "i64" | "isize" => "a whole number",
        "f32" | "f64" => "a number",
        "a map" => "a section of `key: value` lines",
        "a sequence" | "an array" => "a list",
        "string or map" => "one of its known words",
        other if other.starts_with("struct ") => "a section of `key: value` lines",
        other => other,
    };
    words.to_owned()
}

fn advice(expected: &str, node: &Node) -> Option<String> {
    match (expected, &node.kind) {
        ("a string", Kind::Number { text, .. }) => Some(format!("put it in quotes: \"{text}\"")),
        ("a string", Kind::Bool(truth)) => Some(format!("put it in quotes: \"{truth}\"")),
        ("a boolean", Kind::Text(text))
            if ["yes", "no", "on", "off"].contains(&text.to_lowercase().as_str()) =>
        {
            Some(format!("YAML 1.2 writes true and false; `{text}` is text"))
        }
        ("a sequence", Kind::Text(text)) => Some(format!("for a list of one, write [{text}]")),
        ("u8" | "u16" | "u32" | "u64" | "usize" | "f64" | "a boolean", Kind::Text(text)) => {
            let unquoted = super::scalar::resolve(text);
            matches!(unquoted, Ok(Kind::Number { .. } | Kind::Bool(_)))
                .then(|| "remove the quotes".to_owned())
        }
        (_, Kind::Null) => Some("remove the key to have its default".into()),
        _ => None,
    }
}
