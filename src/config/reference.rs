//! The reference page of the configuration, written from its schema.

use serde_json::{Map, Value};

use super::layers::variable;

/// The beginning of the page.
const HEAD: &str = "# Configuration\n\n\
This page is generated from the settings types. The file is `.release.yaml`, `.release.yml`, \
`.config/release.yaml` or `.config/release.yml`; every key is optional, an unknown key is an error.\n\n\
Where several say something, the first of these wins: a flag (`--set path=value`), an input of the Action, \
the environment, the file, what was detected in the project, the default. Sections are joined, \
everything else is replaced. An empty variable or input says nothing; a list in one may be written `a, b` or `[a, b]`.\n\n\
A room's section may be only its switch: `daggerverse: false` is `daggerverse: { enabled: false }`.\n";

/// How deep the keys of one section are followed.
const DEEPEST: usize = 6;

/// The Markdown of `docs/reference/configuration.md`.
#[must_use]
pub fn configuration_page(schema: &Value) -> String {
    let mut page = HEAD.to_owned();
    let Some(sections) = properties(schema) else { return page };
    page.push_str("\n## The top of the file\n");
    let plain: Vec<_> = sections.iter().filter(|(_, section)| !is_step(section)).collect();
    let mut rows = Vec::new();
    for (key, section) in plain {
        row(key, section, &[], &mut rows);
    }
    table(&rows, &mut page);
    for (key, section) in sections.iter().filter(|(_, section)| is_step(section)) {
        heading(2, &[key], section, &mut page);
        let Some(keys) = properties(section) else { continue };
        let mut rows = Vec::new();
        for (name, own) in keys.iter().filter(|(_, schema)| !is_room(schema)) {
            row(name, own, &[key], &mut rows);
        }
        table(&rows, &mut page);
        for (name, room) in keys.iter().filter(|(_, schema)| is_room(schema)) {
            heading(3, &[key, name], room, &mut page);
            let mut rows = Vec::new();
            for (inner, schema) in properties(room).into_iter().flatten() {
                row(inner, schema, &[key, name], &mut rows);
            }
            table(&rows, &mut page);
        }
    }
    page
}

struct Row {
    path: String,
    kind: String,
    default: String,
    about: String,
    variable: String,
}

fn row(key: &str, schema: &Value, under: &[&str], rows: &mut Vec<Row>) {
    let path: Vec<&str> = under.iter().copied().chain([key]).collect();
    let default = schema.get("default").filter(|value| !value.is_null());
    // Names without two underscores in them are no settings, so the version has no variable.
    let variable = if path.len() > 1 { format!("`{}`", variable(&path)) } else { "–".into() };
    rows.push(Row {
        path: path.join("."),
        kind: kind(schema, 0),
        default: default.map_or_else(|| "–".into(), |value| format!("`{value}`")),
        about: about(schema),
        variable,
    });
    if path.len() > DEEPEST {
        return;
    }
    if let Some(keys) = properties(schema) {
        for (inner, schema) in keys {
            row(inner, schema, &path, rows);
        }
    }
    let items = forms(schema).into_iter().find_map(|form| form.get("items"));
    for (inner, schema) in items.and_then(properties).into_iter().flatten() {
        row(inner, schema, &[&path[..], &["0"]].concat(), rows);
    }
}

fn heading(level: usize, path: &[&str], schema: &Value, page: &mut String) {
    page.push_str(&format!("\n{} `{}`\n\n{}\n", "#".repeat(level), path.join("."), about(schema)));
}

fn table(rows: &[Row], page: &mut String) {
    if rows.is_empty() {
        return;
    }
    page.push_str("\n| key | type | default | what it is | variable |\n|---|---|---|---|---|\n");
    for row in rows {
        let cells = [&format!("`{}`", row.path), &row.kind, &row.default, &row.about, &row.variable];
        let cells: Vec<String> = cells.iter().map(|cell| cell.replace('|', "\\|")).collect();
        page.push_str(&format!("| {} |\n", cells.join(" | ")));
    }
}

fn about(schema: &Value) -> String {
    let own = schema.get("description").and_then(Value::as_str);
    let inner = || forms(schema).into_iter().find_map(|form| form.get("description")?.as_str());
    let text = own.or_else(inner).unwrap_or_default();
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The types of a value in words.
pub(super) fn kind(schema: &Value, depth: usize) -> String {
    if depth > DEEPEST {
        return "any".into();
    }
    let mut words: Vec<String> = Vec::new();
    for form in forms(schema) {
        for word in kinds(form, depth) {
            if word != "null" && !words.contains(&word) {
                words.push(word);
            }
        }
    }
    if words.is_empty() { "any".into() } else { words.join(" or ") }
}

fn kinds(form: &Value, depth: usize) -> Vec<String> {
    if let Some(values) = form.get("enum").and_then(Value::as_array) {
        return values.iter().map(quoted).collect();
    }
    if let Some(value) = form.get("const") {
        return vec![quoted(value)];
    }
    let names: Vec<&str> = match form.get("type") {
        Some(Value::String(name)) => vec![name],
        Some(Value::Array(names)) => names.iter().filter_map(Value::as_str).collect(),
        _ => vec![],
    };
    let word = |name: &str| match name {
        "string" => "text".to_owned(),
        "integer" => "whole number".to_owned(),
        "boolean" => "`true` or `false`".to_owned(),
        "array" => {
            let item = form.get("items").map_or_else(|| "any".into(), |items| kind(items, depth + 1));
            if item.contains(" or ") { format!("list of ({item})") } else { format!("list of {item}") }
        }
        "object" if properties(form).is_some_and(|keys| !keys.is_empty()) => "section".to_owned(),
        "object" => match form.get("additionalProperties") {
            Some(inner @ Value::Object(_)) => format!("names with {}", kind(inner, depth + 1)),
            _ => "section".to_owned(),
        },
        other => other.to_owned(),
    };
    names.into_iter().map(word).collect()
}

fn quoted(value: &Value) -> String {
    match value {
        Value::String(text) => format!("`{text}`"),
        Value::Null => "null".into(),
        other => format!("`{other}`"),
    }
}

/// A section whose keys are not those of the project.
fn is_step(schema: &Value) -> bool {
    let title = forms(schema).into_iter().find_map(|form| form.get("title")?.as_str());
    title.is_some_and(|title| title.parse::<crate::model::Step>().is_ok())
}

fn is_room(schema: &Value) -> bool {
    schema.get("title").is_some() && properties(schema).is_some_and(|keys| keys.contains_key("enabled"))
}

fn properties(schema: &Value) -> Option<&Map<String, Value>> {
    forms(schema).into_iter().find_map(|form| form.get("properties")?.as_object())
}

/// The schema, or its alternatives.
fn forms(schema: &Value) -> Vec<&Value> {
    let lists = ["anyOf", "oneOf", "allOf"].into_iter().filter_map(|key| schema.get(key)?.as_array());
    let inner: Vec<&Value> = lists.flatten().flat_map(forms).collect();
    if inner.is_empty() || schema.get("properties").is_some() {
        return std::iter::once(schema).chain(inner).collect();
    }
    inner
}

#[cfg(test)]
mod tests {
    use super::super::{schema, shapes_for_tests::shapes};
    use super::*;

    #[test]
    fn names_every_key_with_type_default_and_variable() {
        let page = configuration_page(&schema::schema(&shapes()));
        for line in [
            "## `gates`\n\nIs the commit good enough?\n",
            "### `gates.coverage`\n\nHow much the tests run through.\n",
            "| `gates.coverage.enabled` | `auto` or `true` or `false` | `\"auto\"` | auto: where the project has what the room needs; true: always; false: never. | `RELEASE_ACTION_GATES__COVERAGE__ENABLED` |",
            "| `gates.coverage.minimum` | number or text | `85` | The least that must be covered. | `RELEASE_ACTION_GATES__COVERAGE__MINIMUM` |",
            "| `gates.coverage.packages` | list of section | `[]` | Limits for parts of the project. | `RELEASE_ACTION_GATES__COVERAGE__PACKAGES` |",
            "| `gates.coverage.packages.0.match` | text | – | Which packages. | `RELEASE_ACTION_GATES__COVERAGE__PACKAGES__0__MATCH` |",
            "| `build.optimise` | `debug` or `size` or `release` | `\"release\"` | What binaries are made for. | `RELEASE_ACTION_BUILD__OPTIMISE` |",
            "| `build.go.env` | names with text | `{}` | Variables for the compiler. | `RELEASE_ACTION_BUILD__GO__ENV` |",
            "| `version` | `1` | `1` | The version of this format. | – |",
            "| `projects.0.dir` | text | – | The folder that holds the project; no two projects share one. | `RELEASE_ACTION_PROJECTS__0__DIR` |",
        ] {
            assert!(page.contains(line), "{line}\n---\n{page}");
        }
        assert!(page.find("## `gates`") < page.find("## `build`"), "in the order of the street");
    }
}
