//! The JSON Schema (draft 2020-12) of the whole file, made from the shapes.

use schemars::generate::{SchemaGenerator, SchemaSettings};
use serde_json::{Map, Value, json};

use super::project::{Member, ProjectSettings};
use super::section::{RoomShape, Shape, StepShape, Switch};

/// The schema of `.release.yaml`. The same shapes give the same bytes.
#[must_use]
pub fn schema(shapes: &[StepShape]) -> Value {
    let settings = SchemaSettings::draft2020_12().with(|settings| settings.inline_subschemas = true);
    let mut generator = settings.into_generator();
    let mut properties = Map::new();
    properties.insert(
        "version".into(),
        json!({ "description": "The version of this format.", "const": 1, "default": 1 }),
    );
    let mut project = made(&Shape::of::<ProjectSettings>(), &mut generator);
    describe(&mut project, "project", "The project that is released.");
    properties.insert("project".into(), or_null(project, "The project that is released."));
    let mut projects = made(&Shape::of::<Vec<Member>>(), &mut generator);
    let about = "The projects of a monorepo, each with its own tags `DIR/vX.Y.Z`.";
    describe(&mut projects, "projects", about);
    properties.insert("projects".into(), or_null(projects, about));
    for step in shapes {
        properties.insert(step.step.name().into(), section(step, &mut generator));
    }
    let definitions = generator.take_definitions(true);
    let mut schema = json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "release-action",
        "description": "The configuration of release-action, `.release.yaml`. Every key is optional.",
        "type": ["object", "null"],
        "properties": properties,
        "additionalProperties": false,
    });
    if let (Value::Object(map), false) = (&mut schema, definitions.is_empty()) {
        map.insert("$defs".into(), Value::Object(definitions));
    }
    schema
}

fn section(step: &StepShape, generator: &mut SchemaGenerator) -> Value {
    let mut own = made(&step.shape, generator);
    describe(&mut own, step.step.name(), step.about);
    for room in &step.rooms {
        let schema = self::room(room, generator);
        properties(&mut own).insert(room.id.into(), schema);
    }
    or_null(own, step.about)
}

fn room(room: &RoomShape, generator: &mut SchemaGenerator) -> Value {
    let mut switch =
        made(&Shape { schema: |generator| generator.subschema_for::<Switch>(), fill: Ok }, generator);
    if let Value::Object(map) = &mut switch {
        map.insert("default".into(), json!("auto"));
    }
    let mut section = made(&room.shape, generator);
    describe(&mut section, room.id, room.about);
    let map = properties(&mut section);
    let own = std::mem::take(map);
    map.insert("enabled".into(), switch.clone());
    map.extend(own);
    json!({ "title": room.id, "description": room.about, "anyOf": [section, switch, { "type": "null" }] })
}

fn made(shape: &Shape, generator: &mut SchemaGenerator) -> Value {
    let mut schema = (shape.schema)(generator).to_value();
    if let Value::Object(map) = &mut schema {
        map.remove("$schema");
    }
    schema
}

fn describe(schema: &mut Value, title: &str, about: &str) {
    if let Value::Object(map) = schema {
        map.insert("title".into(), title.into());
        map.insert("description".into(), about.into());
        if map.get("type").and_then(Value::as_str) == Some("object") {
            map.insert("additionalProperties".into(), false.into());
        }
    }
}

/// A section without content stands for its defaults.
fn or_null(section: Value, about: &str) -> Value {
    json!({ "description": about, "anyOf": [section, { "type": "null" }] })
}

fn properties(schema: &mut Value) -> &mut Map<String, Value> {
    if !schema.is_object() {
        *schema = json!({});
    }
    let map = schema.as_object_mut().expect("it was made an object above");
    let slot = map.entry("properties").or_insert_with(|| json!({}));
    if !slot.is_object() {
        *slot = json!({});
    }
    slot.as_object_mut().expect("it was made an object above")
}
