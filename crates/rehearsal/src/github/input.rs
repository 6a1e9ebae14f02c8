//! Fields of JSON bodies, with GitHub's words when their type is wrong.

use crate::http::Problem;
use serde_json::{Map, Value};

/// A JSON body.
#[derive(Debug)]
pub(crate) struct Input(pub(crate) Map<String, Value>);

impl Input {
    /// A text field: `None` absent, `Some(None)` null.
    pub(crate) fn text(&self, name: &str) -> Result<Option<Option<String>>, Problem> {
        match self.0.get(name) {
            None => Ok(None),
            Some(Value::Null) => Ok(Some(None)),
            Some(Value::String(text)) => Ok(Some(Some(text.clone()))),
            Some(other) => Err(wrong(name, other, "a string")),
        }
    }

    /// A text field where null is as good as absent.
    pub(crate) fn plain(&self, name: &str) -> Result<Option<String>, Problem> {
        Ok(self.text(name)?.flatten())
    }

    /// A text field that must be there.
    pub(crate) fn required(&self, resource: &str, name: &str) -> Result<String, Problem> {
        let text = self.plain(name)?.filter(|text| !text.is_empty());
        text.ok_or_else(|| Problem::field(resource, "missing_field", name))
    }

    /// A truth value.
    pub(crate) fn flag(&self, name: &str) -> Result<Option<bool>, Problem> {
        match self.0.get(name) {
            None | Some(Value::Null) => Ok(None),
            Some(Value::Bool(flag)) => Ok(Some(*flag)),
            Some(other) => Err(wrong(name, other, "a boolean")),
        }
    }

    /// A list of texts; in labels also objects with a `name`.
    pub(crate) fn texts(&self, name: &str) -> Result<Option<Vec<String>>, Problem> {
        let list = match self.0.get(name) {
            None | Some(Value::Null) => return Ok(None),
            Some(Value::Array(list)) => list,
            Some(other) => return Err(wrong(name, other, "an array")),
        };
        let text = |item: &Value| {
            let text = item.as_str().or_else(|| item["name"].as_str());
            text.map(str::to_owned).ok_or_else(|| wrong(name, item, "a string"))
        };
        list.iter().map(text).collect::<Result<_, _>>().map(Some)
    }
}

fn wrong(name: &str, value: &Value, wanted: &str) -> Problem {
    Problem::unprocessable(&format!("Invalid request.\n\nFor 'properties/{name}', {value} is not {wanted}."))
}
