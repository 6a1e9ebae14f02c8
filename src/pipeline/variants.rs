//! The ways in which a release compiles the project's Go code: what a gate must look at is what they take.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::config::load::Config;
use crate::config::section::Switch;
use crate::ecosystem::go::Target;
use crate::kit::path::RepoPath;
use crate::kit::template::{Names, Template};
use crate::model::facts::{GoModule, GoVariant};
use crate::model::{Facts, Problem, Step};

/// Variables by which Go chooses files and compiles C; all others of `build.go.env` are for what it runs.
const DECIDING: [&str; 4] = ["GO", "CGO_", "PKG_CONFIG", "CC_FOR_"];

/// The compilers of C and their like.
const COMPILERS: [&str; 4] = ["CC", "CXX", "FC", "AR"];

/// What of `build` counts here.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Build {
    targets: Vec<Target>,
}

/// What of `build.go`.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Go {
    commands: Vec<Command>,
    tags: Vec<String>,
    cgo: bool,
    env: BTreeMap<String, Template>,
}

/// What of one of its commands; what is left out is taken from the room.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Command {
    /// True for what stands in for all commands that were found, where none is written.
    #[serde(skip)]
    found: bool,
    package: Option<RepoPath>,
    targets: Option<Vec<Target>>,
    tags: Option<Vec<String>>,
    cgo: Option<bool>,
    env: BTreeMap<String, Template>,
}

/// The variants, each once; none where there is no Go module.
///
/// # Errors
///
/// If the settings do not fit.
pub fn of(facts: &Facts, config: &Config) -> Result<Vec<GoVariant>, Problem> {
    let Some(module) = &facts.ecosystems.go else { return Ok(Vec::new()) };
    let build: Build = read(config.step(Step::Build))?;
    let (switch, room) = config.room(Step::Build, "go");
    let mut go: Go = read(room)?;
    let mut commands = std::mem::take(&mut go.commands);
    if commands.is_empty() {
        commands.push(Command { found: true, ..Command::default() });
    }
    let names = Names::of(facts);
    let mut found: BTreeMap<_, BTreeSet<String>> = BTreeMap::new();
    for command in &commands {
        let built = if switch == Switch::Off { BTreeSet::new() } else { packages(command, module) };
        for target in command.targets.as_ref().unwrap_or(&build.targets) {
            found.entry(variant(&go, command, target, &names)).or_default().extend(built.iter().cloned());
        }
    }
    Ok(found.into_iter().map(|(variant, packages)| GoVariant { packages, ..variant }).collect())
}

/// The packages that a command is built from: the project's folder where it names none.
fn packages(command: &Command, module: &GoModule) -> BTreeSet<String> {
    let named = |path: &str| if path.is_empty() || path == "." { ".".into() } else { format!("./{path}") };
    match &command.package {
        Some(package) => BTreeSet::from([named(package.as_path().as_str())]),
        None if command.found => module.commands.iter().map(|command| named(&command.package)).collect(),
        None => BTreeSet::from([named("")]),
    }
}

fn read<T: DeserializeOwned>(settings: Value) -> Result<T, Problem> {
    serde_json::from_value(settings)
        .map_err(|error| Problem::new("the settings of `build` do not fit").caused_by(&error))
}

fn variant(go: &Go, command: &Command, target: &Target, names: &Names) -> GoVariant {
    let names = names.on(target.platform());
    let counts = |name: &str| {
        name != "GOFLAGS"
            && (COMPILERS.contains(&name) || DECIDING.iter().any(|start| name.starts_with(start)))
    };
    let chosen = go.env.iter().chain(&command.env).filter(|(name, _)| counts(name));
    // What cannot be made out is told by the plan of the build.
    let mut env: BTreeMap<String, String> =
        chosen.filter_map(|(name, value)| Some((name.clone(), value.render(&names).ok()?))).collect();
    env.extend(target.env());
    let cgo = command.cgo.unwrap_or(go.cgo);
    env.insert("CGO_ENABLED".into(), if cgo { "1" } else { "0" }.into());
    let tags: BTreeSet<&String> = command.tags.as_ref().unwrap_or(&go.tags).iter().collect();
    GoVariant { env, tags: tags.into_iter().cloned().collect(), packages: BTreeSet::new() }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::config::load::Sources;

    fn told(file: &str) -> Vec<String> {
        found(file).iter().map(ToString::to_string).collect()
    }

    fn found(file: &str) -> Vec<GoVariant> {
        let file = Some((".release.yaml".into(), file.as_bytes().to_vec()));
        let config = Config::load(Sources { file, ..Sources::default() }, &crate::steps::shapes()).unwrap();
        let facts = json!({
            "project": "m", "dir": "", "tag": "v1.2.3", "tag_at_head": true, "tag_annotated": true,
            "commit": { "id": "c", "date": "2026-01-02T03:04:05Z", "tree": "t", "dirty": [], "shallow": false, "branch": null },
            "version": "1.2.3", "snapshot": false, "tags": [], "previous": null, "slug": null, "forge_url": "",
            "ecosystems": { "go": { "path": "m", "commands": [{ "binary": "m", "package": "." }, { "binary": "x", "package": "cmd/x" }] } }, "tools": {},
            "host": { "os": "linux", "arch": "amd64" }
        });
        let facts: Facts = serde_json::from_value(facts).unwrap();
        of(&facts, &config).unwrap()
    }

    #[test]
    fn each_names_the_packages_that_are_built_so() {
        let packages = |file: &str| -> Vec<String> {
            let all = found(file);
            let one = |variant: &GoVariant| {
                format!("{variant}: {}", variant.packages.iter().cloned().collect::<Vec<_>>().join(" "))
            };
            all.iter().map(one).collect()
        };
        let two = "version: 1\nbuild:\n  targets: [linux/amd64, windows/amd64/v3]\n";
        assert_eq!(packages(two), ["linux/amd64: . ./cmd/x", "windows/amd64/v3: . ./cmd/x"]);
        let own =
            "  go:\n    commands:\n      - { package: cmd/x }\n      - { binary: m, targets: [linux/arm] }\n";
        assert_eq!(
            packages(&format!("{two}{own}")),
            ["linux/amd64: ./cmd/x", "windows/amd64/v3: ./cmd/x", "linux/arm/v6: ."]
        );
        assert_eq!(packages(&format!("{two}  go: {{ enabled: false }}\n"))[0], "linux/amd64: ");
    }

    #[test]
    fn there_is_one_for_each_target_and_each_set_of_tags() {
        assert_eq!(told("version: 1\n").len(), 6);
        let room = "version: 1\nbuild:\n  targets: [linux/amd64, linux/arm64]\n  go: { tags: [b, a, b], cgo: true }\n";
        assert_eq!(told(room), ["linux/amd64 with a,b and cgo", "linux/arm64 with a,b and cgo"]);
        let commands = "version: 1\nbuild:\n  targets: [linux/amd64]\n  go:\n    tags: [a]\n    commands:\n      - { package: x }\n      - { package: y }\n      - { package: z, tags: [], cgo: true, targets: [windows/amd64] }\n";
        assert_eq!(told(commands), ["linux/amd64 with a", "windows/amd64 and cgo"]);
    }

    #[test]
    fn what_go_reads_is_taken_from_the_settings() {
        let go = serde_json::from_value(json!({
            "env": { "CC": "zig cc -target {{ arch }}", "GOEXPERIMENT": "x", "GOFLAGS": "-v", "GOOS": "js", "OTHER": "y" }
        }));
        let variant =
            variant(&go.unwrap(), &Command::default(), &"linux/amd64/v3".parse().unwrap(), &Names::default());
        let env: Vec<String> = variant.env.iter().map(|(name, value)| format!("{name}={value}")).collect();
        assert_eq!(
            env,
            [
                "CC=zig cc -target amd64v3",
                "CGO_ENABLED=0",
                "GOAMD64=v3",
                "GOARCH=amd64",
                "GOEXPERIMENT=x",
                "GOOS=linux"
            ]
        );
    }
}
