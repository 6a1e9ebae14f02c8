//! Commands of the user's that run before and after the builds.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::Mutex;
use std::time::Duration;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize};

use super::made::Look;
use super::words::split;
use crate::kit::path::RepoPath;
use crate::kit::template::{Names, Template};
use crate::model::Problem;
use crate::ports::process::Command;
use crate::steps::room::Site;

/// How many of a failed command's last lines are shown.
const SHOWN: usize = 20;

/// A command: words, a folder and variables, all of them templates but the folder.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct Hook {
    cmd: Vec<Template>,
    #[serde(skip_serializing_if = "Option::is_none")]
    dir: Option<RepoPath>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    env: BTreeMap<String, Template>,
}

#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Table {
    cmd: serde_json::Value,
    dir: Option<RepoPath>,
    env: BTreeMap<String, Template>,
}

impl<'de> Deserialize<'de> for Hook {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let table = match serde_json::Value::deserialize(deserializer)? {
            object @ serde_json::Value::Object(_) => {
                serde_json::from_value(object).map_err(D::Error::custom)?
            }
            cmd => Table { cmd, ..Table::default() },
        };
        let words = match table.cmd {
            serde_json::Value::String(line) => {
                split(&line).map_err(|why| D::Error::custom(format!("`{line}` is no command: {why}")))?
            }
            list @ serde_json::Value::Array(_) => serde_json::from_value(list).map_err(D::Error::custom)?,
            _ => return Err(D::Error::custom("a command is a text, a list of words, or a table with `cmd`")),
        };
        if words.first().is_none_or(String::is_empty) {
            return Err(D::Error::custom("a command wants at least a program"));
        }
        let cmd: Result<_, _> = words.into_iter().map(Template::new).collect();
        Ok(Self { cmd: cmd.map_err(D::Error::custom)?, dir: table.dir, env: table.env })
    }
}

impl JsonSchema for Hook {
    fn schema_name() -> Cow<'static, str> {
        "Hook".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let path = generator.subschema_for::<RepoPath>();
        let cmd = json_schema!({ "anyOf": [
            { "type": "string", "minLength": 1 },
            { "type": "array", "items": { "type": "string" }, "minItems": 1 }
        ] });
        json_schema!({
            "description": "A command without a shell: a text split into words, a list of words, or a table.",
            "anyOf": [
                { "type": "string", "minLength": 1 },
                { "type": "array", "items": { "type": "string" }, "minItems": 1 },
                {
                    "type": "object",
                    "required": ["cmd"],
                    "additionalProperties": false,
                    "properties": {
                        "cmd": cmd,
                        "dir": path,
                        "env": { "type": "object", "additionalProperties": { "type": "string" } }
                    }
                }
            ]
        })
    }
}

impl Hook {
    /// The command with its names filled in.
    ///
    /// # Errors
    ///
    /// If a template cannot be rendered.
    pub fn rendered(&self, names: &Names) -> Result<Argv, Problem> {
        let render = |template: &Template| {
            template
                .render(names)
                .map_err(|error| Problem::new("a hook of `build.hooks` cannot be made out").caused_by(&error))
        };
        let env = self.env.iter().map(|(name, value)| Ok((name.clone(), render(value)?)));
        Ok(Argv {
            words: self.cmd.iter().map(render).collect::<Result<_, _>>()?,
            dir: self.dir.as_ref().map(|dir| dir.as_path().to_string()).unwrap_or_default(),
            env: env.collect::<Result<_, Problem>>()?,
        })
    }
}

/// A command ready to run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Argv {
    words: Vec<String>,
    /// Relative to the project's folder.
    dir: String,
    env: BTreeMap<String, String>,
}

impl Argv {
    /// Runs it to its end, with these variables beside its own.
    ///
    /// # Errors
    ///
    /// If it cannot be run, takes longer than `limit`, or ends with anything but exit code 0.
    pub async fn run(&self, site: &Site, limit: Duration, more: &[(&str, &str)]) -> Result<(), Problem> {
        let line = self.words.join(" ");
        let failed = || Problem::new(format!("the hook `{line}` failed"));
        let (program, args) = self.words.split_first().ok_or_else(failed)?;
        let mut command = Command::new(program, site.facts.project_dir().join(&self.dir)).args(args);
        command = command.limit(limit).heard();
        command.with_toolchain = true;
        command.env.extend(self.env.clone());
        command.env.extend(more.iter().map(|&(name, value)| (name.to_owned(), value.to_owned())));
        let last = Mutex::new(Vec::new());
        let hear = |stream, line: &str| {
            site.output(stream, line);
            let mut last = last.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
            if last.len() == SHOWN {
                last.remove(0);
            }
            last.push(line.to_owned());
        };
        let ended = site.ports.process.run(command, &site.stop, &hear).await.map_err(|error| {
            let problem = error.limited_by("build.timeout");
            Problem { what: format!("the hook `{line}` failed: {}", problem.what), ..problem }
        })?;
        if ended.ok() {
            return Ok(());
        }
        let how = match (ended.code, ended.signal) {
            (Some(code), _) => format!("it ended with exit code {code}"),
            (None, signal) => format!("signal {} killed it", signal.unwrap_or_default()),
        };
        let last = last.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner);
        let mut problem = failed()
            .because(how)
            .fix("run the command by hand in the project's folder, or change `build.hooks`");
        if !last.is_empty() {
            problem = problem.because(last.join("\n"));
        }
        Err(Problem { passing: ended.signal.is_some(), ..problem })
    }
}

/// The hooks that run once, before the first binary that has to be built.
#[derive(Debug, Default)]
pub struct Before {
    hooks: Vec<Argv>,
    limit: Duration,
    outcome: tokio::sync::Mutex<Option<Result<(), Problem>>>,
}

impl Before {
    /// These hooks, not run yet; each may take so long.
    #[must_use]
    pub fn new(hooks: Vec<Argv>, limit: Duration) -> Self {
        Self { hooks, limit, outcome: tokio::sync::Mutex::default() }
    }

    /// The commands, for keys.
    #[must_use]
    pub fn hooks(&self) -> &[Argv] {
        &self.hooks
    }

    /// Runs them, unless that was done; other builds wait. A failure that passes is tried again by the
    /// next caller, any other is final for all of them.
    ///
    /// # Errors
    ///
    /// If one of them fails.
    pub async fn run(&self, site: &Site) -> Result<(), Problem> {
        let mut outcome = self.outcome.lock().await;
        if let Some(known) = outcome.as_ref() {
            return known.clone();
        }
        if self.hooks.is_empty() {
            return Ok(());
        }
        let before = Look::now(site).await?;
        for hook in &self.hooks {
            if let Err(problem) = hook.run(site, self.limit, &[]).await {
                if !problem.passing {
                    *outcome = Some(Err(problem.clone()));
                }
                return Err(problem);
            }
        }
        let settled = before.settle(site).await;
        *outcome = Some(settled.clone());
        settled
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(json: &str) -> Result<Hook, String> {
        serde_json::from_str(json).map_err(|error| error.to_string())
    }

    #[test]
    fn three_ways_to_write_one_command() {
        let text = read(r#""go generate './a b'""#).unwrap();
        assert_eq!(read(r#"["go", "generate", "./a b"]"#), Ok(text.clone()));
        assert_eq!(read(r#"{"cmd": "go generate './a b'"}"#), Ok(text.clone()));
        let again: Hook = serde_json::from_value(serde_json::to_value(&text).unwrap()).unwrap();
        assert_eq!(again, text);
    }

    #[test]
    fn refuses_what_cannot_run() {
        for (json, words) in [
            (r#""make | tee log""#, "means something to a shell"),
            (r#"[]"#, "at least a program"),
            (r#"{"dir": "x"}"#, "a text, a list of words"),
            (r#"{"cmd": "a", "dri": "x"}"#, "unknown field"),
            (r#"{"cmd": "a", "dir": "../x"}"#, "leaves the repository"),
            (r#""echo {{ verison }}""#, "did you mean `version`?"),
            (r#"7"#, "a text, a list of words"),
        ] {
            let error = read(json).unwrap_err();
            assert!(error.contains(words), "{json}: {error}");
        }
    }

    #[test]
    fn words_are_split_before_names_are_filled_in() {
        let names = Names { project: "a b; rm".into(), ..Names::default() };
        let argv = read(r#""echo {{ project }}""#).unwrap().rendered(&names).unwrap();
        assert_eq!(argv.words, ["echo", "a b; rm"]);
    }
}
