//! The configuration as it holds: every value with who set it.

use serde_json::{Map, Value, json};

use super::emit;
use super::load::Config;
use super::tree::{Kind, Node, Origin};

/// A setting as `check --resolved` prints it.
#[derive(Debug, Clone, PartialEq)]
pub struct Resolved {
    /// The path, with dots.
    pub path: String,
    /// Its value.
    pub value: Value,
    /// Who set it.
    pub origin: Origin,
}

impl Config {
    /// The whole configuration in the order of the reference, defaults filled in.
    #[must_use]
    pub fn effective(&self) -> Value {
        let mut root = Map::new();
        root.insert("version".into(), 1.into());
        if self.filled.projects.is_empty() {
            root.insert("project".into(), json!(self.filled.project));
        } else {
            root.insert("projects".into(), json!(self.filled.projects));
        }
        for step in &self.filled.steps {
            let mut section = step.own.as_object().cloned().unwrap_or_default();
            for (id, switch, value) in &step.rooms {
                let mut room = Map::new();
                room.insert("enabled".into(), json!(switch));
                room.extend(value.as_object().cloned().unwrap_or_default());
                section.insert((*id).to_owned(), Value::Object(room));
            }
            root.insert(step.step.name().into(), Value::Object(section));
        }
        Value::Object(root)
    }

    /// Every setting with its origin, in the same order.
    #[must_use]
    pub fn resolved(&self) -> Vec<Resolved> {
        let mut leaves = Vec::new();
        walk(&self.effective(), Some(&self.tree), String::new(), &mut leaves);
        leaves
    }

    /// The variables that settings name as holders of secrets: the values of all `…_env`.
    #[must_use]
    pub fn names_of_secrets(&self) -> Vec<String> {
        let named = self.resolved().into_iter().filter(|one| one.path.ends_with("_env"));
        named.filter_map(|one| Some(one.value.as_str()?.to_owned())).collect()
    }

    /// The whole configuration as YAML, for `dist/config.yaml`.
    #[must_use]
    pub fn to_yaml(&self) -> String {
        emit::yaml(&self.effective())
    }
}

fn walk(value: &Value, node: Option<&Node>, path: String, leaves: &mut Vec<Resolved>) {
    let below = |part: &str| if path.is_empty() { part.to_owned() } else { format!("{path}.{part}") };
    // A short form in the file, as text for a section, is the origin of all that it stands for.
    let inner = |part: &str| match node.map(|node| &node.kind) {
        Some(Kind::Map(_) | Kind::List(_)) => node.and_then(|node| node.child(part)),
        Some(Kind::Null) | None => None,
        Some(_) => node,
    };
    match value {
        Value::Object(map) if !map.is_empty() => {
            for (key, value) in map {
                let part = if key.contains('.') { format!("\"{key}\"") } else { key.clone() };
                walk(value, inner(key), below(&part), leaves);
            }
        }
        Value::Array(items) if !items.is_empty() && !is_leaf(items, node) => {
            for (index, item) in items.iter().enumerate() {
                let part = index.to_string();
                walk(item, inner(&part), below(&part), leaves);
            }
        }
        // A step or room without settings is no setting.
        Value::Object(_) if node.is_none() => {}
        value => {
            let origin = node.map_or(Origin::Default, |node| node.mark.origin.clone());
            leaves.push(Resolved { path, value: value.clone(), origin });
        }
    }
}

/// A list of plain values that one hand wrote is one setting.
fn is_leaf(items: &[Value], node: Option<&Node>) -> bool {
    let plain = items.iter().all(|item| !item.is_object() && !item.is_array());
    let one_hand = match node.map(|node| (&node.kind, &node.mark.origin)) {
        Some((Kind::List(inner), list)) => inner.iter().all(|item| match (&item.mark.origin, list) {
            (Origin::File { .. }, Origin::File { .. }) => true,
            (item, list) => item == list,
        }),
        _ => true,
    };
    plain && one_hand
}
