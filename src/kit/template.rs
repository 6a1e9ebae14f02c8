//! Texts with names in them, `{{ project }}_{{ version }}`, rendered strictly.

use std::borrow::Cow;
use std::collections::BTreeMap;

use minijinja::{Environment, UndefinedBehavior};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize};

/// The names that every template may use.
pub const NAMES: [&str; 9] =
    ["project", "version", "tag", "commit", "commit_date", "os", "arch", "target", "env"];

/// The longest text that a template may be or give, in bytes.
const LONGEST: usize = 64 * 1024;

/// The most steps that rendering may take; a name needs some dozens.
const MOST_STEPS: u64 = 100_000;

/// A text value that is a minijinja template over [`NAMES`].
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct Template(String);

/// Why a template is refused or cannot be rendered.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TemplateError {
    /// It does not parse.
    #[error("`{text}` is no template: {why}")]
    Syntax {
        /// The template.
        text: String,
        /// The parser's words.
        why: String,
    },
    /// It uses a name that does not exist.
    #[error("the template `{text}` uses the unknown name `{name}`{}; known are: {}", meant(name), NAMES.join(", "))]
    UnknownName {
        /// The template.
        text: String,
        /// The name.
        name: String,
    },
    /// It could not be rendered.
    #[error("the template `{text}` cannot be rendered: {why}")]
    Render {
        /// The template.
        text: String,
        /// Why.
        why: String,
    },
}

fn meant(name: &str) -> String {
    let near = NAMES
        .into_iter()
        .max_by(|a, b| strsim::jaro_winkler(name, a).total_cmp(&strsim::jaro_winkler(name, b)));
    match near {
        Some(near) if strsim::jaro_winkler(name, near) > 0.75 => format!(" (did you mean `{near}`?)"),
        _ => String::new(),
    }
}

/// What the names stand for.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Names {
    /// The project's name.
    pub project: String,
    /// The version without `v`.
    pub version: String,
    /// The tag.
    pub tag: String,
    /// The commit's id.
    pub commit: String,
    /// The commit's time, RFC 3339 in UTC.
    pub commit_date: String,
    /// GOOS, empty outside a platform.
    pub os: String,
    /// GOARCH with its variant, empty outside a platform.
    pub arch: String,
    /// `os/arch`, empty outside a platform.
    pub target: String,
    /// The environment.
    pub env: BTreeMap<String, String>,
}

impl Names {
    /// The names of a release, outside any platform.
    #[must_use]
    pub fn of(facts: &crate::model::Facts) -> Self {
        Self {
            project: facts.project.clone(),
            version: facts.version.to_string(),
            tag: facts.tag.clone(),
            commit: facts.commit.id.clone(),
            commit_date: facts.commit.date.to_rfc3339_opts(chrono::SecondsFormat::Secs, true),
            env: facts.env.clone(),
            ..Self::default()
        }
    }

    /// The same names on a platform.
    #[must_use]
    pub fn on(&self, platform: &crate::model::Platform) -> Self {
        Self {
            os: platform.os.clone(),
            arch: format!("{}{}", platform.arch, platform.variant),
            target: platform.to_string(),
            ..self.clone()
        }
    }
}

impl Template {
    /// Takes a template whose names are all known.
    ///
    /// # Errors
    ///
    /// If it does not parse, is longer than 64 KiB, or uses an unknown name.
    pub fn new(text: impl Into<String>) -> Result<Self, TemplateError> {
        let text = text.into();
        if text.len() > LONGEST {
            let text = text.chars().take(40).collect();
            return Err(TemplateError::Syntax { text, why: "it is longer than 64 KiB".into() });
        }
        let environment = environment();
        let template = environment
            .template_from_str(&text)
            .map_err(|error| TemplateError::Syntax { text: text.clone(), why: words(&error) })?;
        let mut unknown: Vec<String> = template
            .undeclared_variables(false)
            .into_iter()
            .filter(|name| {
                !NAMES.contains(&name.as_str()) && !environment.globals().any(|(known, _)| known == name)
            })
            .collect();
        unknown.sort();
        match unknown.into_iter().next() {
            Some(name) => Err(TemplateError::UnknownName { text, name }),
            None => Ok(Self(text)),
        }
    }

    /// The template as it was written.
    #[must_use]
    pub fn source(&self) -> &str {
        &self.0
    }

    /// The text with the names filled in.
    ///
    /// # Errors
    ///
    /// If a name under `env` is not set, or an expression fails.
    pub fn render(&self, names: &Names) -> Result<String, TemplateError> {
        let fail =
            |error: minijinja::Error| TemplateError::Render { text: self.0.clone(), why: words(&error) };
        let text = environment().render_str(&self.0, minijinja::value::Serde(names)).map_err(fail)?;
        if text.len() > LONGEST {
            return Err(TemplateError::Render {
                text: self.0.clone(),
                why: "it gives more than 64 KiB".into(),
            });
        }
        Ok(text)
    }
}

fn environment() -> Environment<'static> {
    let mut environment = Environment::new();
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    environment.set_fuel(Some(MOST_STEPS));
    environment
}

fn words(error: &minijinja::Error) -> String {
    match error.detail() {
        Some(detail) => format!("{}: {detail}", error.kind()),
        None => error.kind().to_string(),
    }
}

impl<'de> Deserialize<'de> for Template {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::new(text).map_err(serde::de::Error::custom)
    }
}

impl JsonSchema for Template {
    fn schema_name() -> Cow<'static, str> {
        "Template".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "string",
            "description": "A minijinja template over: project version tag commit commit_date os arch target env."
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn renders_known_names() {
        let names = Names { project: "greeter".into(), version: "1.2.3".into(), ..Names::default() };
        let text = Template::new("{{ project }}_{{ version }}").unwrap().render(&names).unwrap();
        assert_eq!(text, "greeter_1.2.3");
    }

    #[test]
    fn refuses_unknown_names_and_says_what_is_meant() {
        let error = Template::new("{{ verison }}").unwrap_err().to_string();
        assert!(error.contains("unknown name `verison` (did you mean `version`?)"), "{error}");
        assert!(matches!(Template::new("{{ version"), Err(TemplateError::Syntax { .. })));
    }

    #[test]
    fn a_template_without_end_ends() {
        let text = "{% for i in range(100000) %}{% for j in range(100000) %}a{% endfor %}{% endfor %}";
        let outcome = Template::new(text).and_then(|template| template.render(&Names::default()));
        assert!(matches!(outcome, Err(TemplateError::Render { .. })), "{outcome:?}");
    }

    #[test]
    fn an_unset_variable_of_the_environment_is_an_error() {
        let template = Template::new("{{ env.NOT_SET_ANYWHERE }}").unwrap();
        assert!(matches!(template.render(&Names::default()), Err(TemplateError::Render { .. })));
    }
}
