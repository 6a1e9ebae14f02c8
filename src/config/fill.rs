//! A node of the tree into settings with every default, and all that does not fit.

use serde_json::{Map, Value};

use super::diagnostic::Fault;
use super::known::Known;
use super::misfit::{explain, missing_key, unknown_key};
use super::section::{Misfit, Shape};
use super::tree::{Kind, Mark, Node};
use super::words::{called, meant};

/// How many faults of one section are looked for.
const MOST: usize = 50;

/// Fills a section. What does not fit is told and left out, so that the rest is looked at too.
pub fn fill(
    shape: &Shape,
    node: Option<&Node>,
    path: &[String],
    known: &Known,
    faults: &mut Vec<Fault>,
) -> Value {
    let Some(original) = node else { return defaults(shape) };
    let mut rest = original.clone();
    for _ in 0..MOST {
        let misfit = match (shape.fill)(rest.value()) {
            Ok(value) => return value,
            Err(misfit) => misfit,
        };
        let inner = split(&misfit.path);
        let (inner, fault) = judge(&misfit, inner, (original, &rest), path, known);
        // What was taken out because it does not fit has been told.
        if !is_taken_out(&misfit, &inner, (original, &rest)) {
            faults.push(fault);
        }
        // What cannot be taken out leaves nothing to look at.
        if !rest.remove(&inner) {
            break;
        }
    }
    defaults(shape)
}

/// A section of the wrong kind; a section without content stands for its defaults.
pub fn section<'a>(node: &'a Node, path: &[String], faults: &mut Vec<Fault>) -> Option<&'a Node> {
    match node.kind {
        Kind::Map(_) => Some(node),
        Kind::Null => None,
        _ => {
            let name = if path.is_empty() { "the file".to_owned() } else { format!("`{}`", path.join(".")) };
            let what = format!("{name} must be a section of `key: value` lines, but is {}", called(node));
            faults.push(Fault::new(what).at(node.mark.clone()));
            None
        }
    }
}

/// A key that is not known under this path.
pub fn unknown(key: &str, mark: Mark, under: &[String], known: &Known) -> Fault {
    let here = known.under(under);
    let homes = known.homes(key);
    let what = match under {
        [] => format!("unknown key `{key}`"),
        under => format!("unknown key `{key}` in `{}`", under.join(".")),
    };
    let near = super::words::nearest(key, here.iter().map(String::as_str)).is_some();
    let help = match homes.as_slice() {
        [home, ..] if !near => format!("`{key}` belongs under `{home}`"),
        _ => meant(key, &here),
    };
    Fault::new(what).at(mark).label("unknown").help(help)
}

fn judge(
    misfit: &Misfit,
    mut inner: Vec<String>,
    (original, rest): (&Node, &Node),
    path: &[String],
    known: &Known,
) -> (Vec<String>, Fault) {
    if let Some(key) = unknown_key(&misfit.message) {
        if inner.last().is_none_or(|last| last != key) {
            inner.push(key.to_owned());
        }
        let parent = inner.split_last().map_or(&[][..], |(_, parents)| parents);
        if let Some(entry) = rest.at(parent).and_then(|parent| parent.entry(key)) {
            let parent =
                rest.at(parent).and_then(|node| written(original, parent, &node.mark)).unwrap_or_default();
            return (inner, unknown(key, entry.mark.clone(), &[path, &parent].concat(), known));
        }
    }
    // A path may go on into what serde made of a value, as the variants of an enum.
    while rest.at(&inner).is_none() && inner.pop().is_some() {}
    let node = rest.at(&inner).unwrap_or(rest);
    let place = written(original, &inner, &node.mark).unwrap_or_else(|| inner.clone());
    let whole = [path, &place].concat();
    let explained = explain(&misfit.message, &whole.join("."), node);
    let fault = Fault::new(explained.what).at(node.mark.clone());
    // Where the message has no advice, the types that would do are one.
    let help = explained.help.or_else(|| known.kinds(&whole).map(|kinds| format!("possible: {kinds}")));
    let fault = match help {
        Some(help) => fault.help(help),
        None => fault,
    };
    (inner, fault)
}

/// Whether a key that is missed stands in the file and was taken out.
fn is_taken_out(misfit: &Misfit, inner: &[String], (original, rest): (&Node, &Node)) -> bool {
    let Some(key) = missing_key(&misfit.message) else { return false };
    let place = rest.at(inner).and_then(|node| written(original, inner, &node.mark));
    place.and_then(|place| original.at(&place)?.child(key)).is_some()
}

/// The path as it was in the file: taking faults out of a list shifts the indices behind them.
fn written(original: &Node, path: &[String], mark: &Mark) -> Option<Vec<String>> {
    let Some((first, rest)) = path.split_first() else {
        return (&original.mark == mark).then(Vec::new);
    };
    let onward = |name: String, node: &Node| {
        let mut tail = written(node, rest, mark)?;
        tail.insert(0, name);
        Some(tail)
    };
    match &original.kind {
        Kind::List(items) => {
            items.iter().enumerate().find_map(|(index, item)| onward(index.to_string(), item))
        }
        _ => onward(first.clone(), original.child(first)?),
    }
}

fn split(path: &str) -> Vec<String> {
    path.split('.').filter(|part| !part.is_empty()).map(str::to_owned).collect()
}

fn defaults(shape: &Shape) -> Value {
    (shape.fill)(Value::Null).unwrap_or_else(|_| Value::Object(Map::new()))
}
