//! Names that are meant, and values as people call them.

use super::tree::{Kind, Node};

/// How alike two names must be before one is offered for the other, by Jaro and Winkler.
const ALIKE: f64 = 0.8;

/// The known name that is most like this one.
pub fn nearest<'a>(name: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let name = plain(name);
    let rated = known.into_iter().map(|known| (strsim::jaro_winkler(&name, &plain(known)), known));
    let best = rated.max_by(|a, b| a.0.total_cmp(&b.0).then_with(|| b.1.cmp(a.1)))?;
    (best.0 >= ALIKE).then_some(best.1)
}

/// A name without what people mix up: case, dashes and underscores.
pub fn plain(name: &str) -> String {
    name.to_lowercase().replace('-', "_")
}

/// ``did you mean `x`?``, or the list of what is known.
pub fn meant(name: &str, known: &[String]) -> String {
    match nearest(name, known.iter().map(String::as_str)) {
        Some(near) => format!("did you mean `{near}`?"),
        None if known.is_empty() => "no key is known here".into(),
        None => format!("known here: {}", known.join(", ")),
    }
}

/// A value as it is called in an error.
pub fn called(node: &Node) -> String {
    match &node.kind {
        Kind::Null => "empty".into(),
        Kind::Bool(truth) => truth.to_string(),
        Kind::Number { text, .. } => format!("the number {text}"),
        Kind::Text(text) => format!("the text `{}`", short(text)),
        Kind::List(_) => "a list".into(),
        Kind::Map(_) => "a section".into(),
    }
}

/// At most 40 characters of a text.
pub fn short(text: &str) -> String {
    match text.char_indices().nth(40) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
        None => text.to_owned(),
    }
}
