//! Settings from outside the file: flags, inputs of the Action, the environment, what was detected.

use super::diagnostic::Fault;
use super::known::{Known, Nowhere, Wants};
use super::tree::{Entry, Kind, Mark, Node, Origin};
use super::words::meant;
use super::{raw, scalar};
use crate::kit::variable::{PREFIX, is_setting};

/// One value for one path.
#[derive(Debug, Clone, PartialEq)]
pub struct Setting {
    /// The path, as the schema spells it.
    pub path: Vec<String>,
    /// The value.
    pub value: Node,
}

/// The settings among the variables of the environment, each a `RELEASE_ACTION_STEP__ROOM__KEY`.
/// Other names and empty values are none.
pub fn from_env(env: &[(String, String)], known: &Known, faults: &mut Vec<Fault>) -> Vec<Setting> {
    let mut settings = Vec::new();
    for (name, text) in env {
        let Some(parts) = parts(name) else { continue };
        if text.is_empty() {
            continue;
        }
        let origin = Origin::Env(name.clone());
        match known.find(&parts, true) {
            Ok(path) => settings.push(Setting { value: read(text, &path, origin, known), path }),
            Err(nowhere) => faults.push(lost(&nowhere, origin, known)),
        }
    }
    // The order in which an environment is listed means nothing.
    settings.sort_by(|a, b| a.path.len().cmp(&b.path.len()).then_with(|| a.path.cmp(&b.path)));
    settings
}

/// The parts of a variable's name; none where it is no setting.
fn parts(name: &str) -> Option<Vec<String>> {
    let rest = name.get(PREFIX.len()..).filter(|_| is_setting(name))?;
    Some(rest.split("__").map(str::to_lowercase).collect())
}

/// The settings among the inputs of the Action, as path, input and value. Empty values are none.
pub fn from_inputs(
    inputs: &[(String, String, String)],
    known: &Known,
    faults: &mut Vec<Fault>,
) -> Vec<Setting> {
    let mut settings = Vec::new();
    for (path, input, text) in inputs.iter().filter(|(_, _, text)| !text.is_empty()) {
        let origin = Origin::Input(input.clone());
        match known.find(&path_of(path), false) {
            Ok(path) => settings.push(Setting { value: read(text, &path, origin, known), path }),
            Err(nowhere) => faults.push(lost(&nowhere, origin, known)),
        }
    }
    settings
}

/// The settings of `--set path=value`, in their order: the last one wins.
pub fn from_sets(sets: &[String], known: &Known, faults: &mut Vec<Fault>) -> Vec<Setting> {
    let mut settings = Vec::new();
    for set in sets {
        let origin = Origin::Flag(set.clone());
        let Some((path, text)) = set.split_once('=') else {
            let fault = Fault::new("a value is missing").at(Mark::outside(origin));
            faults.push(fault.help("write `path=value`, as in gates.coverage.minimum=90"));
            continue;
        };
        match known.find(&path_of(path.trim()), false) {
            Ok(path) => settings.push(Setting { value: read(text, &path, origin, known), path }),
            Err(nowhere) => faults.push(lost(&nowhere, origin, known)),
        }
    }
    settings
}

/// A path with dots. A part with dots in it stands in double quotes.
#[must_use]
pub fn path_of(text: &str) -> Vec<String> {
    let mut parts = vec![String::new()];
    let mut quoted = false;
    for c in text.chars() {
        match (c, parts.last_mut()) {
            ('"', _) => quoted = !quoted,
            ('.', _) if !quoted => parts.push(String::new()),
            (c, Some(last)) => last.push(c),
            (_, None) => {}
        }
    }
    parts
}

fn lost(nowhere: &Nowhere, origin: Origin, known: &Known) -> Fault {
    let mark = Mark::outside(origin);
    if nowhere.known.is_empty() {
        let what = format!("`{}` holds nothing under `{}`", nowhere.under.join("."), nowhere.part);
        return Fault::new(what).at(mark);
    }
    let mut fault = super::fill::unknown(&nowhere.part, mark, &nowhere.under, known);
    // The name of a variable is no path: the key alone would not say how to write it.
    if let Some(Mark { origin: Origin::Env(_), .. }) = &fault.mark {
        let near = super::words::nearest(&nowhere.part, nowhere.known.iter().map(String::as_str));
        fault.help = Some(match near {
            Some(near) => {
                let path: Vec<&str> = nowhere.under.iter().map(String::as_str).chain([near]).collect();
                format!("did you mean `{}`?", variable(&path))
            }
            None => meant(&nowhere.part, &nowhere.known),
        });
    }
    fault
}

/// The variable that sets a path.
#[must_use]
pub fn variable(path: &[&str]) -> String {
    let parts: Vec<String> = path.iter().map(|part| part.to_uppercase().replace('-', "_")).collect();
    format!("{PREFIX}{}", parts.join("__"))
}

/// A value that was written outside the file: YAML in one line, or the text itself.
fn read(text: &str, path: &[String], origin: Origin, known: &Known) -> Node {
    let mark = Mark::outside(origin);
    let trimmed = text.trim();
    let as_text = || Node { kind: Kind::Text(text.to_owned()), mark: mark.clone() };
    let wants = known.wants(path);
    if trimmed.starts_with(['[', '{', '"', '\'']) && trimmed.len() <= super::text::LARGEST {
        return match raw::parse(trimmed) {
            Ok(node) if wants != Wants::Text || matches!(node.kind, Kind::Text(_)) => marked(node, &mark),
            _ => as_text(),
        };
    }
    match wants {
        Wants::Text => as_text(),
        Wants::List if !trimmed.is_empty() => {
            let text = known.wants(&[path, &["0".to_owned()]].concat()) == Wants::Text;
            let item = |item: &str| match text {
                true => Node { kind: Kind::Text(item.to_owned()), mark: mark.clone() },
                false => plain(item, &mark),
            };
            let items = trimmed.split([',', '\n']).map(str::trim).filter(|item| !item.is_empty()).map(item);
            Node { kind: Kind::List(items.collect()), mark: mark.clone() }
        }
        _ if trimmed.is_empty() && !known.is_room(path) => as_text(),
        _ => plain(trimmed, &mark),
    }
}

fn plain(text: &str, mark: &Mark) -> Node {
    // A number that cannot be held is told as the text it is, where the type is known.
    let kind = scalar::resolve(text).unwrap_or_else(|_| Kind::Text(text.to_owned()));
    Node { kind, mark: mark.clone() }
}

fn marked(node: Node, mark: &Mark) -> Node {
    let kind = match node.kind {
        Kind::List(items) => Kind::List(items.into_iter().map(|item| marked(item, mark)).collect()),
        Kind::Map(entries) => Kind::Map(
            entries
                .into_iter()
                .map(|entry| Entry { key: entry.key, mark: mark.clone(), value: marked(entry.value, mark) })
                .collect(),
        ),
        kind => kind,
    };
    Node { kind, mark: mark.clone() }
}

/// Puts a setting over the tree: sections are joined, everything else is replaced.
///
/// # Errors
///
/// If it is for an item of a list that has fewer.
pub fn put(tree: &mut Node, setting: Setting, known: &Known) -> Result<(), Fault> {
    let Setting { mut path, value } = setting;
    if known.is_room(&path) && is_switch(&value) {
        path.push("enabled".into());
    }
    place(tree, &path, 0, value, known)
}

/// Whether a room's section is only its switch, as in `daggerverse: true`.
#[must_use]
pub fn is_switch(node: &Node) -> bool {
    match &node.kind {
        Kind::Bool(_) => true,
        Kind::Text(text) => text == "auto",
        _ => false,
    }
}

fn place(node: &mut Node, path: &[String], done: usize, value: Node, known: &Known) -> Result<(), Fault> {
    let Some(part) = path.get(done) else {
        join(node, value);
        return Ok(());
    };
    let mark = value.mark.clone();
    if !matches!(node.kind, Kind::List(_) | Kind::Map(_)) {
        let list = known.wants(path.get(..done).unwrap_or_default()) == Wants::List;
        let kind = if list { Kind::List(Vec::new()) } else { Kind::Map(Vec::new()) };
        *node = Node { kind, mark: mark.clone() };
    }
    let next = Node { kind: Kind::Null, mark: mark.clone() };
    match &mut node.kind {
        Kind::List(items) => {
            let index = part.parse::<usize>().unwrap_or(usize::MAX);
            if index == items.len() {
                items.push(next);
            }
            let count = items.len();
            match items.get_mut(index) {
                Some(item) => place(item, path, done + 1, value, known),
                None => {
                    let list = path.get(..done).unwrap_or_default().join(".");
                    let what = format!("`{list}` has {count} items, so there is no item `{part}`");
                    Err(Fault::new(what)
                        .at(mark)
                        .help(format!("items count from 0; {list}.{count} adds one")))
                }
            }
        }
        Kind::Map(entries) => {
            if !entries.iter().any(|entry| &entry.key == part) {
                entries.push(Entry { key: part.clone(), mark, value: next });
            }
            match entries.iter_mut().find(|entry| &entry.key == part) {
                Some(entry) => place(&mut entry.value, path, done + 1, value, known),
                None => Ok(()),
            }
        }
        _ => Ok(()),
    }
}

fn join(node: &mut Node, value: Node) {
    match (&mut node.kind, value) {
        (Kind::Map(entries), Node { kind: Kind::Map(new), .. }) => {
            for entry in new {
                match entries.iter_mut().find(|old| old.key == entry.key) {
                    Some(old) => {
                        old.mark = entry.mark;
                        join(&mut old.value, entry.value);
                    }
                    None => entries.push(entry),
                }
            }
        }
        (_, value) => *node = value,
    }
}

/// Puts a setting under the tree: what stands there already wins.
pub fn put_below(tree: &mut Node, setting: Setting, known: &Known) -> Result<(), Fault> {
    let mut base = Node::empty(setting.value.mark.clone());
    put(&mut base, setting, known)?;
    below(tree, base);
    Ok(())
}

fn below(node: &mut Node, base: Node) {
    match (&mut node.kind, base) {
        (Kind::Map(entries), Node { kind: Kind::Map(new), .. }) => {
            for entry in new {
                match entries.iter_mut().find(|old| old.key == entry.key) {
                    // An empty section says nothing, so what was detected holds.
                    Some(old) if old.value.kind == Kind::Null && matches!(entry.value.kind, Kind::Map(_)) => {
                        old.value = entry.value;
                    }
                    Some(old) => below(&mut old.value, entry.value),
                    None => entries.push(entry),
                }
            }
        }
        (Kind::Null, base) if matches!(base.kind, Kind::Map(_)) => *node = base,
        _ => {}
    }
}
