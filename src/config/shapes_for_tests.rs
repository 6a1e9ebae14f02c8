//! Made-up rooms for the tests of the loader.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::diagnostic::ConfigErrors;
use super::load::{Config, Sources};
use super::section::{NoSettings, RoomShape, Shape, StepShape};
use crate::kit::path::RepoPath;
use crate::kit::template::Template;
use crate::kit::threshold::Percent;
use crate::model::Step;

/// A limit for some packages.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Package {
    /// Which packages.
    r#match: String,
    /// Their limit.
    minimum: Percent,
}

#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
struct Coverage {
    /// The least that must be covered.
    minimum: Percent,
    /// The largest drop since the last release.
    max_drop: Option<Percent>,
    /// Limits for parts of the project.
    packages: Vec<Package>,
    /// The report.
    report: RepoPath,
}

impl Default for Coverage {
    fn default() -> Self {
        Self {
            minimum: Percent::whole(85),
            max_drop: None,
            packages: Vec::new(),
            report: RepoPath::default(),
        }
    }
}

#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
enum Optimise {
    Debug,
    Size,
    #[default]
    Release,
}

#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
struct Build {
    /// The platforms.
    targets: Vec<String>,
    /// What binaries are made for.
    optimise: Optimise,
}

#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
struct Go {
    /// Whether C may be used.
    cgo: bool,
    /// How often a build is tried.
    tries: u8,
    /// The compiler's version.
    go_version: Option<String>,
    /// The name of the binary.
    binary: Option<Template>,
    /// Variables for the compiler.
    env: BTreeMap<String, String>,
}

#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
enum Wrap {
    Switch(bool),
    Name(Template),
}

#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
struct Tap {
    /// A folder around everything, or its name.
    wrap: Option<Wrap>,
    /// The repository.
    tap: Option<String>,
}

/// Three steps with rooms of their own.
pub fn shapes() -> Vec<StepShape> {
    let room = |id, about, shape| RoomShape { id, about, shape, asked_by: &[] };
    let coverage = room("coverage", "How much the tests run through.", Shape::of::<Coverage>());
    vec![
        StepShape {
            step: Step::Gates,
            about: "Is the commit good enough?",
            shape: Shape::of::<NoSettings>(),
            rooms: vec![RoomShape { asked_by: &["minimum"], ..coverage }],
        },
        StepShape {
            step: Step::Build,
            about: "Binaries from sources",
            shape: Shape::of::<Build>(),
            rooms: vec![room("go", "Go commands.", Shape::of::<Go>())],
        },
        StepShape {
            step: Step::Publish,
            about: "Registries",
            shape: Shape::of::<NoSettings>(),
            rooms: vec![
                room("daggerverse", "Dagger modules.", Shape::of::<NoSettings>()),
                room("homebrew", "A tap.", Shape::of::<Tap>()),
            ],
        },
    ]
}

/// Loads a file alone.
pub fn load(text: impl AsRef<[u8]>) -> Result<Config, ConfigErrors> {
    let file = Some((".release.yaml".into(), text.as_ref().to_vec()));
    Config::load(Sources { file, ..Sources::default() }, &shapes())
}

/// The lines of what is wrong with a file.
pub fn wrong(text: impl AsRef<[u8]>) -> String {
    match load(text) {
        Ok(config) => format!("nothing is wrong:\n{}", config.to_yaml()),
        Err(errors) => errors.lines().join("\n"),
    }
}
