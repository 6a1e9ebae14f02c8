//! Answers held against GitHub's own description of its API.

use crate::harness::Got;
use camino::Utf8PathBuf;
use jsonschema::Validator;
use serde_json::{Value, json};
use std::collections::HashMap;
use std::sync::{LazyLock, Mutex};

/// A file of `tests/fixtures`, where its README says what it is and whose.
pub(crate) fn fixture(name: &str) -> Value {
    let path = Utf8PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures").join(name);
    let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{path}: {error}"));
    serde_json::from_str(&text).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// The description, with OpenAPI 3.0's `nullable` turned into what JSON Schema knows.
static OPENAPI: LazyLock<Value> = LazyLock::new(|| {
    let mut value = fixture("openapi.json");
    modernise(&mut value);
    value
});

/// `nullable: true` adds `null` to the type and to the enumeration; examples and formats are left out.
fn modernise(value: &mut Value) {
    match value {
        Value::Array(items) => items.iter_mut().for_each(modernise),
        Value::Object(object) => {
            object.values_mut().for_each(modernise);
            if object.get("nullable") != Some(&json!(true)) {
                return;
            }
            object.remove("nullable");
            if let Some(Value::Array(values)) = object.get_mut("enum") {
                values.push(Value::Null);
            }
            if let Some(kind @ Value::String(_)) = object.get("type").cloned() {
                object.insert("type".to_owned(), json!([kind, "null"]));
            } else {
                let inner = Value::Object(std::mem::take(object));
                object.insert("anyOf".to_owned(), json!([inner, {"type": "null"}]));
            }
        }
        _ => {}
    }
}

static VALIDATORS: LazyLock<Mutex<HashMap<String, std::sync::Arc<Validator>>>> =
    LazyLock::new(Mutex::default);

/// Panics when an answer isn't one that GitHub describes for this call.
#[track_caller]
pub(crate) fn check(method: &str, path: &str, got: &Got) {
    // Not modified, refused, limited and broken are everywhere alike and hardly described.
    if matches!(got.status, 304 | 401 | 403 | 429 | 500..) {
        return;
    }
    let path = path.split('?').next().unwrap();
    let template = template(method, path).unwrap_or_else(|| panic!("GitHub describes no {method} {path}"));
    let operation = &OPENAPI["paths"][&template][method.to_ascii_lowercase()];
    let mut response = &operation["responses"][got.status.to_string()];
    if let Some(reference) = response["$ref"].as_str() {
        response = OPENAPI.pointer(reference.trim_start_matches('#')).unwrap();
    }
    if response.is_null() {
        // Every call may be refused as not found, badly formed or invalid, described or not.
        assert!(
            matches!(got.status, 400 | 404 | 409 | 422),
            "{method} {template} never answers {}",
            got.status
        );
        assert!(got.json()["message"].is_string());
        return;
    }
    let mut schema = response["content"]["application/json"]["schema"].clone();
    // GitHub's two schemas of a conflict don't exclude each other, as their `oneOf` says they do.
    if got.status >= 400
        && let Some(one) = schema.as_object_mut().and_then(|schema| schema.remove("oneOf"))
    {
        schema["anyOf"] = one;
    }
    if schema.is_null() {
        assert!(
            got.bytes.is_empty() || got.status >= 300,
            "{method} {template} has no body for {}",
            got.status
        );
        return;
    }
    let validator = validator(&format!("{method} {template} {}", got.status), &schema);
    let body = without_starters(got.json());
    let errors: Vec<String> =
        validator.iter_errors(&body).map(|error| format!("{}: {error}", error.instance_path())).collect();
    assert!(errors.is_empty(), "{method} {template} {}:\n{}\n{body:#}", got.status, errors.join("\n"));
}

/// GitHub describes only `uploaded` and `open`, and sends `starter` all the same
/// (octokit/plugin-rest-endpoint-methods, docs/repos/uploadReleaseAsset.md).
fn without_starters(mut value: Value) -> Value {
    match &mut value {
        Value::Array(items) => items.iter_mut().for_each(|item| *item = without_starters(item.take())),
        Value::Object(object) => {
            if object.get("state") == Some(&json!("starter")) {
                object.insert("state".to_owned(), json!("open"));
            }
            object.values_mut().for_each(|item| *item = without_starters(item.take()));
        }
        _ => {}
    }
    value
}

fn validator(key: &str, schema: &Value) -> std::sync::Arc<Validator> {
    let mut known = VALIDATORS.lock().unwrap();
    let make = || {
        let mut whole = schema.clone();
        whole["components"] = OPENAPI["components"].clone();
        let options = jsonschema::options().with_draft(jsonschema::Draft::Draft202012);
        std::sync::Arc::new(options.build(&whole).unwrap_or_else(|error| panic!("{key}: {error}")))
    };
    known.entry(key.to_owned()).or_insert_with(make).clone()
}

/// The described path that an address is an instance of: literal segments win over parameters.
fn template(method: &str, path: &str) -> Option<String> {
    let wanted: Vec<&str> = path.trim_matches('/').split('/').collect();
    let described = OPENAPI["paths"].as_object()?;
    let fits = |template: &str| -> Option<usize> {
        let parts: Vec<&str> = template.trim_matches('/').split('/').collect();
        let open_end =
            matches!(parts.last(), Some(&"{ref}" | &"{path}" | &"{tag}" | &"{branch}" | &"{basehead}"));
        if parts.len() > wanted.len() || (parts.len() < wanted.len() && !open_end) {
            return None;
        }
        let pairs = parts.iter().zip(&wanted);
        let literal = pairs.clone().filter(|(part, text)| part == text).count();
        pairs.clone().all(|(part, text)| part.starts_with('{') || part == text).then_some(literal)
    };
    described
        .iter()
        .filter(|(_, operations)| !operations[method.to_ascii_lowercase()].is_null())
        .filter_map(|(template, _)| Some((fits(template)?, template)))
        .max_by_key(|(literal, template)| (*literal, template.matches('/').count()))
        .map(|(_, template)| template.clone())
}
