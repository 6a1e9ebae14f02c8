//! Which settings there are, asked of the schema: the one list of them.

use serde_json::Value;

use super::section::StepShape;
use super::words::plain;

/// All known settings.
pub struct Known {
    schema: Value,
    rooms: Vec<(String, String)>,
}

/// A part of a path that leads nowhere.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Nowhere {
    /// The path up to it.
    pub under: Vec<String>,
    /// The part.
    pub part: String,
    /// What is known there.
    pub known: Vec<String>,
}

/// How a text from outside the file is to be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wants {
    /// As it is.
    Text,
    /// As a list.
    List,
    /// As YAML says.
    Any,
}

impl Known {
    /// The settings of these shapes.
    #[must_use]
    pub fn of(shapes: &[StepShape]) -> Self {
        let rooms = shapes
            .iter()
            .flat_map(|step| step.rooms.iter().map(|room| (step.step.name().to_owned(), room.id.to_owned())));
        Self { schema: super::schema::schema(shapes), rooms: rooms.collect() }
    }

    /// Whether the path is that of a room's section.
    #[must_use]
    pub fn is_room(&self, path: &[String]) -> bool {
        matches!(path, [step, room] if self.rooms.iter().any(|known| (&known.0, &known.1) == (step, room)))
    }

    /// The path as the schema spells it; `loosely` forgives case, dashes and underscores.
    ///
    /// # Errors
    ///
    /// The first part that leads nowhere.
    pub fn find(&self, parts: &[String], loosely: bool) -> Result<Vec<String>, Nowhere> {
        let mut path = Vec::new();
        let mut here = &self.schema;
        for part in parts {
            match self.child(here, part, loosely) {
                Some((name, next)) => {
                    path.push(name);
                    here = next;
                }
                None => return Err(Nowhere { under: path, part: part.clone(), known: self.keys(here) }),
            }
        }
        Ok(path)
    }

    /// The keys that may stand under this path.
    #[must_use]
    pub fn under(&self, path: &[String]) -> Vec<String> {
        self.schema_at(path).map(|here| self.keys(here)).unwrap_or_default()
    }

    /// The sections in which a key of this name is known: rooms, steps and the top.
    #[must_use]
    pub fn homes(&self, key: &str) -> Vec<String> {
        let mut sections: Vec<Vec<String>> =
            self.keys(&self.schema).into_iter().map(|step| vec![step]).collect();
        sections.extend(self.rooms.iter().map(|(step, room)| vec![step.clone(), room.clone()]));
        sections.retain(|path| self.under(path).iter().any(|known| known == key));
        sections.into_iter().map(|path| path.join(".")).collect()
    }

    /// How a text at this path is to be read.
    #[must_use]
    pub fn wants(&self, path: &[String]) -> Wants {
        let Some(here) = self.schema_at(path) else { return Wants::Any };
        let mut types = Vec::new();
        for form in self.forms(here, 0) {
            match form.get("type") {
                Some(Value::String(name)) => types.push(name.as_str()),
                Some(Value::Array(names)) => types.extend(names.iter().filter_map(Value::as_str)),
                _ if form.get("enum").or(form.get("const")).is_some() => types.push("enum"),
                _ => return Wants::Any,
            }
        }
        types.retain(|name| *name != "null");
        match types.as_slice() {
            [] => Wants::Any,
            types if types.iter().all(|name| *name == "string") => Wants::Text,
            types if types.iter().all(|name| *name == "array") => Wants::List,
            _ => Wants::Any,
        }
    }

    /// The types of the value at this path, where it may have several.
    #[must_use]
    pub fn kinds(&self, path: &[String]) -> Option<String> {
        let here = self.schema_at(path)?;
        let several = here.get("anyOf").or_else(|| here.get("oneOf"))?.as_array()?;
        let kinds = super::reference::kind(here, 0);
        (several.len() > 1 && kinds != "any").then_some(kinds)
    }

    fn schema_at(&self, path: &[String]) -> Option<&Value> {
        path.iter().try_fold(&self.schema, |here, part| self.child(here, part, false).map(|found| found.1))
    }

    fn child<'a>(&'a self, here: &'a Value, part: &str, loosely: bool) -> Option<(String, &'a Value)> {
        let forms = self.forms(here, 0);
        let properties = || forms.iter().filter_map(|form| form.get("properties")?.as_object()).flatten();
        let exact = properties().find(|(name, _)| *name == part);
        let loose = || properties().find(|(name, _)| loosely && plain(name) == plain(part));
        if let Some((name, schema)) = exact.or_else(loose) {
            return Some((name.clone(), schema));
        }
        if part.parse::<usize>().is_ok()
            && let Some(items) = forms.iter().find_map(|form| form.get("items"))
        {
            return Some((part.to_owned(), items));
        }
        let open = forms.iter().find_map(|form| match form {
            Value::Bool(true) => Some(*form),
            Value::Object(map) if map.is_empty() => Some(*form),
            form => form.get("additionalProperties").filter(|more| **more != Value::Bool(false)),
        });
        open.map(|schema| (part.to_owned(), schema))
    }

    fn keys(&self, here: &Value) -> Vec<String> {
        let forms = self.forms(here, 0);
        let maps = forms.iter().filter_map(|form| form.get("properties")?.as_object());
        let mut keys: Vec<String> = maps.flat_map(|map| map.keys().cloned()).collect();
        keys.dedup();
        keys
    }

    /// The schema with its references followed and its alternatives side by side.
    fn forms<'a>(&'a self, here: &'a Value, depth: usize) -> Vec<&'a Value> {
        let mut forms = Vec::new();
        // Schemas are ours; the bound is for one that would refer to itself alone.
        if depth > 16 {
            return forms;
        }
        if let Some(name) = here.get("$ref").and_then(Value::as_str)
            && let Some(target) = name.strip_prefix('#').and_then(|pointer| self.schema.pointer(pointer))
        {
            forms.extend(self.forms(target, depth + 1));
        }
        let lists = ["anyOf", "oneOf", "allOf"].into_iter().filter_map(|key| here.get(key)?.as_array());
        let inner: Vec<&Value> = lists.flatten().flat_map(|form| self.forms(form, depth + 1)).collect();
        if (forms.is_empty() && inner.is_empty()) || here.get("properties").is_some() {
            forms.push(here);
        }
        forms.extend(inner);
        forms
    }
}
