//! Plain data as YAML 1.2 in block style, for people to read and any parser to take.

use serde_json::Value;

use super::scalar;
use super::tree::Kind;

/// The data as a YAML document.
#[must_use]
pub fn yaml(value: &Value) -> String {
    let mut out = String::new();
    match value {
        Value::Object(map) if !map.is_empty() => block(value, 0, &mut out),
        Value::Array(items) if !items.is_empty() => block(value, 0, &mut out),
        value => {
            out.push_str(&flow(value));
            out.push('\n');
        }
    }
    out
}

fn block(value: &Value, depth: usize, out: &mut String) {
    let indent = "  ".repeat(depth);
    match value {
        Value::Object(map) => {
            for (key, value) in map {
                out.push_str(&format!("{indent}{}:", text(key)));
                inner(value, depth + 1, out);
            }
        }
        Value::Array(items) => {
            for item in items {
                out.push_str(&format!("{indent}-"));
                inner(item, depth + 1, out);
            }
        }
        _ => {}
    }
}

fn inner(value: &Value, depth: usize, out: &mut String) {
    let is_block = match value {
        Value::Object(map) => !map.is_empty(),
        Value::Array(items) => !items.is_empty(),
        _ => false,
    };
    if is_block {
        out.push('\n');
        block(value, depth, out);
    } else {
        out.push(' ');
        out.push_str(&flow(value));
        out.push('\n');
    }
}

fn flow(value: &Value) -> String {
    match value {
        Value::Object(_) => "{}".into(),
        Value::Array(_) => "[]".into(),
        Value::String(words) => text(words),
        other => other.to_string(),
    }
}

/// A text, in quotes unless every parser of YAML takes it for text without them.
#[must_use]
pub fn text(words: &str) -> String {
    let begins = words.starts_with(|c: char| c.is_ascii_alphabetic());
    let simple = words.chars().all(|c| c.is_ascii_alphanumeric() || "-_./".contains(c));
    // The words that YAML 1.1 takes for truth.
    let old = ["y", "n", "yes", "no", "on", "off"].contains(&words.to_lowercase().as_str());
    if begins && simple && !old && matches!(scalar::resolve(words), Ok(Kind::Text(_))) {
        return words.to_owned();
    }
    let mut quoted = String::from("\"");
    for c in words.chars() {
        match c {
            '"' => quoted.push_str("\\\""),
            '\\' => quoted.push_str("\\\\"),
            '\n' => quoted.push_str("\\n"),
            '\t' => quoted.push_str("\\t"),
            c if c.is_control() || ('\u{2028}'..='\u{2029}').contains(&c) || is_special(c) => {
                quoted.push_str(&format!("\\u{:04X}", u32::from(c)));
            }
            c => quoted.push(c),
        }
    }
    quoted.push('"');
    quoted
}

fn is_special(c: char) -> bool {
    matches!(c, '\u{FEFF}' | '\u{FFFE}' | '\u{FFFF}')
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;

    #[test]
    fn reads_well() {
        let value =
            json!({ "a": { "list": ["x/y", "yes", 1.5], "empty": [], "none": null }, "1": "{{ tag }}" });
        assert_eq!(
            yaml(&value),
            "a:\n  list:\n    - x/y\n    - \"yes\"\n    - 1.5\n  empty: []\n  none: null\n\"1\": \"{{ tag }}\"\n"
        );
    }

    fn data() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            ".{0,12}".prop_map(Value::from),
            "[a-z0-9~.:# -]{0,6}".prop_map(Value::from),
        ];
        leaf.prop_recursive(4, 32, 5, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
                prop::collection::vec((".{0,6}", inner), 0..4)
                    .prop_map(|pairs| Value::Object(pairs.into_iter().collect())),
            ]
        })
    }

    proptest! {
        #[test]
        fn is_read_back_as_it_was(value in data()) {
            let text = yaml(&value);
            let node = crate::config::raw::parse(&text).map_err(|faults| TestCaseError::fail(format!("{text}\n{faults:?}")))?;
            prop_assert_eq!(node.value(), value, "{}", text);
        }
    }
}
