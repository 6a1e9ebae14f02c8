//! One task a binary and platform.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::make::Build;
use super::recipe::{Recipe, commands, recipe};
use super::settings::GoSettings;
use crate::kit::template::Names;
use crate::model::{ArtifactKind, Expected, Facts, Problem, Step};
use crate::ports::process::how_to_install;
use crate::steps::build::hook::{Argv, Before, Hook};
use crate::steps::build::settings::BuildSettings;
use crate::steps::room::{Draft, Planned, Room, Scene};

/// The version of what a build makes under the same settings. Raised when that changes, so that old
/// outcomes are not taken over.
const LAYOUT: u32 = 1;

/// The room.
pub struct Go;

impl Room for Go {
    const ID: &'static str = "go";
    const ABOUT: &'static str = "Go commands, cross-compiled for every target";
    type Settings = GoSettings;

    fn plan(settings: &GoSettings, scene: &Scene) -> Result<Vec<Planned>, Problem> {
        let step: BuildSettings = scene.step()?;
        let facts = scene.facts;
        let Some(module) = &facts.ecosystems.go else {
            return nothing(
                scene,
                "there is no go.mod in the project's folder",
                "run `go mod init`, or take `build.go` out",
            );
        };
        let commands = commands(settings, module);
        if commands.is_empty() {
            return nothing(
                scene,
                "the Go module has no command to release",
                "name it in `build.go.commands`",
            );
        }
        let tool = facts
            .tools
            .get("go")
            .ok_or_else(|| Problem::new("`go` is not on the PATH").fix(how_to_install("go")))?;
        let before = Arc::new(Before::new(rendered(&step.hooks.before, &Names::of(facts))?));
        let mut planned: Vec<Planned> = Vec::new();
        let mut seen = BTreeSet::new();
        for command in &commands {
            let targets = command.targets.as_ref().unwrap_or(&step.targets);
            if targets.is_empty() {
                return Err(Problem::new("`build.targets` is empty")
                    .fix("name at least one target, or leave the key out"));
            }
            for target in targets {
                let recipe = recipe(settings, command, target, step.optimise, facts, module)?;
                let after = rendered(&step.hooks.after, &Names::of(facts).on(target.platform()))?;
                if !seen.insert(part(&recipe)) {
                    let fix =
                        "give each command its own `binary` in `build.go.commands`, and each target once";
                    return Err(Problem::new(format!(
                        "`{}` would be built twice for {target}",
                        recipe.binary
                    ))
                    .fix(fix));
                }
                planned.push(task(
                    Build { recipe, before: Arc::clone(&before), after },
                    facts,
                    &tool.identity(),
                ));
            }
        }
        Ok(planned)
    }
}

fn part(recipe: &Recipe) -> String {
    let platform = recipe.target.platform();
    format!("{}_{}_{}{}", recipe.binary, platform.os, platform.arch, platform.variant)
}

/// The task of one binary; its key holds everything that decides the bytes.
fn task(build: Build, facts: &Facts, tool: &str) -> Planned {
    let recipe = &build.recipe;
    let expected = Expected {
        name: recipe.file(),
        kind: ArtifactKind::Binary,
        platform: Some(recipe.target.platform().clone()),
        id: recipe.binary.clone(),
    };
    Draft::new(Step::Build, Go::ID, &part(recipe), format!("{} {}", recipe.binary, recipe.target))
        .keyed("layout", &LAYOUT)
        .keyed("tree", &facts.commit.tree)
        .keyed("dir", &facts.dir)
        .keyed("go", &tool)
        .keyed("recipe", recipe)
        .keyed("before", &build.before.hooks())
        .keyed("after", &build.after)
        .makes(expected)
        .maker(build)
}

fn nothing(scene: &Scene, why: &str, fix: &str) -> Result<Vec<Planned>, Problem> {
    if scene.demanded {
        Err(Problem::new("there is nothing for `build.go` to build").because(why).fix(fix))
    } else {
        Ok(Vec::new())
    }
}

fn rendered(hooks: &[Hook], names: &Names) -> Result<Vec<Argv>, Problem> {
    hooks.iter().map(|hook| hook.rendered(names)).collect()
}
