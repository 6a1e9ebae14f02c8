//! One task a binary and platform.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::compiler::compilers;
use super::make::Build;
use super::recipe::{Recipe, commands, recipe};
use super::settings::{CommandSettings, GoSettings};
use crate::kit::template::Names;
use crate::model::facts::Tool;
use crate::model::{ArtifactKind, Expected, Facts, Problem, Step};
use crate::ports::Files;
use crate::ports::process::how_to_install;
use crate::steps::build::hook::{Argv, Before, Hook};
use crate::steps::build::settings::BuildSettings;
use crate::steps::room::{Draft, Outlook, Planned, Room, Scene, Seen};

/// The version of what a build makes under the same settings. Raised when that changes, so that old
/// outcomes are not taken over.
const LAYOUT: u32 = 1;

/// The room.
pub struct Go;

impl Room for Go {
    const ID: &'static str = "go";
    const ABOUT: &'static str = "Go commands, cross-compiled for every target";
    type Settings = GoSettings;

    async fn look(settings: &GoSettings, outlook: &Outlook) -> Result<Seen, Problem> {
        let facts = &outlook.facts;
        let Some(module) = &facts.ecosystems.go else { return Ok(Seen::new()) };
        let step: BuildSettings = outlook.step()?;
        let files = outlook.ports.files.as_ref();
        let mut problems = Vec::new();
        for (index, command) in settings.commands.iter().enumerate() {
            // A hook may make the folder first.
            if step.hooks.before.is_empty() {
                problems.extend(missing(files, facts, command, index)?);
            }
        }
        Problem::none_of(problems)?;
        let mut recipes = Vec::new();
        for command in commands(settings, module) {
            for target in command.targets.as_ref().unwrap_or(&step.targets) {
                // What cannot be planned is told by the plan.
                recipes.extend(recipe(settings, &command, target, step.optimise, facts, module).ok());
            }
        }
        compilers(&recipes, outlook).await
    }

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
        let limit = step.timeout.get();
        let before = Arc::new(Before::new(rendered(&step.hooks.before, &Names::of(facts))?, limit));
        let mut planned: Vec<Planned> = Vec::new();
        let mut problems = Vec::new();
        let mut seen = BTreeSet::new();
        for (index, command) in commands.iter().enumerate() {
            let place = format!("build.go.commands.{index}");
            let targets = command.targets.as_ref().unwrap_or(&step.targets);
            if targets.is_empty() {
                let own = command.targets.is_some();
                let setting = if own { format!("{place}.targets") } else { "build.targets".to_owned() };
                problems.push(
                    Problem::new(format!("`{setting}` is empty"))
                        .of_setting(setting)
                        .fix("name at least one target, or leave the key out"),
                );
            }
            for target in targets {
                let made =
                    recipe(settings, command, target, step.optimise, facts, module).and_then(|recipe| {
                        once(&mut seen, &recipe, &place)?;
                        let after = rendered(&step.hooks.after, &Names::of(facts).on(target.platform()))?;
                        Ok(task(Build { recipe, before: Arc::clone(&before), after, limit }, scene, tool))
                    });
                match made {
                    Ok(task) => planned.push(task),
                    Err(problem) => problems.push(problem),
                }
            }
        }
        Problem::none_of(problems)?;
        Ok(planned)
    }
}

/// Each binary of a platform once.
fn once(seen: &mut BTreeSet<String>, recipe: &Recipe, place: &str) -> Result<(), Problem> {
    if seen.insert(part(recipe)) {
        return Ok(());
    }
    Err(Problem::new(format!("`{}` would be built twice for {}", recipe.binary, recipe.target))
        .of_setting(place)
        .fix("give each command its own `binary` in `build.go.commands`, and each target once"))
}

/// A command whose folder is not there, or holds no Go file.
fn missing(
    files: &dyn Files,
    facts: &Facts,
    command: &CommandSettings,
    index: usize,
) -> Result<Option<Problem>, Problem> {
    let Some(package) = &command.package else { return Ok(None) };
    let dir = facts.project_dir().join(package.as_path());
    let why = match files.meta(&dir)? {
        Some(meta) if meta.is_dir || meta.is_link => {
            if files.list(&dir)?.iter().any(|name| name.ends_with(".go")) {
                return Ok(None);
            }
            "the folder holds no Go file"
        }
        Some(_) => "it is a file, and a package is a folder",
        None => "there is no such folder",
    };
    let problem = Problem::new(format!("`{}` in `build.go.commands` is no package", package.as_path()))
        .because(why)
        .of_setting(format!("build.go.commands.{index}.package"))
        .fix("name the folder of a `main` package, relative to the project's folder: `cmd/greeter`");
    Ok(Some(problem))
}

fn part(recipe: &Recipe) -> String {
    let platform = recipe.target.platform();
    format!("{}_{}_{}{}", recipe.binary, platform.os, platform.arch, platform.variant)
}

/// The task of one binary; its key holds everything that decides the bytes. The image around Go and the
/// compilers of C are those of this machine: a part that another one built has others.
fn task(build: Build, scene: &Scene, tool: &Tool) -> Planned {
    let facts = scene.facts;
    let recipe = &build.recipe;
    let expected = Expected {
        name: recipe.file(),
        kind: ArtifactKind::Binary,
        platform: Some(recipe.target.platform().clone()),
        id: recipe.binary.clone(),
    };
    let mut draft =
        Draft::new(Step::Build, Go::ID, &part(recipe), format!("{} {}", recipe.binary, recipe.target));
    if let Some(image) = &tool.image {
        draft = draft.keyed_here("image", image);
    }
    if recipe.has_c() {
        draft = draft.keyed_here("machine", &recipe.machine).keyed_here("seen", scene.seen);
    }
    draft
        .keyed("layout", &LAYOUT)
        .keyed("tree", &facts.commit.tree)
        .keyed("loose", &facts.loose.build)
        .keyed("dir", &facts.dir)
        .keyed("go", &tool.version)
        .keyed("recipe", &recipe.shared())
        .keyed("before", &build.before.hooks())
        .keyed("after", &build.after)
        .makes(expected)
        .native(recipe.wants_own_machine())
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
