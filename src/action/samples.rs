//! Inputs and contexts for tests.

use serde_json::{Value, json};

use super::context::Context;
use super::given::Given;

/// Inputs by name.
pub fn given(inputs: &[(&str, &str)]) -> Given {
    let vars: Vec<(String, String)> =
        inputs.iter().map(|(name, value)| (super::inputs::variable(name), (*value).to_owned())).collect();
    Given::read(vars.iter().map(|(name, value)| (name.as_str(), value.as_str()))).unwrap()
}

/// The push of a branch or of a tag.
pub fn push(kind: &str, name: &str) -> Context {
    let vars = [("GITHUB_ACTIONS", "true"), ("GITHUB_EVENT_NAME", "push"), ("GITHUB_REF_TYPE", kind)];
    let vars = vars.into_iter().chain([("GITHUB_REF_NAME", name)]);
    Context::of(&vars.map(|(name, value)| (name.to_owned(), value.to_owned())).collect(), &json!({}))
}

/// A pull request from this repository.
pub fn pull(from: &str) -> Context {
    let payload: Value = json!({ "number": 7, "repository": { "full_name": "acme/greeter" },
        "pull_request": { "number": 7, "head": { "repo": { "full_name": from } } } });
    let vars = [("GITHUB_ACTIONS", "true"), ("GITHUB_EVENT_NAME", "pull_request")];
    Context::of(&vars.map(|(name, value)| (name.to_owned(), value.to_owned())).into(), &payload)
}
