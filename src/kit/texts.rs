//! Changes every text in a record, and leaves alone what is no free text.

use serde_json::Value;

use crate::model::Digest;

/// Fields whose texts come from a fixed list; a short secret of the same letters must not break them.
const TAGS: [&str; 14] = [
    "event", "from", "rank", "state", "undone", "status", "kind", "exit", "step", "stream", "outcome", "how",
    "level", "type",
];

/// Replaces every text in it by what `change` makes of that, but for the form's own words, digests and
/// times.
pub fn change(value: &mut Value, change: &impl Fn(&str) -> String) {
    change_but(&[], value, change);
}

/// The same, but for everything in the outermost fields of these names.
pub fn change_but(kept: &[&str], value: &mut Value, change: &impl Fn(&str) -> String) {
    match value {
        Value::String(text) if !is_fixed(text) => {
            let changed = change(text);
            if changed != *text {
                *text = changed;
            }
        }
        Value::Array(items) => items.iter_mut().for_each(|item| self::change(item, change)),
        Value::Object(fields) => {
            for (name, field) in fields {
                let is_tag = TAGS.contains(&name.as_str()) && field.as_str().is_some_and(is_word);
                if !is_tag && !kept.contains(&name.as_str()) {
                    self::change(field, change);
                }
            }
        }
        _ => {}
    }
}

/// A word as those lists hold them.
fn is_word(text: &str) -> bool {
    text.len() <= 16 && text.bytes().all(|byte| byte.is_ascii_lowercase() || b"_-".contains(&byte))
}

/// Digests and times: they cannot hold a secret, but a short one can stand in them by chance.
fn is_fixed(text: &str) -> bool {
    (text.starts_with("sha256:") && text.parse::<Digest>().is_ok())
        || (text.ends_with('Z') && chrono::DateTime::parse_from_rfc3339(text).is_ok())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn changes_free_text_only() {
        let digest = Digest::of(b"x").to_string();
        let mut value = json!({
            "event": "a_word", "kind": "No tag, but a sentence", "at": "2026-01-02T03:04:05Z",
            "digest": digest, "list": ["one", 2, { "status": "pass", "what": "two" }]
        });
        change(&mut value, &|text| text.to_uppercase());
        let wanted = json!({
            "event": "a_word", "kind": "NO TAG, BUT A SENTENCE", "at": "2026-01-02T03:04:05Z",
            "digest": digest, "list": ["ONE", 2, { "status": "pass", "what": "TWO" }]
        });
        assert_eq!(value, wanted);
    }

    #[test]
    fn keeps_what_is_named_and_only_there() {
        let mut value = json!({ "task": "a/b", "list": [{ "task": "a" }], "artifacts": [{ "name": "x" }] });
        change_but(&["task", "artifacts"], &mut value, &|text| text.to_uppercase());
        let wanted = json!({ "task": "a/b", "list": [{ "task": "A" }], "artifacts": [{ "name": "x" }] });
        assert_eq!(value, wanted);
    }
}
