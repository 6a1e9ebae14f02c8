//! What a Dagger module's configuration must hold: rules of dagger.schema.json (v0.21.8),
//! dagger-module.schema.json (1.0) and of the engine's loader (core/modules/config.go).

use std::collections::BTreeSet;

use semver::Version;
use serde_json::{Map, Value};

use crate::kit::path::RepoPath;

/// The configuration files in the order in which Dagger looks for them.
pub const FILES: [&str; 2] = ["dagger-module.toml", "dagger.json"];

/// Keys that both forms have.
const COMMON: [&str; 9] = [
    "$schema",
    "name",
    "engineVersion",
    "include",
    "exclude",
    "source",
    "dependencies",
    "codegen",
    "clients",
];

/// What was read of a module.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Module {
    /// What makes it unusable.
    pub faults: Vec<String>,
    /// What is worth a word.
    pub doubts: Vec<String>,
    /// Folders of the repository that must be there.
    pub folders: Vec<RepoPath>,
    /// Folders of the repository that must hold modules.
    pub modules: Vec<RepoPath>,
}

/// Reads a configuration file of the module in `dir` (relative to the repository's root).
#[must_use]
pub fn read(file: &str, text: &str, dir: &str) -> Module {
    let mut module = Module::default();
    let is_toml = file.ends_with(".toml");
    let parsed: Result<Value, String> = if is_toml {
        toml::from_str(text).map_err(|error| error.message().to_owned())
    } else {
        serde_json::from_str(text).map_err(|error| error.to_string())
    };
    match parsed {
        Ok(Value::Object(config)) => module.judge(&config, is_toml, dir),
        Ok(_) => module.faults.push("it is no object".into()),
        Err(why) => module.faults.push(format!("it does not parse: {why}")),
    }
    module
}

/// True if the tag lets Daggerverse find the module's version: `vX.Y.Z`, or `SUBDIR/vX.Y.Z`.
#[must_use]
pub fn tag_fits(tag: &str, version: &Version, dir: &str) -> bool {
    let plain = format!("v{}.{}.{}", version.major, version.minor, version.patch);
    tag == plain || (!dir.is_empty() && tag == format!("{dir}/{plain}"))
}

impl Module {
    fn judge(&mut self, config: &Map<String, Value>, is_toml: bool, dir: &str) {
        self.keys(config, is_toml);
        match config.get("name").and_then(Value::as_str) {
            Some(name) if !name.trim().is_empty() => {}
            _ => self.faults.push("`name` is missing or empty".into()),
        }
        match config.get("engineVersion").and_then(Value::as_str) {
            Some(version) if version.strip_prefix('v').is_some_and(|v| Version::parse(v).is_ok()) => {}
            Some(version) => {
                self.faults.push(format!("`engineVersion` is `{version}`, but must be as `v0.21.8`"))
            }
            None => self.faults.push("`engineVersion` is missing".into()),
        }
        let sdk = if is_toml { "runtime" } else { "sdk" };
        self.sdk(sdk, config.get(sdk), is_toml);
        if let Some(source) = self.text(config, "source")
            && let Some(path) = self.inside(dir, &source, "source")
        {
            self.folders.push(path);
        }
        for key in ["include", "exclude"] {
            for pattern in self.texts(config, key) {
                self.inside(dir, pattern.trim_start_matches('!'), key);
            }
        }
        self.clients(config.get("clients"));
        self.codegen(config.get("codegen"));
        if config.get("disableDefaultFunctionCaching").is_some_and(|value| !value.is_boolean()) {
            self.faults.push("`disableDefaultFunctionCaching` is neither true nor false".into());
        }
        let kinds: &[&str] = if is_toml { &["dependencies"] } else { &["dependencies", "toolchains"] };
        for key in kinds {
            self.dependencies(key, config.get(*key), is_toml, dir);
        }
    }

    fn keys(&mut self, config: &Map<String, Value>, is_toml: bool) {
        let own: &[&str] = if is_toml {
            &["disableDefaultFunctionCaching", "runtime"]
        } else {
            &["disableDefaultFunctionCaching", "sdk", "blueprint", "toolchains"]
        };
        for key in config.keys().filter(|key| !COMMON.contains(&key.as_str()) && !own.contains(&key.as_str()))
        {
            self.faults.push(match (key.as_str(), is_toml) {
                ("runtime", false) => {
                    "`runtime` belongs into dagger-module.toml; dagger.json has `sdk`".into()
                }
                ("sdk", true) => "`sdk` belongs into dagger.json; dagger-module.toml has `runtime`".into(),
                _ => format!("`{key}` is no key of this file"),
            });
        }
    }

    fn sdk(&mut self, key: &str, value: Option<&Value>, is_toml: bool) {
        match value {
            None => {}
            // The engine takes a bare name in dagger.json, whatever its schema says.
            Some(Value::String(name)) if !is_toml && !name.is_empty() => {}
            Some(Value::Object(sdk))
                if sdk.get("source").and_then(Value::as_str).is_some_and(|text| !text.is_empty()) => {}
            Some(Value::Object(_)) => self.faults.push(format!("`{key}.source` is missing")),
            Some(_) => self.faults.push(format!("`{key}` is no table with a `source`")),
        }
    }

    fn dependencies(&mut self, key: &str, value: Option<&Value>, is_toml: bool, dir: &str) {
        let Some(value) = value else { return };
        let Some(list) = value.as_array() else {
            self.faults.push(format!("`{key}` is no list"));
            return;
        };
        let mut names = BTreeSet::new();
        for (at, item) in list.iter().enumerate() {
            let place = format!("{key}[{at}]");
            let field = |name: &str| item.get(name).and_then(Value::as_str).filter(|text| !text.is_empty());
            let source = item.as_str().filter(|_| !is_toml).or_else(|| field("source"));
            let Some(source) = source else {
                self.faults.push(format!("`{place}.source` is missing"));
                continue;
            };
            if let Some(name) = field("name") {
                if !names.insert(name.to_owned()) {
                    self.faults.push(format!("`{place}`: the name `{name}` is there twice"));
                }
            } else if !is_toml && item.is_object() {
                self.faults.push(format!("`{place}.name` is missing"));
            }
            self.source(&place, source, field("pin"), dir);
        }
    }

    /// A dependency: a folder of this repository, or a place with a version.
    fn source(&mut self, place: &str, source: &str, pin: Option<&str>, dir: &str) {
        // A reference without any dot is a local path (core/modulerefs.go).
        if source.starts_with(['.', '/']) || !source.contains('.') {
            if let Some(path) = self.inside(dir, source, place) {
                self.modules.push(path);
            }
            return;
        }
        if !source.contains('@') && pin.is_none() {
            self.doubts
                .push(format!("`{place}` ({source}) has neither version nor pin: it changes by itself"));
        }
        if pin.is_some_and(|pin| pin.len() != 40 || !pin.bytes().all(|byte| byte.is_ascii_hexdigit())) {
            self.faults.push(format!("`{place}.pin` is no commit id of 40 hex digits"));
        }
    }

    fn clients(&mut self, value: Option<&Value>) {
        let Some(value) = value else { return };
        let whole = |item: &Value| {
            ["generator", "directory"].iter().all(|key| item.get(key).is_some_and(Value::is_string))
        };
        if !value.as_array().is_some_and(|list| list.iter().all(whole)) {
            self.faults.push("`clients` is no list of tables with `generator` and `directory`".into());
        }
    }

    fn codegen(&mut self, value: Option<&Value>) {
        let Some(value) = value else { return };
        let known = value.as_object().is_some_and(|table| {
            table.iter().all(|(key, value)| key == "automaticGitignore" && value.is_boolean())
        });
        if !known {
            self.faults.push("`codegen` may hold `automaticGitignore: true|false` only".into());
        }
    }

    fn text(&mut self, config: &Map<String, Value>, key: &str) -> Option<String> {
        let value = config.get(key)?;
        let text = value.as_str().map(str::to_owned);
        if text.is_none() {
            self.faults.push(format!("`{key}` is no text"));
        }
        text
    }

    fn texts(&mut self, config: &Map<String, Value>, key: &str) -> Vec<String> {
        let Some(value) = config.get(key) else { return Vec::new() };
        let texts = value
            .as_array()
            .and_then(|list| list.iter().map(|item| item.as_str().map(str::to_owned)).collect());
        texts.unwrap_or_else(|| {
            self.faults.push(format!("`{key}` is no list of texts"));
            Vec::new()
        })
    }

    /// A path from the module's folder, which must not leave the repository.
    fn inside(&mut self, dir: &str, path: &str, key: &str) -> Option<RepoPath> {
        let joined = if path.starts_with('/') { path.to_owned() } else { format!("{dir}/{path}") };
        let joined = if dir.is_empty() && !path.starts_with('/') { path.to_owned() } else { joined };
        let inside = RepoPath::new(&joined).ok();
        if inside.is_none() {
            self.faults.push(format!("`{key}`: `{path}` leaves the repository"));
        }
        inside
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = r#"{
        "$schema": "https://docs.dagger.io/reference/dagger.schema.json",
        "name": "greeter", "engineVersion": "v0.21.8", "sdk": {"source": "go"}, "source": ".dagger",
        "include": ["!**/testdata"], "codegen": {"automaticGitignore": true},
        "dependencies": [{"name": "a", "source": "../a"}, {"name": "b", "source": "github.com/x/y@v1.0.0", "pin": "0123456789012345678901234567890123456789"}]
    }"#;

    #[test]
    fn a_good_module_has_no_faults() {
        let module = read("dagger.json", GOOD, "mods/greeter");
        assert_eq!((module.faults, module.doubts), (vec![], vec![]));
        assert_eq!(module.folders, [RepoPath::new("mods/greeter/.dagger").unwrap()]);
        assert_eq!(module.modules, [RepoPath::new("mods/a").unwrap()]);
        let text = "name = 'x'\nengineVersion = 'v1.0.0'\n[runtime]\nsource = 'go'\n[[dependencies]]\nsource = 'github.com/a/b'\n";
        let module = read("dagger-module.toml", text, "");
        assert_eq!((module.faults.len(), module.doubts.len()), (0, 1));
    }

    #[test]
    fn every_rule_can_be_broken() {
        for (file, text, fault) in [
            ("dagger.json", "{", "does not parse"),
            ("dagger.json", "[]", "no object"),
            ("dagger.json", r#"{"engineVersion":"v0.21.8"}"#, "`name` is missing"),
            ("dagger.json", r#"{"name":"x"}"#, "`engineVersion` is missing"),
            ("dagger.json", r#"{"name":"x","engineVersion":"0.21.8"}"#, "must be as `v0.21.8`"),
            (
                "dagger.json",
                r#"{"name":"x","engineVersion":"v0.21.8","runtime":{}}"#,
                "dagger.json has `sdk`",
            ),
            ("dagger.json", r#"{"name":"x","engineVersion":"v0.21.8","nmae":1}"#, "`nmae` is no key"),
            ("dagger.json", r#"{"name":"x","engineVersion":"v0.21.8","sdk":{}}"#, "`sdk.source` is missing"),
            (
                "dagger.json",
                r#"{"name":"x","engineVersion":"v0.21.8","source":"../../x"}"#,
                "leaves the repository",
            ),
            (
                "dagger.json",
                r#"{"name":"x","engineVersion":"v0.21.8","include":["/etc"]}"#,
                "leaves the repository",
            ),
            (
                "dagger.json",
                r#"{"name":"x","engineVersion":"v0.21.8","dependencies":[{"name":"a"}]}"#,
                "source` is missing",
            ),
            (
                "dagger.json",
                r#"{"name":"x","engineVersion":"v0.21.8","dependencies":[{"name":"a","source":"./a"},{"name":"a","source":"./b"}]}"#,
                "twice",
            ),
            (
                "dagger.json",
                r#"{"name":"x","engineVersion":"v0.21.8","dependencies":[{"name":"a","source":"h.io/a","pin":"x"}]}"#,
                "40 hex",
            ),
            ("dagger.json", r#"{"name":"x","engineVersion":"v0.21.8","clients":[{}]}"#, "`clients`"),
            ("dagger.json", r#"{"name":"x","engineVersion":"v0.21.8","codegen":{"x":1}}"#, "`codegen`"),
            ("dagger-module.toml", "name = 'x'\nengineVersion = 'v1.0.0'\nsdk = 'go'\n", "has `runtime`"),
        ] {
            let faults = read(file, text, "m").faults.join("; ");
            assert!(faults.contains(fault), "{text}: {faults}");
        }
    }

    #[test]
    fn tags_are_strict() {
        let version = Version::new(1, 2, 3);
        assert!(tag_fits("v1.2.3", &version, "") && tag_fits("v1.2.3", &version, "a"));
        assert!(tag_fits("a/b/v1.2.3", &version, "a/b"));
        assert!(!tag_fits("1.2.3", &version, "") && !tag_fits("a/v1.2.3", &version, "a/b"));
        assert!(!tag_fits("v1.2.3-rc.1", &"1.2.3-rc.1".parse().unwrap(), ""));
    }
}
