//! The difference of two JSON values as lines: a path with its value, taken away or added.

use std::collections::BTreeSet;

use serde_json::Value;

/// The lines, those that go before those that come, each by its path.
#[must_use]
pub fn lines(before: &Value, after: &Value) -> Vec<String> {
    let (mut old, mut new) = (BTreeSet::new(), BTreeSet::new());
    leaves(before, "", &mut old);
    leaves(after, "", &mut new);
    let gone = old.difference(&new).map(|line| format!("- {line}"));
    gone.chain(new.difference(&old).map(|line| format!("+ {line}"))).collect()
}

/// What is null or empty says nothing.
fn leaves(value: &Value, path: &str, all: &mut BTreeSet<String>) {
    match value {
        Value::Null => {}
        Value::Object(fields) => {
            for (name, field) in fields {
                let path = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
                leaves(field, &path, all);
            }
        }
        // An entry is one thing: as a whole it is there or not.
        Value::Array(items) => all.extend(items.iter().map(|item| format!("{path}: {item}"))),
        plain => {
            all.insert(format!("{path}: {plain}"));
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn says_what_goes_and_what_comes() {
        let before = json!({ "strict": true, "checks": [{ "context": "ci" }], "x": null });
        let after = json!({ "strict": false, "checks": [{ "context": "ci" }, { "context": "gate" }] });
        assert_eq!(
            lines(&before, &after),
            ["- strict: true", "+ checks: {\"context\":\"gate\"}", "+ strict: false"]
        );
        assert_eq!(lines(&after, &after), Vec::<String>::new());
    }
}
